"""Worth of ungating: exact on problems made by hand, never exceeded on small ones by trying every plan."""

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from allocation.engine.market import Block
from allocation.engine.position import Position
from allocation.engine.problem import read_problem
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from allocation.engine.unlock import (
    Gated,
    GroupWorth,
    StoreWorth,
    Unlocked,
    rank_overall,
    rank_stores,
    worth_of_groups,
)
from tests.allocation.engine.cases import Case, best_value, item, large, offer, problem, small
from tests.allocation.engine.plans import at_random_prices, position

FLAT = {"min_shipping": "0.20", "max_shipping": "0.20"}
TWO: Case = {
    "clients": [{"id": "c1", "budget": "104.00"}, {"id": "c2", "budget": "104.00"}],
    "stores": [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c2"}],
}


def gated(place: Position, case: Case, group: Callable[[Case], int]) -> list[Gated]:
    """The offers of `case` by client, as gated ones of the groups that `group` gives their items."""
    names = {
        index: row for row in case["items"] for index, name in enumerate(place.market.goods.ids) if name == row["id"]
    }
    market = market_of(read_problem(case))
    blocks = [market.offers.of(number) for number in range(len(market.buyers))]
    groups = [[group(names[at]) for at in block.item.tolist()] for block in blocks]
    return [Gated(block, np.array(of, dtype=np.int64)) for block, of in zip(blocks, groups, strict=True)]


def unlocked(
    place: Position, case: Case, group: Callable[[Case], int] = lambda row: ord(row["id"]) - 65
) -> list[Unlocked]:
    return [worth_of_groups(place, number, one) for number, one in enumerate(gated(place, case, group))]


def test_a_group_is_worth_what_its_money_earns_beyond_the_hurdle() -> None:
    # Two cases of C (0.25 a dollar) fill the budget; A earns 1.50 on 52.00, B 0.4808 on 52.00.
    goods = [item("A", stock=1, **FLAT), item("B", stock=9, **FLAT), item("C", **FLAT)]
    fields = [offer("A"), offer("B", value="2.70"), offer("C", value="1.50")]
    place = position(problem(goods, fields[2:], budget="104.00"), {("s1", "C"): 2}, hurdle=0.25)
    (one,) = unlocked(place, problem(goods, fields[:2], budget="104.00"))
    # A: 78.00 - 13.00. B: 2 x (25.00 - 13.00), as the money pays two.
    assert rank_stores(one) == (
        StoreWorth("s1", 0, Decimal("65.00"), 1),
        StoreWorth("s1", 1, Decimal("24.00"), 1),
    )
    assert rank_stores(one, first=1)[0].words("Acme") == "Ungating Acme at s1 is worth up to $65.00 (1 ASIN)."


def test_the_money_limits_a_group_of_many() -> None:
    # Each of A, B and D would gain 65.00 twice in the place of C, but the money pays two cases in all.
    goods = [item(name, stock=9 if name == "C" else 2, **FLAT) for name in "ABCD"]
    fields = [offer(name) for name in "ABD"]
    place = position(problem(goods, [offer("C", value="1.50")], budget="104.00"), {("s1", "C"): 2}, hurdle=0.25)
    case = problem(goods, fields, budget="104.00")
    (one,) = unlocked(place, case, lambda row: 7)
    assert rank_stores(one) == (StoreWorth("s1", 7, Decimal("130.00"), 3),)
    (quick,) = (worth_of_groups(place, 0, of, exact=0) for of in gated(place, case, lambda row: 7))
    assert rank_stores(quick)[0].up_to == Decimal("390.00")


def test_a_price_of_scarce_stock_counts_against_a_group() -> None:
    goods = [item("A", **FLAT)]
    place = position(problem(goods, [], budget="52.00"), {}, price={"A": "70.00"})
    assert unlocked(place, problem(goods, [offer("A")], budget="52.00"))[0].up_to.tolist() == [8.0]
    place = position(problem(goods, [], budget="52.00"), {}, price={"A": "78.00"})
    assert rank_stores(unlocked(place, problem(goods, [offer("A")], budget="52.00"))[0]) == ()


def test_over_all_stores_no_case_counts_twice() -> None:
    goods = [item("A", stock=3, **FLAT), item("B", stock=9, **FLAT)]
    place = position(problem(goods, [], **TWO), {})
    offers = [offer("A"), offer("A", "s2", value="9.00"), offer("B", value="1.20")]
    worth = rank_overall(unlocked(place, problem(goods, offers, **TWO)), place.market.goods.stock)
    # s2 takes two of the three cases of A for 88.00 each, s1 the third for 78.00.
    stores = (StoreWorth("s2", 0, Decimal("176.00"), 1), StoreWorth("s1", 0, Decimal("156.00"), 1))
    assert worth == (
        GroupWorth(0, Decimal("254.00"), stores),
        GroupWorth(1, Decimal("20.00"), (StoreWorth("s1", 1, Decimal("20.00"), 1),)),
    )
    assert rank_overall([], place.market.goods.stock) == ()


def test_nothing_gated_is_worth_nothing() -> None:
    goods = [item("A", **FLAT)]
    place = position(problem(goods, [offer("A")]), {("s1", "A"): 1})
    (one,) = unlocked(place, problem(goods, []))
    assert rank_stores(one) == ()
    assert rank_overall([one], place.market.goods.stock) == ()


def test_the_exact_figure_is_never_above_the_quick_one() -> None:
    case = large(400, 4000, seed=6)
    open_, shut = case | {"offers": case["offers"][:200]}, case | {"offers": case["offers"][200:]}
    read = read_problem(open_)
    place = Position(market_of(read), solve(read))
    (of,) = gated(place, shut, lambda row: int(row["id"][1:]) % 30)
    exact, quick = worth_of_groups(place, 0, of, exact=100), worth_of_groups(place, 0, of, exact=0)
    assert (exact.group == quick.group).all()
    assert (exact.up_to <= quick.up_to + 1e-9).all()
    assert exact.up_to.sum() < 0.9 * quick.up_to.sum()
    assert (exact.up_to > 0).all()


def bound_at_prices(place: Position) -> float:
    """USD that no plan exceeds, by the prices of stock alone."""
    stock = place.market.goods.stock
    holdings = [place.holding(number) for number in range(len(place.market.buyers))]
    return float(place.price @ stock) + sum(one.wants(stock[one.block.item], one.price).reach() for one in holdings)


def split(seed: int) -> tuple[Case, Case]:
    """A small problem without about half of its offers, and those, which have no floors."""
    case, rng = small(seed), random.Random(seed)
    shut = [row | {"floor": 0} for row in case["offers"] if rng.random() < 0.5]
    keys = {(row["store"], row["item"]) for row in shut}
    open_ = [row for row in case["offers"] if (row["store"], row["item"]) not in keys]
    return case | {"offers": open_}, case | {"offers": shut}


def figures_of(place: Position, shut: Case) -> list[tuple[list[Case], Decimal]]:
    """Gated offers to allow together, and what they are worth: each group at each store, and at all."""
    found = unlocked(place, shut, lambda row: int(row["id"][1:]) % 2)
    overall = {worth.group: worth.up_to for worth in rank_overall(found, place.market.goods.stock)}
    pairs = {(worth.store, worth.group): worth.up_to for one in found for worth in rank_stores(one)}
    figures = []
    for group in (0, 1):
        rows = [row for row in shut["offers"] if int(row["item"][1:]) % 2 == group]
        figures.append((rows, overall.get(group, Decimal(0))))
        for store in sorted({row["store"] for row in rows}):
            mine = [row for row in rows if row["store"] == store]
            figures.append((mine, pairs.get((store, group), Decimal(0))))
    return figures


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(100), id="100"), pytest.param(range(2000, 2300), id="300", marks=pytest.mark.full)]
)
def test_no_plan_with_a_group_allowed_beats_its_bound(seeds: range) -> None:
    tried = 0
    for seed in seeds:
        open_, shut = split(seed)
        read = read_problem(open_)
        plan = solve(read)
        place = Position(market_of(read), plan)
        if seed % 2:
            at_random_prices(place, seed)
        base = Fraction(bound_at_prices(place))
        cases = {(line.store, line.item): line.cases for line in plan.lines}
        least = {(row["store"], row["item"]): row["floor"] for row in open_["offers"]}
        least = {key: min(floor, cases.get(key, 0)) for key, floor in least.items()}
        for rows, worth in figures_of(place, shut):
            floors = least | {(row["store"], row["item"]): 0 for row in rows}
            best = best_value(open_ | {"offers": open_["offers"] + rows}, floors)
            if best is not None:
                tried += 1
                # The value is to the cent.
                assert best <= base + Fraction(worth) + Fraction(1, 200), f"seed {seed}"
    assert tried >= 2 * len(seeds)


def test_a_block_may_name_an_item_that_no_store_is_offered() -> None:
    place = position(problem([item("A"), item("B", **FLAT)], [offer("A")], "9999.00"), {("s1", "A"): 1})
    ints = [np.array([value], dtype=np.int64) for value in (0, 1, 80 * 10**8, 50_000, 3, 0)]
    one = worth_of_groups(place, 0, Gated(Block(*ints), np.array([4])))
    assert rank_stores(one) == (StoreWorth("s1", 4, Decimal("234.00"), 1),)
