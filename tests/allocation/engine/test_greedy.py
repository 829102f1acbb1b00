"""The baseline of a batch: who is served first, what fits, and the true price of what was bought."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.engine.greedy import greedy
from allocation.engine.market import Ints, Market
from allocation.engine.setup import order_of
from tests.allocation.engine.markets import contended, hand_made, odd_market


def money(market: Market, plan: list[Ints]) -> list[tuple[float, int]]:
    """By buyer: USD of value after the true shipping, and cents spent."""
    carts = [order_of(market, buyer).cart(market.goods.stock, market.goods.max_stores) for buyer in range(len(plan))]
    return [(value / 1e8, spent) for value, spent in (cart.price(row) for cart, row in zip(carts, plan, strict=True))]


def assert_feasible(market: Market, plan: list[Ints]) -> None:
    used, holders = np.zeros_like(market.goods.stock), np.zeros_like(market.goods.stock)
    for buyer, cases in enumerate(plan):
        block = market.offers.of(buyer)
        assert (cases >= 0).all() and (cases <= block.cap).all()
        np.add.at(used, block.item, cases)
        np.add.at(holders, block.item, (cases > 0).astype(np.int64))
    assert (used <= market.goods.stock).all() and (holders <= market.goods.max_stores).all()
    for person, (_, spent) in zip(market.buyers, money(market, plan), strict=True):
        assert spent <= person.budget


def with_weights(market: Market, *weights: float) -> Market:
    pairs = zip(market.buyers, weights, strict=True)
    return replace(market, buyers=tuple(replace(buyer, weight=weight) for buyer, weight in pairs))


def test_the_most_value_per_dollar_comes_first() -> None:
    plan = greedy(hand_made([35], [2, 2, 2], [[3.0, 5.0, 4.0]]))
    assert plan[0].tolist() == [0, 2, 1]


def test_what_does_not_pay_is_left() -> None:
    assert greedy(hand_made([90], [2, 2], [[-1.0, 1.0]]))[0].tolist() == [0, 2]


def test_heavier_buyers_choose_first_then_richer_ones_then_by_id() -> None:
    def served(market: Market) -> list[int]:
        return [int(row.sum()) for row in greedy(market)]

    values = [[5.0], [5.0], [5.0]]
    assert served(hand_made([20, 20, 20], [3], values)) == [2, 1, 0]
    assert served(hand_made([20, 20, 30], [3], values)) == [0, 0, 3]
    assert served(with_weights(hand_made([20, 20, 30], [3], values), 1.0, 1.5, 1.0)) == [0, 2, 1]


def test_a_dear_item_is_passed_over_for_one_that_still_fits() -> None:
    market = hand_made([25], [5, 5], [[9.0, 2.0]])
    offers = market.offers
    block = replace(offers.block, cost=np.array([200_000, 50_000]))
    # One case at 20 USD, then one at 5.
    assert greedy(replace(market, offers=replace(offers, block=block)))[0].tolist() == [1, 1]


def test_stores_of_one_buyer_share_stock_and_openings() -> None:
    market = hand_made([900], [5, 5], [[5.0, 4.0]])
    offers = market.offers
    columns = {name: np.tile(getattr(offers.block, name), 2) for name in ("item", "value", "cost", "floor")}
    block = replace(offers.block, store=np.array([0, 0, 1, 1]), cap=np.array([3, 3, 3, 3]), **columns)
    goods = replace(market.goods, max_stores=np.array([2, 1]))
    buyer = replace(market.buyers[0], stores=("s0", "s1"))
    both = replace(market, goods=goods, buyers=(buyer,), offers=replace(offers, block=block, first=np.array([0, 4])))
    assert greedy(both)[0].tolist() == [3, 3, 2, 0]


def test_refill_spends_what_the_true_shipping_leaves() -> None:
    # At most 11 USD a case: 9 of 100 USD. On full pallets a case is 10 USD, and the tenth fits.
    market = hand_made([100], [10], [[20.0]])
    goods = replace(market.goods, max_shipping=np.array([10_000]), load=np.array([100_000_000]))
    market = replace(market, goods=goods)
    assert greedy(market, refill=False)[0].tolist() == [9]
    assert greedy(market)[0].tolist() == [9]
    richer = replace(market, buyers=(replace(market.buyers[0], budget=10_090),))
    # Nine cases ship for 0.10 each: 90.90; a tenth at most at 1.00 makes a full pallet, shipped for nothing.
    assert greedy(richer, refill=False)[0].tolist() == [9]
    assert greedy(richer)[0].tolist() == [9]
    enough = replace(market, buyers=(replace(market.buyers[0], budget=10_190),))
    assert greedy(enough)[0].tolist() == [10]


def test_floors_are_there_from_the_start() -> None:
    market = hand_made([30, 20], [4, 4], [[5.0, 1.0], [5.0, 1.0]])
    floors = [np.array([0, 1]), np.array([2, 0])]
    plan = greedy(market, floors=floors)
    # The first has 20 USD left for the two cases of item 0 that the second's floor leaves.
    assert [row.tolist() for row in plan] == [[2, 1], [2, 0]]
    assert [row.tolist() for row in floors] == [[0, 1], [2, 0]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_every_plan_is_feasible(seed: int, refill: bool) -> None:
    market = odd_market(seed)
    assert_feasible(market, greedy(market, refill=refill))


@pytest.mark.parametrize("stores", [1, 2])
def test_refill_never_makes_a_buyer_poorer(stores: int) -> None:
    market = contended(5, stores=stores, stock=3.0)
    plain, filled = greedy(market, refill=False), greedy(market)
    assert_feasible(market, plain)
    assert_feasible(market, filled)
    before, after = (sum(value for value, _ in money(market, plan)) for plan in (plain, filled))
    assert after > 1.005 * before
    # Nothing that was bought is given back while stock is not short.
    unspent = [
        sum(p.budget for p in market.buyers) - sum(s for _, s in money(market, plan)) for plan in (plain, filled)
    ]
    assert unspent[1] < unspent[0] / 3
