"""A stand-alone program for an environment of its own: OR-Tools CP-SAT on the engine's problems.

ortools and highspy cannot be imported into one process, so nothing of the product is imported here. Each line on
standard input is a job, each line on standard output its answer:

    {"model": "cart" | "batch", "problem": {...}, "pallets": 3, "seconds": 2.0, "workers": 2}
    {"status", "value", "bound", "seconds", "build_seconds", "lines": [[store, item, cases], ...]}

"cart": one store, a quantity of each item on each of `pallets` pallets, and the discount of a pallet is the product
of its fill and the full discount of its goods. "batch": any number of clients, every unit at its max shipping.
Limits on the number of stores of an item are not modelled. Money counts in 1/1000 USD, loads in 1/100,000 of a pallet
rounded up. `value` and `bound` are the model's own, in USD.
"""

from __future__ import annotations

import json
import math
import sys
import time
from itertools import pairwise
from typing import Any

from ortools.sat.python import cp_model  # type: ignore[import-not-found]

MONEY = 1_000
LOAD = 100_000
Row = dict[str, Any]
Terms = list[tuple[Row, Row, Any]]  # offer, item, quantity


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(job: Row) -> Row:
    """Solves one job; `seconds` limits the search, not the building of the model."""
    start = time.monotonic()
    model = cp_model.CpModel()
    if job["model"] == "cart":
        terms, scale = _cart(model, job["problem"], job["pallets"])
    else:
        terms, scale = _batch(model, job["problem"])
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = job["seconds"]
    solver.parameters.num_workers = job["workers"]
    solver.parameters.random_seed = 1
    built = time.monotonic()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "status": solver.status_name(status).lower(),
        "value": solver.objective_value / scale if found else None,
        "bound": solver.best_objective_bound / scale,
        "seconds": time.monotonic() - built,
        "build_seconds": built - start,
        "lines": _lines(solver, terms) if found else [],
    }


def _lines(solver: Any, terms: Terms) -> list[tuple[str, str, int]]:
    cases: dict[tuple[str, str], int] = {}
    for offer, _, quantity in terms:
        count = solver.value(quantity)
        if count:
            key = (offer["store"], offer["item"])
            cases[key] = cases.get(key, 0) + count
    return [(store, item, count) for (store, item), count in sorted(cases.items())]


def _batch(model: Any, problem: Row) -> tuple[Terms, int]:
    items = {row["id"]: row for row in problem["items"]}
    owner = {row["id"]: row["client"] for row in problem["stores"]}
    terms: Terms = []
    by_item: dict[str, list[int]] = {}
    by_client: dict[str, list[int]] = {}
    for offer in problem["offers"]:
        item = items[offer["item"]]
        by_item.setdefault(offer["item"], []).append(len(terms))
        by_client.setdefault(owner[offer["store"]], []).append(len(terms))
        terms.append((offer, item, model.new_int_var(offer["floor"], _most(offer, item), "")))
    quantities = [term[2] for term in terms]
    sums = cp_model.LinearExpr.weighted_sum
    for key, places in by_item.items():
        if sum(_most(terms[place][0], items[key]) for place in places) > items[key]["stock"]:
            model.add(cp_model.LinearExpr.sum([quantities[place] for place in places]) <= items[key]["stock"])
    for client in problem["clients"]:
        places = by_client.get(client["id"], [])
        spend = [_spend(terms[place][0], terms[place][1]) for place in places]
        model.add(sums([quantities[place] for place in places], spend) <= _mills(client["budget"]))
    model.maximize(sums(quantities, [_gain(offer, item) for offer, item, _ in terms]))
    return terms, MONEY


def _cart(model: Any, problem: Row, pallets: int) -> tuple[Terms, int]:
    items = {row["id"]: row for row in problem["items"]}
    terms: Terms = []
    saved, fills = [], []
    by_offer: list[list[Any]] = [[] for _ in problem["offers"]]
    for _ in range(pallets):
        mine = []
        for offer, held in zip(problem["offers"], by_offer, strict=True):
            item = items[offer["item"]]
            most = min(_most(offer, item), LOAD // _load(item))
            mine.append((offer, item, model.new_int_var(0, most, "")))
            held.append(mine[-1][2])
        fill, saving = _pallet(model, mine)
        fills.append(fill)
        saved.append(saving)
        terms += mine
    for offer, held in zip(problem["offers"], by_offer, strict=True):
        model.add(sum(held) <= _most(offer, items[offer["item"]]))
        if offer["floor"]:
            model.add(sum(held) >= offer["floor"])
    for fuller, emptier in pairwise(fills):
        model.add(fuller >= emptier)
    quantities = [term[2] for term in terms] + saved
    spend = [LOAD * _spend(offer, item) for offer, item, _ in terms] + [-1] * pallets
    gain = [LOAD * _gain(offer, item) for offer, item, _ in terms] + [1] * pallets
    model.add(cp_model.LinearExpr.weighted_sum(quantities, spend) <= LOAD * _mills(problem["clients"][0]["budget"]))
    model.maximize(cp_model.LinearExpr.weighted_sum(quantities, gain))
    return terms, MONEY * LOAD


def _pallet(model: Any, terms: Terms) -> tuple[Any, Any]:
    """The fill of one pallet, and its saving: fill x what its goods would save on a full one."""
    quantities = [quantity for _, _, quantity in terms]
    loads = [_load(item) for _, item, _ in terms]
    discounts = [_discount(item) for _, item, _ in terms]
    # A pallet of the densest goods saves the most.
    most = math.ceil(LOAD * max(discount / load for discount, load in zip(discounts, loads, strict=True)))
    fill, discount = model.new_int_var(0, LOAD, ""), model.new_int_var(0, most, "")
    saving = model.new_int_var(0, LOAD * most, "")
    model.add(cp_model.LinearExpr.weighted_sum(quantities, loads) == fill)
    model.add(cp_model.LinearExpr.weighted_sum(quantities, discounts) == discount)
    model.add_multiplication_equality(saving, [fill, discount])
    return fill, saving


def _most(offer: Row, item: Row) -> int:
    return int(item["stock"]) if offer["cap"] is None else min(int(offer["cap"]), int(item["stock"]))


def _mills(money: str) -> int:
    """1/1000 USD, rounded down."""
    return math.floor(float(money) * MONEY + 1e-6)


def _case(money: str, item: Row) -> float:
    return float(money) * int(item["case_pack"]) * MONEY


def _spend(offer: Row, item: Row) -> int:
    """What a case takes of the budget at max shipping, rounded up."""
    return math.ceil(_case(offer["unit_cost"] or item["unit_cost"], item) + _case(item["max_shipping"], item) - 1e-6)


def _gain(offer: Row, item: Row) -> int:
    return math.floor(_case(offer["value"], item) - _case(item["max_shipping"], item) + 1e-6)


def _discount(item: Row) -> int:
    return math.floor(_case(item["max_shipping"], item) - _case(item["min_shipping"], item) + 1e-6)


def _load(item: Row) -> int:
    return math.ceil(float(item["load"]) * LOAD - 1e-6)


if __name__ == "__main__":
    main()
