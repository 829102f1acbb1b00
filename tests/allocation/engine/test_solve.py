"""Plans of the solver: exact small cases, all plans of small problems tried, certificates of larger ones."""

import json
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from allocation.engine import exact
from allocation.engine.check import check
from allocation.engine.plan import Line, Plan, StorePlan, UnmetFloor
from allocation.engine.problem import read_problem
from allocation.engine.solve import solve
from tests.allocation.engine.cases import Case, best_value, item, large, offer, problem, small


def solved(case: Case) -> Plan:
    read = read_problem(case)
    plan = solve(read)
    assert check(read, plan) == []
    return plan


def test_takes_all_that_is_worth_it() -> None:
    plan = solved(problem([item(stock=4)], [offer()]))
    # 40 units at fill 0.4 ship for 0.50 - 0.30 x 0.4 = 0.38 each.
    assert plan.lines == (Line("s1", "A", 4, 40, Decimal("200.00"), Decimal("15.20")),)
    assert plan.stores == (StorePlan("s1", 1, 0.4, Decimal("15.20")),)
    assert (plan.value, plan.bound, plan.gap, plan.status) == (
        Decimal("304.80"),
        Decimal("304.80"),
        0.0,
        "optimal",
    )
    assert plan.clients[0].spent == Decimal("215.20")
    assert (plan.items[0].used, plan.reason) == (4, None)


def test_the_budget_covers_goods_and_shipping() -> None:
    # Four cases cost 200.00 and 15.20 of shipping: a cent less pays for three only (150.00 + 30 x 0.41).
    assert solved(problem([item(stock=9)], [offer()], budget="215.20")).items[0].used == 4
    plan = solved(problem([item(stock=9)], [offer()], budget="215.19"))
    assert plan.items[0].used == 3
    assert plan.clients[0].spent == Decimal("162.30")


def test_the_least_discount_per_load_goes_on_the_last_pallet() -> None:
    cheap = item("A", max_shipping="0.30", stock=5, load=0.2)
    dear = item("B", max_shipping="0.90", stock=5, load=0.2)
    plan = solved(problem([cheap, dear], [offer("A", floor=2), offer("B", floor=5)]))
    # B fills the first pallet; whether more of A comes along, B ships at its minimum.
    assert plan.lines[1].shipping == Decimal("10.00")
    assert plan.stores[0].pallets == 2


def test_a_line_is_rounded_half_up_once() -> None:
    # Three units at 0.15: cost 0.45; shipping 3 x 0.0050 = 0.015, so 0.02.
    goods = item(case_pack=3, unit_cost="0.15", min_shipping="0.0050", max_shipping="0.0050", load=1.0, stock=1)
    line = solved(problem([goods], [offer()])).lines[0]
    assert (line.cost, line.shipping) == (Decimal("0.45"), Decimal("0.02"))


def test_ten_tenths_are_one_full_pallet() -> None:
    plan = solved(problem([item(stock=10)], [offer()]))
    assert plan.stores[0] == StorePlan("s1", 1, 1.0, Decimal("20.00"))


def test_an_offer_may_have_its_own_cost() -> None:
    plan = solved(problem([item(stock=1)], [offer(unit_cost="4.00")]))
    assert plan.lines[0].cost == Decimal("40.00")


def test_goods_worth_less_than_their_shipping_stay() -> None:
    plan = solved(problem([item()], [offer(value="0.15")]))
    assert (plan.lines, plan.reason) == ((), "no case is worth more than its shipping")


def test_floors_come_first_and_a_locked_line_may_lose() -> None:
    locked = offer("A", value="-1.00", floor=2, cap=2)
    plan = solved(problem([item("A"), item("B", stock=1)], [locked, offer("B")]))
    assert [(line.item, line.cases) for line in plan.lines] == [("A", 2), ("B", 1)]
    assert plan.unmet_floors == ()


def test_a_floor_without_stock_is_named() -> None:
    plan = solved(problem([item(stock=3)], [offer(floor=5)]))
    assert plan.unmet_floors == (UnmetFloor("s1", "A", 5, 3, "not enough stock"),)


def test_a_floor_without_money_is_named_and_the_rest_solved() -> None:
    case = problem([item("A"), item("B", unit_cost="1.00")], [offer("A", floor=5), offer("B")], budget="120.00")
    plan = solved(case)
    reason = "not enough budget for the goods and their shipping"
    assert plan.unmet_floors == (UnmetFloor("s1", "A", 5, 2, reason),)


def test_floors_of_later_clients_are_kept() -> None:
    clients = [{"id": "c1", "budget": "900.00"}, {"id": "c2", "budget": "500.00"}]
    stores = [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c2"}]
    offers = [offer(store="s1"), offer(store="s2", floor=3)]
    plan = solved({**problem([item(stock=8)], offers, clients=clients, stores=stores), "fairness": 0.0})
    cases = {line.store: line.cases for line in plan.lines}
    assert cases["s2"] >= 3
    assert sum(cases.values()) == 8


def test_an_item_goes_to_at_most_its_stores() -> None:
    stores = [{"id": name, "client": "c1"} for name in ("s1", "s2", "s3")]
    offers = [offer(store=name, cap=3) for name in ("s1", "s2", "s3")]
    plan = solved(problem([item(max_stores=2)], offers, stores=stores))
    assert [line.cases for line in plan.lines] == [3, 3]


def test_a_floor_beyond_the_stores_is_named() -> None:
    stores = [{"id": name, "client": "c1"} for name in ("s1", "s2")]
    offers = [offer(store="s1", floor=1), offer(store="s2", floor=1)]
    plan = solved(problem([item(max_stores=1)], offers, stores=stores))
    assert plan.unmet_floors == (UnmetFloor("s2", "A", 1, 0, "the item may go to no further store"),)


def test_stock_is_shared_by_clients_in_order_of_weight() -> None:
    clients = [{"id": "c1", "budget": "900.00"}, {"id": "c2", "budget": "500.00", "weight": 1.5}]
    stores = [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c2"}]
    given = problem([item(stock=5)], [offer(), offer(store="s2")], clients=clients, stores=stores)
    plan = solved({**given, "fairness": 0.0})
    assert [(line.store, line.cases) for line in plan.lines] == [("s2", 5)]
    assert (plan.clients[0].share, plan.clients[0].shortfall) == (0.0, 0)
    assert plan.bound >= plan.value
    fair = solved({**given, "fairness": 1.0})
    assert {line.store: line.cases for line in fair.lines} == {"s1": 3, "s2": 2}
    assert (plan.value, fair.value) == (Decimal("382.50"), Decimal("378.90"))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (problem([item()], []), "there are no offers"),
        ({}, "there are no offers"),
        (problem([item()], [offer()], budget="0.00"), "the budget is zero"),
        (problem([item(stock=0)], [offer()]), "nothing on offer is in stock"),
        (problem([item()], [offer(cap=0)]), "caps and limits on stores leave no case of what is in stock"),
        (
            problem([item()], [offer()], budget="54.69"),
            "one case of anything, with its shipping, costs more than the budget",
        ),
    ],
)
def test_an_empty_plan_says_why(case: Case, reason: str) -> None:
    plan = solved(case)
    assert (plan.lines, plan.value, plan.bound, plan.reason) == ((), Decimal(0), Decimal(0), reason)


def small_results(seeds: range) -> tuple[int, int]:
    """(small problems of which every plan was tried, those where the solver's plan is the best)."""
    tried = reached = 0
    for seed in seeds:
        case = small(seed)
        plan = solved(case)
        cases = {(line.store, line.item): line.cases for line in plan.lines}
        least = {}
        for row in case["offers"]:
            key = (row["store"], row["item"])
            least[key] = min(row["floor"], cases.get(key, 0))
        best = best_value(case, least)
        if best is not None:
            tried += 1
            assert Fraction(plan.value) <= best <= Fraction(plan.bound), f"seed {seed}"
            reached += best == Fraction(plan.value)
    return tried, reached


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(100), id="100"), pytest.param(range(1000, 1500), id="500", marks=pytest.mark.full)]
)
def test_no_plan_of_a_small_problem_beats_the_bound(seeds: range) -> None:
    tried, reached = small_results(seeds)
    assert tried >= 0.9 * len(seeds)
    assert reached >= 0.95 * tried


def test_the_search_alone_proves_small_problems_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the trial of all plans, the branching and its bounds must stand on their own.
    monkeypatch.setattr(exact, "MOST_PLANS", 1)
    tried, reached = small_results(range(100, 280))
    assert tried >= 160
    assert reached >= 0.95 * tried


@pytest.mark.parametrize(("offers", "budget"), [(500, 8000), (1000, 17000), (1000, 50000)])
def test_a_cart_is_certified(offers: int, budget: int) -> None:
    plan = solved(large(offers, budget, seed=3))
    assert plan.gap <= 0.003
    assert plan.status == "within_gap"


def test_any_order_of_rows_gives_the_same_bytes() -> None:
    case = large(60, 3000, seed=5, stores=2, clients=2) | {"effort": "fast"}
    first = json.dumps(solved(case).as_json())
    rng = random.Random(1)
    for _ in range(3):
        for rows in ("clients", "stores", "items", "offers"):
            rng.shuffle(case[rows])
        assert json.dumps(solved(case).as_json()) == first


def test_several_stores_share_one_budget_and_stock() -> None:
    plan = solved(large(40, 6000, seed=2, stores=3))
    assert len({line.store for line in plan.lines}) > 1
    assert plan.gap <= 0.02


def test_stop_keeps_a_valid_plan_and_bound() -> None:
    read = read_problem(large(200, 2000, seed=4))
    full, cut = solve(read), solve(read, stop=lambda: True)
    assert check(read, cut) == []
    assert cut.status == "cut"
    assert cut.value <= full.value <= full.bound <= cut.bound


def test_money_is_text_with_two_decimals() -> None:
    data = solved(problem([item(stock=4)], [offer()])).as_json()
    assert data["lines"] == [
        {"store": "s1", "item": "A", "cases": 4, "units": 40, "cost": "200.00", "shipping": "15.20"}
    ]
    assert (data["value"], data["items"]) == ("304.80", [{"id": "A", "used": 4, "price": "78.00"}])


@pytest.mark.parametrize("budget", ["0.00", "0.01"])
def test_goods_that_cost_nothing_need_no_money(budget: str) -> None:
    free = item(unit_cost="0", min_shipping="0", max_shipping="0", stock=3)
    plan = solved(problem([free], [offer(value="1.50")], budget=budget))
    assert (plan.value, plan.bound, plan.status) == (Decimal("45.00"), Decimal("45.00"), "optimal")


def test_the_last_cents_beside_a_large_floor_are_not_lost() -> None:
    free = {"case_pack": 1, "min_shipping": "0", "max_shipping": "0", "load": 0.001}
    items = [item("A", unit_cost="7858.10", stock=29, **free), item("B", unit_cost="0.03", stock=1, **free)]
    offers = [offer("A", value="0", floor=29), offer("B", value="9")]
    plan = solved(problem(items, offers, budget="227884.93"))
    assert (plan.value, plan.bound) == (Decimal("9.00"), Decimal("9.00"))
