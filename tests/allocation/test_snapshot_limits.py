"""Caps on what a store may get: each takes its ASINs out of the market and says so, to the exact boundary."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from allocation.engine.market import ANY
from allocation.limits import Limits
from allocation.models import Cart, Policy
from allocation.snapshot import Snapshot, take_snapshot
from allocation.states import CartState
from clients.models import Store
from inventory.models import Asin
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def store() -> Store:
    return open_store("1")


def open_store(panel_id: str) -> Store:
    store = make_store(panel_id, client=make_client(panel_id))
    ungate(store)
    return store


def taken(*stores: Store, **limits: Any) -> Snapshot:
    return take_snapshot(stores=stores, policy=default_policy(), now=NOW, today=TODAY, limits=Limits(**limits))


def told(snapshot: Snapshot, store: Store) -> list[tuple[str, str, str]]:
    return [(row.asin, row.code, row.reason) for row in snapshot.left_out(store)]


def codes(snapshot: Snapshot, *clients: str) -> tuple[str, ...]:
    return snapshot.market(budgets=dict.fromkeys(clients, Decimal(100))).goods.ids


def promised(store: Store, asin: Asin, state: str, **ago: float) -> None:
    cart = Cart.objects.create(
        client=store.client, store=store, amount=Decimal(100), policy=default_policy(), state=state,
        confirmed_at=NOW - timedelta(**ago) if ago else None,
    )  # fmt: skip
    cart.lines.create(
        asin=asin, cases=1, case_pack=6, units=6, unit_cost=Decimal(10), cost=Decimal(60), shipping=Decimal(1),
        min_shipping=Decimal(0), max_shipping=Decimal(1),
    )  # fmt: skip


def test_without_limits_nothing_is_capped(store: Store) -> None:
    promised(store, make_asin(), CartState.CONFIRMED, days=1)
    goods = taken(store).market(budgets={"1": Decimal(100)}).goods
    assert (goods.ids, goods.max_stores.tolist()) == (("B000000001",), [ANY])


def test_units_of_an_asin_are_capped_in_whole_cases(store: Store) -> None:
    make_asin("B000000001", case_pack=6)
    make_asin("B000000002", case_pack=12)
    make_asin("B000000003", case_pack=13)
    snapshot = taken(store, max_units_per_asin=12)
    market = snapshot.market(budgets={"1": Decimal(100)})
    assert market.goods.ids == ("B000000001", "B000000002")
    assert market.offers.of(0).cap.tolist() == [2, 1]
    assert told(snapshot, store) == [
        ("B000000003", "over_cap", "a case of 13 is more than the 12 units that a cart may have")
    ]


def test_return_is_counted_at_max_shipping_and_unknown_is_too_low(store: Store) -> None:
    # (20.00 − 5.00 − 10.00 − 1.50) / (10.00 + 1.50) = 30.434... %
    make_asin("B000000001", sale_price=Decimal("20.00"), amazon_fees=Decimal("5.00"))
    make_asin("B000000002", sale_price=Decimal("9.00"), amazon_fees=Decimal("0.00"))
    make_asin("B000000003", sale_price=Decimal("90.00"))
    assert codes(taken(store, min_roi_percent=Decimal("30.43")), "1") == ("B000000001",)
    assert told(taken(store, min_roi_percent=Decimal("30.44")), store) == [
        ("B000000001", "low_roi", "its return is 30.43 %; at least 30.44 % is asked for"),
        ("B000000002", "low_roi", "its return is -21.74 %; at least 30.44 % is asked for"),
        ("B000000003", "low_roi", "its return is unknown without sale price and fees; at least 30.44 % is asked for"),
    ]
    assert codes(taken(store), "1") == ("B000000001", "B000000002", "B000000003")


@pytest.mark.parametrize(
    ("state", "ago", "left_out"),
    [
        (CartState.CONFIRMED, {"days": 2, "hours": 23}, True),
        (CartState.PALLETISED, {"hours": 1}, True),
        (CartState.SHIPPED, {"days": 2}, True),
        (CartState.CONFIRMED, {"days": 3}, False),
        (CartState.CANCELLED, {"days": 1}, False),
        (CartState.EXPIRED, {"days": 1}, False),
        (CartState.DRAFT, {}, False),
    ],
)
def test_a_store_gets_an_asin_again_after_the_cool_down(
    store: Store, state: str, ago: dict[str, float], left_out: bool
) -> None:
    promised(store, make_asin(), state, **ago)
    assert codes(taken(store, cool_down_days=3), "1") == (() if left_out else ("B000000001",))
    assert codes(taken(open_store("2"), cool_down_days=3), "2") == ("B000000001",)


def test_the_latest_cart_counts(store: Store) -> None:
    asin = make_asin()
    for days in (9, 1, 5):
        promised(store, asin, CartState.CONFIRMED, days=days)
    assert told(taken(store, cool_down_days=14), store) == [
        ("B000000001", "cool_down", "this store got it 1 day ago; it may again after 14 days")
    ]


def test_stores_that_got_an_asin_lately_leave_no_place_for_another(store: Store) -> None:
    asin, east, west = make_asin(), open_store("2"), open_store("3")
    promised(east, asin, CartState.SHIPPED, days=29)
    promised(east, asin, CartState.SHIPPED, days=9)
    promised(west, asin, CartState.SHIPPED, days=31)
    snapshot = taken(store, east, max_stores_per_asin=1)
    assert told(snapshot, store) == [
        ("B000000001", "too_many_stores", "1 store got it in the last 30 days; at most 1 may")
    ]
    # The store that got it may get more.
    assert told(snapshot, east) == []
    assert snapshot.market(budgets={"1": Decimal(1), "2": Decimal(1)}).goods.max_stores.tolist() == [1]
    # Within a cool-down it may not, nor may another; the older one is forgotten.
    assert told(taken(store, east, west, max_stores_per_asin=1, cool_down_days=10), west)[0][1] == "too_many_stores"
    assert codes(taken(store, max_stores_per_asin=1, cool_down_days=9), "1") == ("B000000001",)


def test_free_places_are_what_the_market_may_open(store: Store) -> None:
    asin, east = make_asin(), open_store("2")
    promised(east, asin, CartState.SHIPPED, days=1)
    for others in ((store,), (east,), (store, east)):
        snapshot = taken(*others, max_stores_per_asin=3)
        market = snapshot.market(budgets={"1": Decimal(1), "2": Decimal(1)})
        assert market.goods.max_stores.tolist() == [2]


def test_gating_and_stock_are_told_before_limits(store: Store) -> None:
    ungate(store, "Shut", "brand", status="gated")
    make_asin("B000000001", brand="Shut")
    make_asin("B000000002", on_hand=0)
    snapshot = taken(store, max_units_per_asin=1, min_roi_percent=Decimal(5))
    assert [row[1] for row in told(snapshot, store)] == ["gated", "no_stock"]
    assert snapshot.gated(store).tolist() == []


def test_a_policys_limits_apply_unless_others_are_given(store: Store) -> None:
    make_asin()
    Policy.objects.update(max_units_per_asin=5, min_roi_percent=Decimal("12.50"))
    policy = default_policy()
    assert policy.limits == Limits(max_units_per_asin=5, min_roi_percent=Decimal("12.50"))
    assert policy.weights == {
        "slug": "oldest-first", "base": "1.000", "age": "1.000", "priority": "0.500", "profit": "0.000",
        "standalone_fill": "0.500", "max_units_per_asin": "5", "cool_down_days": None, "max_stores_per_asin": None,
        "min_roi_percent": "12.50",
    }  # fmt: skip
    request = {"stores": [store], "policy": policy, "now": NOW, "today": TODAY}
    assert take_snapshot(**request).left_out(store)[0].code == "low_roi"
    assert take_snapshot(**request, limits=Limits()).left_out(store) == ()
    other = policy.under(Limits(cool_down_days=7))
    assert (other.pk, other.limits, policy.limits.cool_down_days) == (policy.pk, Limits(cool_down_days=7), None)
