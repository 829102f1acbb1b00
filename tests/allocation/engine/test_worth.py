"""More money and other stores: exact on problems made by hand, never exceeded on small ones by trying every plan."""

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from allocation.engine.plan import Plan
from allocation.engine.position import Position
from allocation.engine.problem import read_problem
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from allocation.engine.worth import More, Taker, balance_curve, best_store
from tests.allocation.engine.cases import Case, best_value, item, large, offer, problem, small
from tests.allocation.engine.plans import position

FLAT = {"min_shipping": "0.20", "max_shipping": "0.20"}
TWO: Case = {
    "clients": [{"id": "c1", "budget": "100.00"}, {"id": "c2", "budget": "1000.00"}],
    "stores": [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c2"}],
}


def money(*amounts: str) -> More:
    return More(*(Decimal(amount) for amount in amounts))


def test_more_money_buys_the_next_best() -> None:
    # A: 78.00 for 52.00; B: 38.00 for 52.00. With one A, 48.00 of 100.00 is left over.
    goods = [item("A", stock=2, **FLAT), item("B", stock=1, **FLAT)]
    case = problem(goods, [offer("A"), offer("B", value="4.00")], budget="100.00")
    curve = balance_curve(position(case, {("s1", "A"): 1}), 0, (4, 56, Decimal("500.00")))
    # Split cases reach 150.00 with 100.00; 4.00 more buy the rest of the second A, and then B is all there is.
    assert curve == (
        money("4.00", "6.00", "78.00"),
        money("56.00", "44.00", "116.00"),
        money("500.00", "44.00", "116.00"),
    )
    assert curve[2].words() == "$500.00 more would bring about $44.00 of value, up to $116.00."


def test_money_that_pays_no_case_of_it_does_not_count() -> None:
    case = problem([item(**FLAT)], [offer()], budget="30.00")
    curve = balance_curve(position(case, {}), 0, (21, 22))
    assert curve == (money("21.00", "0.00", "0.00"), money("22.00", "33.00", "78.00"))


def test_goods_of_other_clients_stay_theirs() -> None:
    case = problem([item(stock=3, **FLAT)], [offer(), offer(store="s2")], **TWO)
    place = position(case, {("s1", "A"): 1, ("s2", "A"): 2})
    assert balance_curve(place, 0, (1000,)) == (money("1000.00", "0.00", "0.00"),)
    case = problem([item(stock=9, max_stores=1, **FLAT)], [offer(), offer(store="s2")], **TWO)
    assert balance_curve(position(case, {("s2", "A"): 2}), 0, (1000,))[0].most == 0


def test_stores_of_one_client_share_its_stock() -> None:
    stores = [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c1"}]
    case = problem([item(stock=2, **FLAT)], [offer(), offer(store="s2")], budget="52.00", stores=stores)
    free = balance_curve(position(case, {("s1", "A"): 1}), 0, (1000,))[0]
    # Each store could have both cases if stock were free; at 78.00 a case nothing is gained beyond the two.
    assert free.most == Decimal("234.00")
    priced = balance_curve(position(case, {("s1", "A"): 1}, price={"A": "78.00"}), 0, (1000,))[0]
    assert priced.most == Decimal("78.00")


def solved(case: Case) -> tuple[Plan, Position]:
    read = read_problem(case)
    plan = solve(read)
    return plan, Position(market_of(read), plan)


def alone(case: Case, plan: Plan, client: str, extra: int) -> Case:
    """The problem of one client with `extra` USD more, out of what the others leave."""
    mine = {row["id"] for row in case["stores"] if row["client"] == client}
    taken = {
        row["id"]: [line.cases for line in plan.lines if line.item == row["id"] and line.store not in mine]
        for row in case["items"]
    }
    items = []
    for row in case["items"]:
        openings = None if row["max_stores"] is None else row["max_stores"] - len(taken[row["id"]])
        items.append(row | {"stock": row["stock"] - sum(taken[row["id"]]), "max_stores": openings})
    return {
        "clients": [
            row | {"budget": f"{Decimal(row['budget']) + extra}"} for row in case["clients"] if row["id"] == client
        ],
        "stores": [row for row in case["stores"] if row["id"] in mine],
        "items": items,
        "offers": [row for row in case["offers"] if row["store"] in mine],
    }


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(80), id="80"), pytest.param(range(1000, 1300), id="300", marks=pytest.mark.full)]
)
def test_no_plan_with_more_money_beats_its_bound(seeds: range) -> None:
    tried = tight = 0
    for seed in seeds:
        case, extra = small(seed), random.Random(seed).choice([20, 90, 400])
        plan, place = solved(case)
        cases = {(line.store, line.item): line.cases for line in plan.lines}
        for number, buyer in enumerate(place.market.buyers):
            one = alone(case, plan, buyer.id, extra)
            least = {(row["store"], row["item"]): 0 for row in one["offers"]}
            least = {key: min(row["floor"], cases.get(key, 0)) for key, row in zip(least, one["offers"], strict=True)}
            best = best_value(one, least)
            if best is None:
                continue
            value = Fraction(place.holding(number).value)
            more = balance_curve(place, number, (extra,))[0]
            tried += 1
            # Both values are to the cent; the curve is not.
            assert best <= value + Fraction(more.most) + Fraction(1, 200), f"seed {seed}"
            assert Decimal(0) <= more.about <= more.most
            tight += best >= value + Fraction(more.most) - 1
    assert tried >= 0.9 * len(seeds)
    assert tight >= 0.2 * tried


def test_the_curve_rises_and_its_dollars_earn_ever_less() -> None:
    place = solved(large(300, 3000, seed=4))[1]
    curve = balance_curve(place, 0, (500, 1000, 1500, 2000, 2500))
    gains = [after.about - before.about for before, after in pairwise(curve)]
    assert all(gain > 0 for gain in gains)
    assert all(later <= gain + Decimal("0.02") for gain, later in pairwise(gains))
    # The first dollars earn the hurdle.
    assert float(curve[0].about) == pytest.approx(500 * place.plan.clients[0].hurdle, rel=0.05)


def test_the_store_that_makes_the_most_of_an_item() -> None:
    offers = [offer(), offer(store="s2", value="9.00")]
    place = position(problem([item(**FLAT)], offers, **TWO), {}, hurdle={"c1": 0.2, "c2": 0.5}, price={"A": "5.20"})
    assert best_store(place, "A", ["s1", "s2"]) == Taker("s1", "c1", 1.4, 0.2)
    assert best_store(place, "A", ["s2"]) == Taker("s2", "c2", 1.592308, 0.5)
    assert best_store(place, "A", []) is best_store(place, "B", ["s1"]) is best_store(place, "A", ["s9"]) is None


def test_a_store_that_may_not_take_more_is_no_taker() -> None:
    case = problem([item(max_stores=1, **FLAT)], [offer(cap=2), offer(store="s2")], **TWO)
    place = position(case, {("s1", "A"): 1})
    assert best_store(place, "A", ["s1", "s2"]) == Taker("s1", "c1", 1.5, 0.0)
    assert best_store(place, "A", ["s2"]) is None
    assert best_store(position(problem([item(**FLAT)], [offer(cap=1)]), {("s1", "A"): 1}), "A", ["s1"]) is None
