"""The checker finds any one number that is changed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from allocation.engine.check import check
from allocation.engine.plan import Plan
from allocation.engine.problem import Problem, read_problem
from allocation.engine.solve import solve
from tests.allocation.engine.cases import item, offer, problem

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def pair() -> tuple[Problem, Plan]:
    items = [item("A", stock=7), item("B", load=0.3, stock=4), item("C", stock=2, max_stores=1)]
    stores = [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c1"}]
    offers = [
        offer("A", floor=2),
        offer("A", "s2", cap=3),
        offer("B", floor=9),
        offer("B", "s2"),
        offer("C"),
        offer("C", "s2"),
    ]
    read = read_problem(problem(items, offers, budget="700.00", stores=stores))
    plan = solve(read)
    assert check(read, plan) == []
    assert len(plan.lines) >= 3
    return read, plan


@pytest.mark.parametrize(
    ("rows", "field", "change"),
    [
        ("lines", "cases", 1),
        ("lines", "units", 1),
        ("lines", "cost", CENT),
        ("lines", "shipping", CENT),
        ("lines", "shipping", -CENT),
        ("stores", "pallets", 1),
        ("stores", "last_fill", 0.001),
        ("stores", "shipping", CENT),
        ("clients", "spent", -CENT),
        ("clients", "share", 2.0),
        ("clients", "hurdle", -1000.0),
        ("items", "used", 1),
        ("items", "price", Decimal(-1000)),
        ("unmet_floors", "cases", 1),
        ("unmet_floors", "floor", 1),
        (None, "value", CENT),
        (None, "bound", Decimal(-1000)),
        (None, "gap", 0.01),
        (None, "status", "?"),
    ],
)
def test_one_changed_number_is_found(pair: tuple[Problem, Plan], rows: str | None, field: str, change: Any) -> None:
    read, plan = pair
    if rows is None:
        changed = replace(plan, **{field: getattr(plan, field) + change})
    else:
        first, *others = getattr(plan, rows)
        changed = replace(plan, **{rows: (replace(first, **{field: getattr(first, field) + change}), *others)})
    assert check(read, changed) != []


@pytest.mark.parametrize("rows", ["lines", "stores", "clients", "items", "unmet_floors"])
def test_a_missing_row_is_found(pair: tuple[Problem, Plan], rows: str) -> None:
    read, plan = pair
    assert check(read, replace(plan, **{rows: getattr(plan, rows)[1:]})) != []


def test_a_doubled_line_is_found(pair: tuple[Problem, Plan]) -> None:
    read, plan = pair
    faults = check(read, replace(plan, lines=(plan.lines[0], *plan.lines)))
    assert faults == ["lines are not in order of store and item, once each"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"stock": 3}, "item A: 4 cases of a stock of 3"),
        ({"max_stores": 0}, "item A: goes to 1 stores, at most 0 may have it"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_found(changes: dict[str, int], fault: str) -> None:
    plan = solve(read_problem(problem([item(stock=4)], [offer()])))
    other = read_problem(problem([item(**({"stock": 4} | changes))], [offer()]))
    assert fault in check(other, plan)


def test_an_overdrawn_budget_is_found() -> None:
    plan = solve(read_problem(problem([item(stock=4)], [offer()])))
    other = read_problem(problem([item(stock=4)], [offer()], budget="215.19"))
    assert check(other, plan) == ["client c1: spends 215.20 of a budget of 215.19"]


def test_a_line_above_its_cap_or_not_on_offer_is_found() -> None:
    plan = solve(read_problem(problem([item(stock=4)], [offer()])))
    capped = read_problem(problem([item(stock=4)], [offer(cap=3)]))
    assert check(capped, plan) == ["line s1/A: 4 cases are above the cap of 3"]
    assert check(read_problem(problem([item(stock=4)], [])), plan) == ["line s1/A: is not on offer"]


def test_an_empty_plan_without_reason_is_found() -> None:
    read = read_problem(problem([item()], []))
    assert check(read, replace(solve(read), reason=None)) == ["exactly an empty plan gives a reason"]
