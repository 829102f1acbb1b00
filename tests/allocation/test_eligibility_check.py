"""Goods on their way are judged by the store that they go to, in the words of the rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from allocation.services.eligibility_check import MOST_KEYS, Barred, Bound, barred_goods
from inventory.models import Asin
from tests.factories import make_asin, make_client, make_store, ungate
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_each_store_is_asked_about_its_own_goods() -> None:
    first, second = make_store("1"), make_store("2", client=make_client("2"))
    toys, books = make_asin(), make_asin("B000000002", brand="Brio", category="Books")
    ungate(first)
    ungate(first, "Brio", Scope.BRAND, status=Status.GATED, reason="APPROVAL_REQUIRED")
    ungate(second, "brio", Scope.BRAND)
    goods = [Bound(1, toys, first.pk, 6), Bound(2, books, first.pk, 12), Bound(2, books, second.pk, 18)]
    assert barred_goods(goods, now=NOW) == [Barred(goods[1], "gated", "Brand Brio: gated (APPROVAL_REQUIRED)")]
    assert barred_goods([Bound(3, toys, second.pk, 1)], now=NOW)[0].reason == (
        "no ungating status for this ASIN, brand or category"
    )


def test_it_is_judged_at_the_moment_that_is_given() -> None:
    store = make_store()
    ungate(store, expires_at=NOW)
    goods = [Bound(1, make_asin(), store.pk, 6)]
    assert barred_goods(goods, now=NOW - timedelta(seconds=1)) == []
    assert [one.status for one in barred_goods(goods, now=NOW)] == ["unknown"]


def test_rows_not_in_use_and_other_keys_do_not_count() -> None:
    store = make_store()
    ungate(store, is_active=False)
    ungate(store, "Books")
    assert [one.status for one in barred_goods([Bound(1, make_asin(), store.pk, 6)], now=NOW)] == ["unknown"]


@pytest.mark.parametrize("asins", [1, 10, MOST_KEYS])
def test_one_query_judges_any_number_of_goods(asins: int, django_assert_num_queries: Any) -> None:
    store = make_store()
    ungate(store)
    ungate(store, "B000000000", Scope.ASIN, status=Status.GATED)
    goods = [
        Bound(
            number,
            Asin(pk=number + 1, code=f"B{number:09d}", brand_key="acme", category_key="toys & games"),
            store.pk,
            6,
        )
        for number in range(asins)
    ]
    with django_assert_num_queries(1):
        assert [one.goods.line for one in barred_goods(goods, now=NOW)] == [0]
    with django_assert_num_queries(0):
        assert barred_goods([], now=NOW) == []
