"""The setting AMAZON_SELLERS, and what is asked first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sync.adapters.amazon import (
    Pair,
    parse_sellers,
    pick_stalest,
)
from sync.adapters.amazon_sellers import MARKETPLACES
from sync.adapters.reading import Unreachable
from tests.sync.adapters.amazon_sandbox import (
    NOW,
    ONE,
)


def test_the_marketplaces_are_those_of_the_package() -> None:
    base = pytest.importorskip("sp_api.base", reason="requirements/amazon.txt is not installed")
    assert set(base.Marketplaces.__members__) == MARKETPLACES


GOOD = {"sellerId": "A1SELLERONE00", "refreshToken": "Atzr|refresh-one", "marketplace": "us"}


def test_sellers() -> None:
    text = '{"1": {"sellerId": "A1SELLERONE00", "refreshToken": "Atzr|refresh-one", "marketplace": "us"}}'
    assert parse_sellers(text) == parse_sellers({"1": GOOD}) == [ONE]
    assert parse_sellers(" ") == parse_sellers({}) == []


def test_all_that_is_wrong_with_sellers_at_once() -> None:
    with pytest.raises(Unreachable) as caught:
        parse_sellers(
            {
                "1": GOOD,
                "2": GOOD,
                "3": {"sellerId": "a", "refreshToken": "secret-3", "marketplace": "XX"},
                "4": {**GOOD, "sellerId": "A4", "Atzr|secret-4": 1},
                "Atzr|secret-5": "Atzr|secret-5",
            }
        )
    seller_id = "sellerId must be the merchant token of the account, such as A2EXAMPLE12345."
    token = "refreshToken must be the token that Amazon gave when the application was authorised (Atzr|…)."
    assert [problem.message.removeprefix("AMAZON_SELLERS, ") for problem in caught.value.problems] == [
        "store 2: sellerId and marketplace are those of store 1 too.",
        f"store 3: {seller_id}",
        f"store 3: {token}",
        "store 3: marketplace must be the country code of one of Amazon's marketplaces, such as US.",
        "store 4: it has keys other than sellerId, refreshToken and marketplace.",
        f"store 4: {seller_id}",
        "entry 5: its key is not a store id of at most 40 letters, digits, . _ or -.",
        "entry 5: it is not an object with sellerId, refreshToken and marketplace.",
    ]
    assert {problem.field for problem in caught.value.problems} == {"AMAZON_SELLERS"}


@pytest.mark.parametrize("text", ["[]", "{", '{"1": {}, "1": {}}', "Atzr|secret", '"Atzr|secret"', "\udc80"])
def test_sellers_that_are_no_object(text: str) -> None:
    with pytest.raises(Unreachable, match="AMAZON_SELLERS") as caught:
        parse_sellers(text)
    assert "secret" not in str(caught.value)


def test_the_stalest_are_asked_first() -> None:
    def pair(asin: str, days: int | None, worth: str) -> Pair:
        return Pair("1", asin, None if days is None else NOW - timedelta(days=days), Decimal(worth))

    pairs = [
        pair("OLD", 9, "1"),
        pair("NEW", 1, "9999"),
        pair("CHEAP", None, "2.50"),
        pair("DEAR", None, "100"),
        pair("OLD2", 9, "5"),
    ]
    assert [found.asin for found in pick_stalest(pairs, budget=9)] == ["DEAR", "CHEAP", "OLD2", "OLD", "NEW"]
    assert [found.asin for found in pick_stalest(reversed(pairs), budget=3)] == ["DEAR", "CHEAP", "OLD2"]
    assert pick_stalest(pairs, budget=0) == []
