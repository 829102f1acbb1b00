"""Prices of stock and the bound on a batch: against linear programmes and against every plan of small problems."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allocation.engine.dual import Dual, solve_dual
from allocation.engine.market import ANY, BitOffers, Block, Ints, ListedOffers, Market, Special
from allocation.engine.outcome import Progress
from allocation.engine.problem import read_problem
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from tests.allocation.engine.brute import best_together, small_market
from tests.allocation.engine.cases import large
from tests.allocation.engine.markets import contended, hand_made, linear, odd_market, with_floors

seeds = st.integers(0, 10**9)


def own_floors(market: Market) -> list[Ints]:
    """Each offer's floor as far as stock goes, buyer by buyer."""
    free = market.goods.stock.copy()
    floors = []
    for buyer in range(len(market.buyers)):
        block = market.offers.of(buyer)
        cases = block.floor.copy()
        for offer, item in enumerate(block.item.tolist()):
            cases[offer] = min(int(cases[offer]), int(free[item]))
            free[item] -= cases[offer]
        floors.append(cases)
    return floors


def assert_sound(market: Market, dual: Dual, floors: list[Ints]) -> None:
    """Nothing negative, and what is reserved fits stock and caps above the floors."""
    assert (dual.prices >= 0).all() and (dual.hurdles >= 0).all()
    assert ((dual.boosts >= 0) & (dual.boosts <= 3)).all()
    assert 0 <= dual.share <= 1
    used = np.zeros_like(market.goods.stock)
    for buyer, (places, cases) in enumerate(dual.reserved):
        block = market.offers.of(buyer)
        assert (cases > 0).all() and (np.diff(places) > 0).all()
        assert (cases + floors[buyer][places] <= block.cap[places]).all()
        assert (dual.prices[block.item[places]] > 0).all()
        np.add.at(used, block.item, floors[buyer])
        np.add.at(used, block.item[places], cases)
    assert (used <= market.goods.stock).all()


def test_the_price_of_scarce_stock_is_what_the_next_buyer_would_pay() -> None:
    # Each has money for two cases and one other case to buy. The first four cases of item 0 go where they bring most:
    # to the buyers at 5, 4 and 3 USD a case; who gets 2 USD pays nothing more for one.
    market = hand_made([20] * 4, [7], [[5.0], [4.0], [3.0], [2.0]])
    dual = solve_dual(market)
    assert dual.bound == pytest.approx(2 * 5 + 2 * 4 + 2 * 3 + 1 * 2, abs=0.01)
    assert dual.prices[0] == pytest.approx(2.0, abs=0.01)
    assert dual.next_cases[0] == pytest.approx(2.0, abs=0.01)
    assert [cases.tolist() for _, cases in dual.reserved] == [[2], [2], [2], [1]]
    assert dual.first_picks.tolist() == pytest.approx([10.0, 8.0, 6.0, 4.0])


def test_the_hurdle_is_what_the_last_dollar_earns() -> None:
    dual = solve_dual(hand_made([25], [1, 1, 1], [[5.0, 4.0, 3.0]]))
    assert dual.hurdles.tolist() == pytest.approx([0.3])
    assert dual.bound == pytest.approx(5 + 4 + 0.5 * 3)
    # One more case of item 0 would take the place of one of item 2: the buyer who has all of it would pay that much.
    assert dual.next_cases.tolist() == pytest.approx([2.0, 1.0, 0.0])


def test_with_plenty_of_stock_nothing_has_a_price() -> None:
    dual = solve_dual(hand_made([20, 30], [50], [[5.0], [5.0]]))
    assert dual.prices.tolist() == [0.0]
    assert dual.bound == pytest.approx(25.0)
    assert [len(places) for places, _ in dual.reserved] == [0, 0]


@settings(max_examples=150, deadline=None)
@given(seeds)
@example(0)
def test_the_bound_is_never_below_the_linear_programme(seed: int) -> None:
    market = odd_market(seed)
    floors = own_floors(market)
    with np.errstate(all="raise", under="ignore"):
        dual = solve_dual(market)
    best = linear(market, floors).best() if any(len(low) for low in floors) else 0.0
    assert dual.bound >= best - 1e-6
    assert_sound(market, dual, floors)


@settings(max_examples=60, deadline=None)
@given(st.builds(small_market, st.randoms(use_true_random=False), clients=st.integers(2, 3)))
def test_no_plan_of_whole_cases_is_above_the_bound(case: dict) -> None:
    problem = read_problem(case)
    cases = {(line.store, line.item): line.cases for line in solve(problem).lines}
    least = {
        key: min(row["floor"], cases.get(key, 0)) for row in case["offers"] for key in [(row["store"], row["item"])]
    }
    best = best_together(case, least)
    if best is None:
        return
    market = market_of(problem)
    floors = [
        np.array(
            [least[buyer.stores[s], market.goods.ids[i]] for s, i in zip(block.store, block.item, strict=True)],
            dtype=int,
        )
        for buyer, block in ((b, market.offers.of(place)) for place, b in enumerate(market.buyers))
    ]
    dual = solve_dual(market, floors=floors)
    # A value is rounded to the cent.
    assert dual.bound >= float(best) - 0.005 - 1e-6
    assert_sound(market, dual, floors)


@pytest.mark.parametrize("stock", [3.0, 1.3, 1.0, 0.7])
@pytest.mark.parametrize("stores", [1, 2])
def test_the_bound_is_close_to_the_linear_programme(stock: float, stores: int) -> None:
    market = with_floors(contended(7, stock=stock, stores=stores), seed=3)
    floors = own_floors(market)
    assert sum(low.sum() for low in floors) > 5
    dual = solve_dual(market)
    best = linear(market, floors).best()
    assert best - 1e-6 <= dual.bound <= best * 1.0015
    assert_sound(market, dual, floors)


def test_what_is_reserved_is_nearly_all_of_the_scarce_stock() -> None:
    market = contended(2, buyers=60, items=600, stock=0.8)
    dual = solve_dual(market)
    scarce = market.goods.stock[dual.prices > 0].sum()
    assert sum(int(cases.sum()) for _, cases in dual.reserved) >= 0.97 * scarce


def test_values_that_differ_wildly_are_priced_too() -> None:
    market = contended(5)
    offers = market.offers
    assert isinstance(offers, ListedOffers)
    factor = np.random.default_rng(1).lognormal(0, 2, len(offers.block.item))
    block = replace(offers.block, value=np.round(offers.block.value * factor).astype(np.int64))
    market = replace(market, offers=replace(offers, block=block))
    best = linear(market, own_floors(market)).best()
    assert best - 1e-6 <= solve_dual(market).bound <= best * 1.002


def test_granted_floors_replace_the_offers_own() -> None:
    market = with_floors(contended(4, stock=0.8), seed=1)
    nothing = [np.zeros_like(low) for low in own_floors(market)]
    free, kept = solve_dual(market, floors=nothing), solve_dual(market)
    assert free.bound >= linear(market, nothing).best() - 1e-6
    assert kept.bound == solve_dual(market, floors=own_floors(market)).bound
    # Floors are bought for their own sake.
    assert kept.bound < free.bound


def test_rows_in_any_order_give_the_same_dual() -> None:
    case = large(60, 3_000, seed=4, stores=1, clients=5)
    rng = random.Random(1)
    mixed = {name: rng.sample(rows, len(rows)) for name, rows in case.items()}
    one, two = (solve_dual(market_of(read_problem(rows))) for rows in (case, mixed))
    assert one.bound == two.bound and one.share == two.share
    assert one.prices.tolist() == two.prices.tolist() and one.hurdles.tolist() == two.hurdles.tolist()
    assert [row[1].tolist() for row in one.reserved] == [row[1].tolist() for row in two.reserved]


def test_offers_as_bits_give_the_same_dual() -> None:
    market = contended(3, weights=(1.0,))
    blocks = [market.offers.of(buyer) for buyer in range(len(market.buyers))]
    items = len(market.goods.ids)
    rows, values = np.zeros((len(blocks), items), dtype=bool), np.zeros((1, items), dtype=np.int64)
    for row, block in zip(rows, blocks, strict=True):
        row[block.item], values[0, block.item] = True, block.value
    empty = np.zeros(0, dtype=np.int64)
    bits = BitOffers(
        bits=np.packbits(rows, axis=1),
        first=np.arange(len(blocks) + 1),
        values=values,
        value_class=np.zeros(len(blocks), dtype=np.int64),
        cost=market.goods.cost,
        cap=np.full(items, ANY),
        special=Special(empty, empty, empty, empty),
    )
    one, two = solve_dual(market), solve_dual(replace(market, offers=bits))
    assert one.bound == two.bound and one.prices.tolist() == two.prices.tolist()


def test_a_search_that_is_stopped_still_has_a_bound() -> None:
    market = contended(1, fairness=0.9)
    best = linear(market, own_floors(market)).best()
    asked: list[int] = []

    def third_time() -> bool:
        asked.append(1)
        return len(asked) >= 3

    at_once, soon, whole = (
        solve_dual(market, stop=lambda: True),
        solve_dual(market, stop=third_time),
        solve_dual(market),
    )
    assert best - 1e-6 <= whole.bound <= soon.bound <= at_once.bound <= whole.first_picks.sum() + 1e-6
    assert at_once.boosts.sum() == 0 and at_once.share == 1.0


def test_progress_is_told_heat_by_heat() -> None:
    told: list[Progress] = []
    solve_dual(contended(1, buyers=10, items=50, fairness=0.9), progress=told.append)
    assert {one.stage for one in told} == {"prices"}
    assert [one.done for one in told] == list(range(1, told[0].total + 1))


def test_nobody_and_nothing() -> None:
    nothing = hand_made([10], [4], [[0.0]])
    dual = solve_dual(nothing)
    assert dual.bound == dual.prices[0] == dual.hurdles[0] == dual.first_picks[0] == 0.0
    none = np.zeros(0, dtype=np.int64)
    nobody = replace(nothing, buyers=(), offers=ListedOffers(np.zeros(1, dtype=np.int64), Block(*[none] * 6)))
    assert solve_dual(nobody).bound == 0.0


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_one_more_case_adds_no_more_than_is_said(seed: int) -> None:
    market = odd_market(seed)
    if not any(len(market.offers.of(buyer).item) for buyer in range(len(market.buyers))):
        return
    floors = own_floors(market)
    dual = solve_dual(market, floors=floors)
    item = seed % len(market.goods.ids)
    stock = market.goods.stock + (np.arange(len(market.goods.ids)) == item)
    richer = replace(market, goods=replace(market.goods, stock=stock))
    assert linear(richer, floors).best() <= dual.bound + dual.next_cases[item] + 1e-6
