"""A minimum for a store: goods that load enough and are worth more than a given value, or nothing."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from allocation.engine import exact
from allocation.engine.market import Market, Minimum
from allocation.engine.plan import Plan
from allocation.engine.problem import read_problem
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from tests.allocation.engine.cases import item, large, offer, problem, small

NOTHING = Decimal("0.00")


def market_with(case: dict[str, object], minimum: Minimum) -> Market:
    return replace(market_of(read_problem(case)), minimum=minimum)


def load_of(market: Market, plan: Plan) -> int:
    loads = dict(zip(market.goods.ids, market.goods.load.tolist(), strict=True))
    return sum(loads[line.item] * line.cases for line in plan.lines)


def test_small_carts_keep_the_minimum_within_their_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    same = found = 0
    for seed in range(300):
        rng, case = random.Random(seed), small(seed)
        if len(case["stores"]) > 1:
            continue
        case["offers"] = [row | {"floor": 0} for row in case["offers"]]
        market = market_with(case, Minimum(rng.randint(1, 800_000_000), rng.choice([0, 500_000_000])))
        monkeypatch.setattr(exact, "MOST_PLANS", 1_000_000)
        best = solve(market)
        monkeypatch.setattr(exact, "MOST_PLANS", 1)
        plan = solve(market)
        assert plan.value <= best.value <= plan.bound
        for one in (best, plan):
            assert not one.lines or load_of(market, one) >= market.minimum.load
            assert not one.lines or one.value * 10**8 > market.minimum.value
        found += bool(best.lines)
        same += bool(best.lines) and plan.value == best.value
    assert found >= 40
    assert same >= 0.95 * found


def bulky_and_dense(budget: str) -> dict[str, object]:
    """A dense item that earns more a dollar than a bulky one."""
    items = [
        item("DENSE", case_pack=1, unit_cost="90.00", min_shipping="1.00", max_shipping="1.00", load=0.01, stock=99),
        item("BULKY", case_pack=1, unit_cost="20.00", min_shipping="1.00", max_shipping="5.00", load=0.1, stock=99),
    ]
    offers = [offer("DENSE", value="40.00"), offer("BULKY", value="8.00")]
    return problem(items, offers, budget)


def test_bulky_goods_come_in_only_where_the_load_asks_for_them() -> None:
    case = bulky_and_dense("364.00")
    free = solve(market_with(case, Minimum()))
    assert [(line.item, line.cases) for line in free.lines] == [("DENSE", 4)]
    enough = market_with(case, Minimum(load=500_000_000))
    plan = solve(enough)
    assert {line.item: line.cases for line in plan.lines} == {"BULKY": 8, "DENSE": 2}
    # At 0.82 of a pallet: 8 x (8 - (5 - 4 x 0.82)) + 2 x 39
    assert plan.value == Decimal("128.24")
    assert solve(replace(enough, minimum=Minimum(500_000_000, 128_23 * 10**6))).value == Decimal("128.24")
    assert solve(replace(enough, minimum=Minimum(500_000_000, 128_24 * 10**6))).lines == ()


def test_what_cannot_be_loaded_or_paid_is_nothing() -> None:
    case = bulky_and_dense("100.00")
    plan = solve(market_with(case, Minimum(load=500_000_000)))
    assert (plan.lines, plan.value) == ((), NOTHING)
    assert solve(market_with(large(60, 100_000, seed=3), Minimum(load=10**15))).lines == ()


def test_any_plan_will_do_where_it_is_only_asked_whether_there_is_one() -> None:
    market = market_with(large(300, 500_000, seed=5), Minimum())
    best = solve(market)
    some = Minimum(load_of(market, best) // 2, int(best.value * 10**8 * Decimal("0.9")))
    any_plan = solve(replace(market, minimum=replace(some, any_will_do=True)))
    assert any_plan.lines
    assert any_plan.value > best.value * Decimal("0.9")
    assert any_plan.effort["nodes"] <= best.effort["nodes"]
    more = replace(some, value=int((best.bound + 1) * 10**8), any_will_do=True)
    assert solve(replace(market, minimum=more)).lines == ()
