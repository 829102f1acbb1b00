"""Writes the outcome of the search as a plan: exact money, and words where nothing can be sent."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from allocation.engine.budget import BUDGETS
from allocation.engine.cart import Cart
from allocation.engine.market import Block, Ints, Market
from allocation.engine.outcome import Outcome, Served
from allocation.engine.plan import ClientPlan, ItemPlan, Line, Plan, StorePlan, UnmetFloor
from allocation.engine.pricing import FULL, half_up
from allocation.engine.setup import order_of

_USD = 100_000_000
_NOTHING = Decimal("0.00")


def make_plan(market: Market, outcome: Outcome) -> Plan:
    """The plan that the outcome stands for; blocks are made again, one buyer at a time."""
    lines: list[Line] = []
    stores: list[StorePlan] = []
    clients: list[ClientPlan] = []
    unmet: list[UnmetFloor] = []
    used = np.zeros(len(market.goods.ids), dtype=np.int64)
    worth = 0
    for place, served in enumerate(outcome.served):
        order = order_of(market, place)
        cart = order.cart(market.goods.stock, market.goods.max_stores)
        earned, spent = cart.price(served.cases)
        worth += earned
        np.add.at(used, order.block.item, served.cases)
        lines += _lines(market, place, cart, order.block, served.cases)
        stores += _stores(market, place, cart, served.cases)
        clients.append(_client(market, place, outcome, earned / _USD, spent))
        unmet += _unmet(market, place, order.block, served)
    value = cents(half_up(worth, 1_000_000))
    # Half up like a value; the bound adds up many floats: a millionth of a cent covers their last digits.
    top = max(value, cents(math.floor(outcome.bound * 100 * (1 + 1e-12) + 0.5 + 1e-6)))
    gap = plan_gap(value, top)
    return Plan(
        lines=tuple(sorted(lines, key=lambda line: (line.store, line.item))),
        value=value,
        bound=top,
        gap=gap,
        status=_status(market.effort, value, top, gap),
        stores=tuple(sorted(stores, key=lambda row: row.id)),
        clients=tuple(clients),
        items=_items(market, outcome, used),
        unmet_floors=tuple(sorted(unmet, key=lambda row: (row.store, row.item))),
        reason=None if lines else why_empty(market),
        effort=outcome.steps,
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


def _lines(market: Market, place: int, cart: Cart, block: Block, cases: Ints) -> list[Line]:
    stores, ids = market.buyers[place].stores, market.goods.ids
    lines = []
    for number, store in enumerate(stores):
        priced = cart.priced(number, cases)
        offers = cart.packing_order[number]
        offers = offers[cases[offers] > 0]
        columns = (block.item[offers].tolist(), cases[offers].tolist(), cart.units[offers].tolist())
        for item, count, units, cost, shipping in zip(*columns, priced.costs, priced.shippings, strict=True):
            lines.append(Line(store, ids[item], count, count * units, cents(cost), cents(shipping)))
    return lines


def _stores(market: Market, place: int, cart: Cart, cases: Ints) -> list[StorePlan]:
    rows = []
    for number, store in enumerate(market.buyers[place].stores):
        priced = cart.priced(number, cases)
        last = round(priced.fills[-1] / FULL, 9) if priced.fills else 0.0
        rows.append(StorePlan(store, len(priced.fills), last, cents(priced.shipping)))
    return rows


def _client(market: Market, place: int, outcome: Outcome, value: float, spent: int) -> ClientPlan:
    """Share: value over first-pick value."""
    served = outcome.served[place]
    missing = max(0.0, market.fairness * outcome.share * served.first_pick - value)
    share = 1.0 if served.first_pick <= 0 else max(0.0, min(1.0, value / served.first_pick))
    return ClientPlan(
        id=market.buyers[place].id,
        spent=cents(spent),
        hurdle=round(served.hurdle, 6),
        share=round(share, 6),
        shortfall=cents(round(missing * 100)),
    )


def _items(market: Market, outcome: Outcome, used: Ints) -> tuple[ItemPlan, ...]:
    """Used cases; stock that is left over is worth nothing more."""
    price = np.where(used < market.goods.stock, 0.0, outcome.prices)
    worth = dict(enumerate(map(cents, np.rint(price * 100).astype(np.int64).tolist())) if price.any() else ())
    rows = enumerate(zip(market.goods.ids, used.tolist(), strict=True))
    return tuple(ItemPlan(key, count, worth.get(place, _NOTHING)) for place, (key, count) in rows)


def _unmet(market: Market, place: int, block: Block, served: Served) -> list[UnmetFloor]:
    stores, ids = market.buyers[place].stores, market.goods.ids
    return [
        UnmetFloor(
            stores[int(block.store[index])],
            ids[int(block.item[index])],
            int(block.floor[index]),
            int(served.cases[index]),
            reason,
        )
        for index, reason in served.reasons.items()
        if served.cases[index] < block.floor[index]
    ]


def why_empty(market: Market) -> str:
    """The first thing that stands in the way of every offer."""
    blocks = [(place, market.offers.of(place)) for place in range(len(market.buyers))]
    blocks = [(place, block) for place, block in blocks if len(block.item)]
    if not blocks:
        return "there are no offers"
    if all(market.buyers[place].budget == 0 for place, _ in blocks):
        return "the budget is zero"
    stock = market.goods.stock
    if all((stock[block.item] == 0).all() for _, block in blocks):
        return "nothing on offer is in stock"
    carts = [order_of(market, place).cart(stock, market.goods.max_stores) for place, _ in blocks]
    if all((cart.left(cart.low) == 0).all() for cart in carts):
        return "caps and limits on stores leave no case of what is in stock"
    if all(_dearest(cart) for cart in carts):
        return "one case of anything, with its shipping, costs more than the budget"
    return "no case is worth more than its shipping"


def _dearest(cart: Cart) -> bool:
    """Not one case alone fits the budget: a case alone on its pallet ships at nearly max shipping."""
    able = np.flatnonzero(cart.left(cart.low) > 0)
    cheap = able[(cart.weight[able] - 0.011) * 100 <= cart.budget]
    for index in cheap.tolist():
        one = cart.low.copy()
        one[index] = 1
        if cart.price(one)[1] <= cart.budget:
            return False
    return True
