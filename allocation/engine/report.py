"""Writes the answer of the search as a plan: exact money, and words where nothing can be sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocation.engine.bound import first_pick
from allocation.engine.budget import BUDGETS
from allocation.engine.cart import Cart
from allocation.engine.improve import Answer
from allocation.engine.kernel import Solved
from allocation.engine.plan import ClientPlan, ItemPlan, Line, Plan, StorePlan, UnmetFloor
from allocation.engine.pricing import FULL, half_up
from allocation.engine.problem import Problem
from allocation.engine.setup import Order, Setup

_USD = 1e8


@dataclass
class Part:
    """One client on its way through the solver: its cart on all stock, with its floors, and its answer."""

    order: Order
    floored: Cart
    answer: Answer
    reasons: dict[int, str]
    solved: Solved


def make_plan(problem: Problem, setup: Setup, parts: Sequence[Part], bound: float) -> Plan:
    """The plan, with `bound` in USD on what any plan is worth."""
    lines = sorted(_lines(parts), key=lambda line: (line.store, line.item))
    value = cents(half_up(sum(part.answer.value for part in parts), 1_000_000))
    # Half up like a value; the bound adds up many floats: a millionth of a cent covers their last digits.
    top = max(value, cents(math.floor(bound * 100 * (1 + 1e-12) + 0.5 + 1e-6)))
    gap = plan_gap(value, top)
    work = [part.solved for part in parts]
    return Plan(
        lines=tuple(lines),
        value=value,
        bound=top,
        gap=gap,
        status=_status(problem.effort, value, top, gap),
        stores=tuple(sorted((row for part in parts for row in _stores(part)), key=lambda row: row.id)),
        clients=tuple(sorted(_clients(parts, problem.fairness), key=lambda row: row.id)),
        items=tuple(_items(setup, parts)),
        unmet_floors=tuple(sorted(_unmet(parts), key=lambda row: (row.store, row.item))),
        reason=None if lines else _why_empty(problem, setup, parts),
        effort={
            "nodes": sum(one.boxes for one in work),
            "passes": sum(one.passes for one in work),
            "programmes": sum(one.programmes for one in work),
        },
    )


def cents(amount: int) -> Decimal:
    """Whole cents as USD."""
    return Decimal(amount).scaleb(-2)


def plan_gap(value: Decimal, bound: Decimal) -> float:
    """(bound - value) / value, 6 decimals rounded up; 1 where there is no positive value to compare with."""
    if bound <= value:
        return 0.0
    if value <= 0:
        return 1.0
    return math.ceil((bound - value) / value * 1_000_000) / 1_000_000


def _status(effort: str, value: Decimal, bound: Decimal, gap: float) -> str:
    if bound - value < Decimal("0.01"):
        return "optimal"
    return "within_gap" if gap <= BUDGETS[effort].accept else "cut"


def _lines(parts: Sequence[Part]) -> list[Line]:
    lines = []
    for part in parts:
        cart, order, cases = part.floored, part.order, part.answer.cases
        for store in range(cart.stores):
            priced = cart.priced(store, cases)
            sorted_offers = cart.packing_order[store]
            used = sorted_offers[cases[sorted_offers] > 0].tolist()
            for index, cost, shipping in zip(used, priced.costs, priced.shippings, strict=True):
                offer, count = order.offers[index], int(cases[index])
                units = count * cart.goods[index].units
                lines.append(Line(offer.store, offer.item, count, units, cents(cost), cents(shipping)))
    return lines


def _stores(part: Part) -> list[StorePlan]:
    rows = []
    for number, store in enumerate(part.order.stores):
        priced = part.floored.priced(number, part.answer.cases)
        last = round(priced.fills[-1] / FULL, 9) if priced.fills else 0.0
        rows.append(StorePlan(store, len(priced.fills), last, cents(priced.shipping)))
    return rows


def _clients(parts: Sequence[Part], fairness: float) -> list[ClientPlan]:
    """Share: value over first-pick value. An equal share is that of all clients of this plan together."""
    firsts = [part.solved.bound if len(parts) == 1 else first_pick(part.floored) for part in parts]
    values = [part.answer.value / _USD for part in parts]
    possible = math.fsum(max(0.0, first) for first in firsts)
    equal = min(1.0, math.fsum(values) / possible) if possible > 0 else 0.0
    rows = []
    for part, first, value in zip(parts, firsts, values, strict=True):
        missing = max(0.0, fairness * equal * first - value)
        share = 1.0 if first <= 0 else max(0.0, min(1.0, value / first))
        rows.append(
            ClientPlan(
                id=part.order.client.id,
                spent=cents(part.answer.spent),
                hurdle=round(part.solved.hurdle, 6),
                share=round(share, 6),
                shortfall=cents(round(missing * 100)),
            )
        )
    return rows


def _items(setup: Setup, parts: Sequence[Part]) -> list[ItemPlan]:
    """Used cases; a price only where the stock is used up and an offer could take more."""
    used, price = np.zeros(len(setup.items), dtype=np.int64), np.zeros(len(setup.items))
    for part in parts:
        places = part.order.items[part.order.local]
        np.add.at(used, places, part.answer.cases)
        more = part.answer.cases < part.order.caps
        np.maximum.at(price, places, np.where(more, part.solved.prices, 0.0))
    price[used < setup.stock] = 0.0
    rows = zip(setup.items, used.tolist(), price.tolist(), strict=True)
    return [ItemPlan(item.id, count, cents(round(worth * 100))) for item, count, worth in rows]


def _unmet(parts: Sequence[Part]) -> list[UnmetFloor]:
    rows = []
    for part in parts:
        for index, reason in part.reasons.items():
            offer, cases = part.order.offers[index], int(part.answer.cases[index])
            if cases < offer.floor:
                rows.append(UnmetFloor(offer.store, offer.item, offer.floor, cases, reason))
    return rows


def _why_empty(problem: Problem, setup: Setup, parts: Sequence[Part]) -> str:
    """The first thing that stands in the way of every offer."""
    if not problem.offers:
        return "there are no offers"
    able = [part for part in parts if part.order.offers]
    if all(part.order.client.budget == 0 for part in able):
        return "the budget is zero"
    stock = {item.id: item.stock for item in problem.items}
    if all(stock[offer.item] == 0 for offer in problem.offers):
        return "nothing on offer is in stock"
    carts = [part.order.cart(setup.stock, setup.openings) for part in able]
    if all((cart.left(cart.low) == 0).all() for cart in carts):
        return "caps and limits on stores leave no case of what is in stock"
    if all(_dearest(cart) for cart in carts):
        return "one case of anything, with its shipping, costs more than the budget"
    return "no case is worth more than its shipping"


def _dearest(cart: Cart) -> bool:
    """Not one case alone fits the budget."""
    for index in np.flatnonzero(cart.left(cart.low) > 0).tolist():
        one = cart.low.copy()
        one[index] = 1
        if cart.price(one)[1] <= cart.budget:
            return False
    return True
