"""Fairness of a batch: the share that everyone can reach, what it costs, and who is served when stock is short."""

from dataclasses import replace

import numpy as np
import pytest

from allocation.engine.dual import Dual, solve_dual
from allocation.engine.market import Floats, Market
from tests.allocation.engine.markets import contended, hand_made, linear


def shares(market: Market, dual: Dual) -> Floats:
    """What is reserved for each buyer, in value after the least shipping, as a share of its first pick."""
    reached = np.zeros(len(market.buyers))
    for buyer, (places, cases) in enumerate(dual.reserved):
        block = market.offers.of(buyer)
        item = block.item[places]
        shipping = market.goods.min_shipping[item] * market.goods.units[item] / 1e4
        reached[buyer] = (block.value[places] / 1e8 - shipping) @ cases
    return reached / dual.first_picks


def test_equals_share_equally() -> None:
    # Ten cases for two buyers who would take all of them.
    dual = solve_dual(hand_made([100, 100], [10], [[5.0], [5.0]], fairness=1.0))
    assert dual.share == pytest.approx(0.5, abs=0.01)
    assert [cases.tolist() for _, cases in dual.reserved] == [[5], [5]]


def test_without_fairness_the_stock_goes_where_it_brings_most() -> None:
    market = hand_made([100, 100], [10], [[5.0], [4.0]])
    dual = solve_dual(market)
    assert [cases.tolist() for _, cases in dual.reserved] == [[10], []]
    assert (dual.share, dual.boosts.tolist()) == (1.0, [0.0, 0.0])


def test_with_fairness_the_other_gets_its_guaranteed_part() -> None:
    market = hand_made([100, 100], [10], [[5.0], [4.0]], fairness=0.8)
    dual = solve_dual(market)
    # Each can have half of its first pick; four fifths of that are four cases.
    assert dual.share == pytest.approx(0.5, abs=0.01)
    assert [cases.tolist() for _, cases in dual.reserved] == [[6], [4]]
    # A quarter more makes the other's 4 USD worth 5.
    assert dual.boosts.tolist() == pytest.approx([0.0, 0.25], abs=0.01)
    assert dual.bound == pytest.approx(50.0, abs=0.05)


def test_one_buyer_alone_asks_nobody() -> None:
    dual = solve_dual(hand_made([50], [10], [[5.0]], fairness=0.9))
    assert (dual.share, dual.boosts.tolist()) == (1.0, [0.0])


def test_who_can_buy_nothing_does_not_spoil_the_share() -> None:
    market = hand_made([0, 100, 100], [10, 0], [[5.0, 0], [5.0, 0], [5.0, 4.0]], fairness=1.0)
    assert solve_dual(market).share == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("stock", [1.3, 1.0, 0.7])
@pytest.mark.parametrize("weights", [(1.0,), (1.0, 1.25, 1.5)])
def test_the_share_is_one_that_everyone_can_reach(stock: float, weights: tuple[float, ...]) -> None:
    market = contended(11, stock=stock, weights=weights, fairness=0.9)
    dual = solve_dual(market)
    nothing = [np.zeros(len(market.offers.of(buyer).item), dtype=np.int64) for buyer in range(len(market.buyers))]
    best = linear(market, nothing).best_share(dual.first_picks)
    assert 0.93 * best <= dual.share <= best + 1e-6


def test_the_guarantee_lifts_the_least_share_and_hardly_costs() -> None:
    market = contended(11, buyers=60, items=600, stock=1.0)
    plain, fair = solve_dual(market), solve_dual(replace(market, fairness=0.9))
    assert shares(market, plain).min() < 0.65 * fair.share
    # Whole cases part a small buyer from its due a little.
    assert shares(market, fair).min() > 0.8 * 0.9 * fair.share
    value = [float(shares(market, dual) @ dual.first_picks) for dual in (plain, fair)]
    assert value[1] > 0.97 * value[0]
    assert fair.bound <= plain.bound


def test_more_fairness_never_asks_for_less() -> None:
    market = contended(3, stock=0.9)
    duals = [solve_dual(replace(market, fairness=alpha)) for alpha in (0.0, 0.5, 0.9, 1.0)]
    assert duals[1].share == duals[2].share == duals[3].share
    boosts = [dual.boosts.sum() for dual in duals]
    assert boosts == sorted(boosts)
