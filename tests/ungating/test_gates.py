"""The arrays judge as `StoreEligibility` does, in the same words, for every store and ASIN."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Store
from inventory.models import Asin
from tests.factories import make_client, make_store
from ungating.eligibility import StoreEligibility
from ungating.gates import STATUSES, Gates, make_gates
from ungating.models import Scope, Status, UngatingStatus
from ungating.rules import Rule, read_rules

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EXPIRIES = (None, NOW - timedelta(days=9), NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=9))
ASINS = [
    Asin(code=f"B{number:09d}", brand_key=brand, category_key=category)
    for number, (brand, category) in enumerate(product(("", "acme", "brio"), ("", "toys", "books")))
]
KEYS = {
    Scope.ASIN: [asin.code for asin in ASINS[::2]] + ["B999999999"],
    Scope.BRAND: ["acme", "brio", "other"],
    Scope.CATEGORY: ["toys", "books", "other"],
}


def gates_of(rules: Sequence[Rule], stores: Sequence[int], asins: Sequence[Asin]) -> Gates:
    columns = [[getattr(asin, name) for asin in asins] for name in ("code", "brand_key", "category_key")]
    keys = [{key: place for place, key in enumerate(dict.fromkeys(column))} for column in columns]
    asin, brand, category = (
        np.array([places[key] for key in column]) for places, column in zip(keys, columns, strict=True)
    )
    return make_gates(rules, stores=stores, keys=keys, over=(asin, brand, category))


def assert_same(gates: Gates, store: int, statuses: Sequence[UngatingStatus], asins: Sequence[Asin]) -> None:
    eligibility = StoreEligibility(statuses, now=NOW)
    verdicts = [eligibility.judge(asin) for asin in asins]
    assert [STATUSES[status] for status in gates.status(store)] == [verdict.status for verdict in verdicts]
    assert gates.reasons(store, np.arange(len(asins))) == [verdict.reason for verdict in verdicts]
    own_no = [verdict.by_hand and verdict.status == Status.GATED for verdict in verdicts]
    asked = [Status.NOT_ELIGIBLE if no else one.status for no, one in zip(own_no, verdicts, strict=True)]
    assert [STATUSES[status] for status in gates.to_ask.status(store)] == asked


row = st.sampled_from(list(Scope)).flatmap(
    lambda scope: st.builds(
        UngatingStatus,
        scope=st.just(scope.value),
        key=st.sampled_from(KEYS[scope]),
        value=st.sampled_from(["Any", "other"]),
        status=st.sampled_from(Status.values),
        reason=st.sampled_from(["", "APPROVAL_REQUIRED"]),
        expires_at=st.sampled_from(EXPIRIES),
        override=st.sampled_from(["", "", *Status.values]),
        override_reason=st.sampled_from(["", "Letter on file"]),
    )
)
rows = st.lists(row, max_size=12, unique_by=lambda row: (row.scope, row.key))


def rule_of(row: UngatingStatus, store: int) -> Rule:
    """As the database says it in `read_rules`."""
    cause = row.override_reason if row.override else row.reason
    return Rule(store, row.scope, row.key, row.value, row.effective(NOW), row.override, cause)


@given(st.lists(rows, min_size=1, max_size=3))
def test_every_verdict_and_its_words_are_those_of_the_plain_rules(stores: list[list[UngatingStatus]]) -> None:
    rules = [rule_of(row, 100 - store) for store, rows in enumerate(stores) for row in rows]
    gates = gates_of(rules, [100 - store for store in range(len(stores))], ASINS)
    for store, statuses in enumerate(stores):
        assert_same(gates, store, statuses, ASINS)


@pytest.mark.django_db
def test_rules_are_read_as_they_count_now() -> None:
    rng = random.Random(7)
    client = make_client()
    stores = [make_store(str(number), client=client) for number in range(3)]
    for store in stores:
        chosen = [(scope, key) for scope, keys in KEYS.items() for key in keys if rng.random() < 0.8]
        UngatingStatus.objects.bulk_create(random_status(rng, store, scope, key) for scope, key in chosen)
    rules = read_rules(stores[:2], now=NOW)
    gates = gates_of(rules, [store.pk for store in stores[:2]], ASINS)
    for place, store in enumerate(stores[:2]):
        assert_same(gates, place, list(UngatingStatus.objects.of(store)), ASINS)


def random_status(rng: random.Random, store: Store, scope: str, key: str) -> UngatingStatus:
    values: dict[str, Any] = {
        "value": key.title(),
        "status": rng.choice(Status.values),
        "reason": rng.choice(["", "APPROVAL_REQUIRED"]),
        "expires_at": rng.choice(EXPIRIES),
        "override": rng.choice(["", "", "", *Status.values]),
        "override_reason": "Letter on file",
        "is_active": rng.random() < 0.8,
    }
    return UngatingStatus(store=store, scope=scope, key=key, **values)
