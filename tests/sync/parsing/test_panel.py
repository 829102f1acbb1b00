"""The panel's clients, stores and transactions."""

import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.feeds import Tombstone
from sync.parsing.panel import (
    PanelClient,
    PanelStore,
    PanelTransaction,
    parse_clients,
    parse_stores,
    parse_transactions,
)
from sync.parsing.strict_json import load_list

PANEL = Path(__file__).resolve().parents[2] / "data" / "panel"
WHEN = datetime(2026, 10, 2, 8, tzinfo=UTC)

CLIENT = {
    "id": "1", "name": "Indigo", "email": "a@example.com", "balance": "8808.39", "currency": "USD",
    "status": "active", "priority": "high", "updated_at": "2026-10-02T08:00:00Z",
}  # fmt: skip
STORE = {
    "id": "7", "client_id": "1", "name": "Store 7", "marketplace": "US", "mutual": False, "status": "active",
    "updated_at": "2026-10-02T08:00:00Z",
}  # fmt: skip
TRANSACTION = {
    "id": "t1", "client_id": "1", "kind": "deposit", "amount": "8808.39", "currency": "USD", "reference": "",
    "created_at": "2026-10-02T08:00:00Z",
}  # fmt: skip


def without(fields: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in keys}


def test_the_sample() -> None:
    raw = {name: load_list(PANEL / f"{name}.json", name) for name in ("clients", "stores", "transactions")}
    clients = parse_clients(raw["clients"])
    known = {client.id for client in clients.rows}
    stores = parse_stores(raw["stores"], known_clients=known)
    transactions = parse_transactions(raw["transactions"], known_clients=known)
    assert (clients.issues, stores.issues, transactions.issues) == ((), (), ())
    assert (len(clients.rows), len(stores.rows), len(transactions.rows)) == (41, 66, 39)
    assert sum(store.mutual for store in stores.rows) == 2
    assert sum(store.status == "suspended" for store in stores.rows) == 5
    balances = sum(Decimal(fields["balance"]) for fields in raw["clients"])
    assert sum(client.balance for client in clients.rows) == balances
    assert sum(row.amount for row in transactions.rows) == balances


def test_one_of_each_in_full() -> None:
    assert parse_clients([CLIENT]).rows == (
        PanelClient(1, "1", "Indigo", "a@example.com", Decimal("8808.39"), "active", "high", WHEN),
    )
    assert parse_stores([STORE], known_clients={"1"}).rows == (
        PanelStore(1, "7", "1", "Store 7", "US", False, "active", WHEN),
    )
    assert parse_transactions([TRANSACTION], known_clients={"1"}).rows == (
        PanelTransaction(1, "t1", "1", "deposit", Decimal("8808.39"), "", WHEN),
    )


@pytest.mark.parametrize(
    ("balance", "stored"),
    [
        ("-0.00", "0.00"),
        ("-12.5", "-12.50"),
        (100, "100.00"),
        (Decimal("0.1"), "0.10"),
        ("1000000000", "1000000000.00"),
    ],
)
def test_balances(balance: object, stored: str) -> None:
    (client,) = parse_clients([CLIENT | {"balance": balance}]).rows
    assert str(client.balance) == stored


BAD_AMOUNTS = [
    None, "", "NaN", "Infinity", "1e3", "1_000", "１２", "٣", " 5 ", "+5", "$5", "(5)", "5%", "0x10", "−5",
    "1,000.00", "12.345", "1000000000.01", "9" * 100, 2**63, True, [5], {"a": 1}, Decimal("1E+400"),
    Decimal("1E-2000"), Decimal("12.345"),
]  # fmt: skip


@pytest.mark.parametrize("amount", BAD_AMOUNTS, ids=range(len(BAD_AMOUNTS)))
def test_bad_amounts(amount: object) -> None:
    (client,) = parse_clients([CLIENT | {"balance": amount}]).issues
    (transaction,) = parse_transactions([TRANSACTION | {"amount": amount}], known_clients={"1"}).issues
    assert (client.row, client.key, client.field, client.reason) == (1, "1", "balance", "invalid_amount")
    assert (transaction.key, transaction.field, transaction.reason) == ("t1", "amount", "invalid_amount")


CLIENT_REFUSALS: list[tuple[object, str, str, str]] = [
    (CLIENT | {"id": ""}, "id", "missing_field", "id is missing."),
    (CLIENT | {"id": True}, "id", "invalid_field", "id 'True' is not an id: text was expected."),
    (CLIENT | {"id": "x" * 41}, "id", "invalid_field", ""),
    (CLIENT | {"id": "L-4"}, "id", "reserved_id", ""),
    (without(CLIENT, "name"), "name", "missing_field", "name is missing."),
    (CLIENT | {"name": 7}, "name", "invalid_field", "name '7' is not text."),
    (CLIENT | {"currency": "EUR"}, "currency", "unsupported_currency", "currency 'EUR' is not USD."),
    (CLIENT | {"currency": None}, "currency", "missing_field", "currency is missing."),
    (CLIENT | {"status": "closed"}, "status", "unknown_status", "status 'closed' is none of active, paused."),
    (CLIENT | {"updated_at": "2026-10-02"}, "updated_at", "invalid_timestamp", ""),
    (CLIENT | {"updated_at": "2026-10-02T08:00:00"}, "updated_at", "invalid_timestamp", ""),
    (CLIENT | {"updated_at": "2026-02-30T08:00:00Z"}, "updated_at", "invalid_timestamp", ""),
    (CLIENT | {"updated_at": "0001-01-01T00:00:00+23:59"}, "updated_at", "invalid_timestamp", ""),
    (CLIENT | {"updated_at": 1790000000}, "updated_at", "invalid_timestamp", ""),
    (without(CLIENT, "updated_at"), "updated_at", "missing_field", "updated_at is missing."),
    ("text", "", "not_an_object", "'text' is not an object."),
    (None, "", "not_an_object", "'' is not an object."),
]


@pytest.mark.parametrize(("fields", "field", "reason", "message"), CLIENT_REFUSALS, ids=range(len(CLIENT_REFUSALS)))
def test_refused_clients(fields: object, field: str, reason: str, message: str) -> None:
    feed = parse_clients([CLIENT | {"id": "ok"}, fields])
    (issue,) = feed.refused
    assert [client.id for client in feed.rows] == ["ok"]
    assert (issue.row, issue.field, issue.reason) == (2, field, reason)
    assert issue.message == message or not message


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"client_id": "9"}, "client_id", "unknown_client"),
        ({"client_id": None}, "client_id", "missing_field"),
        ({"mutual": "yes"}, "mutual", "invalid_field"),
        ({"mutual": None}, "mutual", "missing_field"),
        ({"status": "paused"}, "status", "unknown_status"),
        ({"id": "l-12"}, "id", "reserved_id"),
    ],
)
def test_refused_stores(changes: dict[str, object], field: str, reason: str) -> None:
    (issue,) = parse_stores([STORE | changes], known_clients={"1"}).issues
    assert (issue.field, issue.reason) == (field, reason)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"client_id": "9"}, "client_id", "unknown_client"),
        ({"currency": "CAD"}, "currency", "unsupported_currency"),
        ({"kind": ""}, "kind", "missing_field"),
        ({"created_at": "yesterday"}, "created_at", "invalid_timestamp"),
        ({"deleted_at": "2026-10-03T08:00:00Z"}, "deleted_at", "deleted_transaction"),
    ],
)
def test_refused_transactions(changes: dict[str, object], field: str, reason: str) -> None:
    (issue,) = parse_transactions([TRANSACTION | changes], known_clients={"1"}).issues
    assert (issue.field, issue.reason) == (field, reason)


def test_all_faults_of_an_object_are_listed() -> None:
    (issue,) = parse_stores([STORE | {"client_id": "9", "status": "gone"}], known_clients={"1"}).issues
    assert issue.message == (
        "client_id '9' is a client that we do not know. Also: status 'gone' is none of active, suspended."
    )


@pytest.mark.parametrize(
    ("changes", "reason", "field", "left"),
    [
        ({"priority": "urgent"}, "invalid_priority", "priority", None),
        ({"email": "nobody"}, "invalid_email", "email", ""),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "invalid_email", "email", ""),
        ({"name": "x" * 201}, "text_cut", "name", "x" * 200),
    ],
)
def test_warnings(changes: dict[str, object], reason: str, field: str, left: object) -> None:
    feed = parse_clients([CLIENT | changes])
    assert [(issue.reason, issue.field, issue.severity) for issue in feed.issues] == [(reason, field, "warning")]
    assert getattr(feed.rows[0], field) == left


def test_a_moment_is_kept_in_utc() -> None:
    (client,) = parse_clients([CLIENT | {"updated_at": "2026-10-02T03:00:00.5-05:00"}]).rows
    assert client.updated_at == datetime(2026, 10, 2, 8, 0, 0, 500_000, tzinfo=UTC)
    assert client.updated_at.tzinfo is UTC


def test_the_newest_of_two_counts_in_any_order() -> None:
    newer = CLIENT | {"balance": "1.00", "updated_at": "2026-10-03T08:00:00Z"}
    for objects, refused in (([CLIENT, newer], 1), ([newer, CLIENT], 2)):
        feed = parse_clients(objects)
        assert [client.balance for client in feed.rows] == [Decimal("1.00")]
        assert [(issue.row, issue.reason, issue.severity) for issue in feed.issues] == [
            (refused, "duplicate_id", "refused")
        ]


def test_two_of_one_moment_are_settled_alike_in_any_order() -> None:
    copies = [CLIENT | {"balance": f"{number}.00"} for number in range(6)]
    found = set()
    for seed in range(10):
        random.Random(seed).shuffle(copies)
        found.add(tuple(client.balance for client in parse_clients(copies).rows))
    assert len(found) == 1


def test_an_exact_copy_is_a_warning() -> None:
    feed = parse_clients([CLIENT, CLIENT])
    assert len(feed.rows) == 1
    assert [(issue.row, issue.reason, issue.severity) for issue in feed.issues] == [(2, "duplicate_id", "warning")]


def test_transactions_that_contradict_each_other_are_all_refused() -> None:
    objects = [
        TRANSACTION,
        TRANSACTION | {"amount": "1.00"},
        TRANSACTION | {"id": "t2"},
        TRANSACTION | {"id": "t2"},
    ]
    feed = parse_transactions(objects, known_clients={"1"})
    assert [row.id for row in feed.rows] == ["t2"]
    assert [(issue.row, issue.reason, issue.severity) for issue in feed.issues] == [
        (1, "duplicate_id", "refused"),
        (2, "duplicate_id", "refused"),
        (4, "duplicate_id", "warning"),
    ]


def test_deletions() -> None:
    stone = {"id": "1", "deleted_at": "2026-10-03T08:00:00Z"}
    feed = parse_clients([CLIENT, stone])
    assert (feed.rows, feed.deleted) == ((), (Tombstone(2, "1", datetime(2026, 10, 3, 8, tzinfo=UTC)),))
    again = parse_clients([stone, CLIENT | {"updated_at": "2026-10-04T08:00:00Z"}])
    assert ([client.id for client in again.rows], again.deleted) == (["1"], ())


def test_a_deletion_without_a_moment_is_refused() -> None:
    (issue,) = parse_clients([{"id": "1", "deleted_at": "now"}]).issues
    assert (issue.field, issue.reason) == ("deleted_at", "invalid_timestamp")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(),
        st.text(),
        st.sampled_from(["1", "USD", "active"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)
members = st.dictionaries(st.sampled_from([*CLIENT, *STORE, *TRANSACTION, "deleted_at"]), json_values, max_size=9)


@given(st.lists(st.one_of(json_values, members, members.map(lambda found: CLIENT | found)), max_size=4))
def test_any_objects_are_rows_or_issues(objects: list[object]) -> None:
    feeds = (
        parse_clients(objects),
        parse_stores(objects, known_clients={"1"}),
        parse_transactions(objects, known_clients={"1"}),
    )
    for feed in feeds:
        assert feed.total == len(objects)
        assert len(feed.rows) + len(feed.deleted) + len(feed.issues) >= min(1, len(objects))


def test_the_sample_shuffled_and_doubled_gives_the_same() -> None:
    objects = json.loads((PANEL / "clients.json").read_text("utf-8"))
    plain = {client.id: client.balance for client in parse_clients(objects).rows}
    doubled = objects * 2
    random.Random(1).shuffle(doubled)
    feed = parse_clients(doubled)
    assert {client.id: client.balance for client in feed.rows} == plain
    assert {issue.severity for issue in feed.issues} == {"warning"}
