"""Solves a problem: floors first; one client by the cart kernel, several together by prices of stock."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from allocation.engine.batch import solve_all
from allocation.engine.budget import BUDGETS, DECIDING
from allocation.engine.floors import grant
from allocation.engine.kernel import Solved, last_dollar, solve_cart
from allocation.engine.market import Floats, Market
from allocation.engine.outcome import Outcome, Report, Served, Stop
from allocation.engine.plan import Plan
from allocation.engine.problem import Problem
from allocation.engine.report import make_plan
from allocation.engine.setup import Order, market_of, order_of

_NOBODY = Served(np.zeros(0, dtype=np.int64), 0.0, 0.0)


def solve(work: Problem | Market, *, stop: Stop | None = None, progress: Report | None = None) -> Plan:
    """The plan for a checked problem; the same for any order of its rows.

    `stop` is asked between steps: when it says yes the best plan so far comes back, with a bound that holds.
    `progress` hears how many clients of each stage are done; a single client has none.
    """
    market = market_of(work) if isinstance(work, Problem) else work
    return make_plan(market, search(market, stop=stop, progress=progress))


def search(market: Market, *, stop: Stop | None = None, progress: Report | None = None) -> Outcome:
    """What `solve` turns into a plan: with it the first pick of each client and the share that all could have."""
    able = (buyer for buyer in range(len(market.buyers)) if len(market.offers.of(buyer).item))
    busy = list(islice(able, 2))
    return _solve_one(market, busy, stop) if len(busy) < 2 else solve_all(market, stop, progress)


def _solve_one(market: Market, busy: list[int], stop: Stop | None) -> Outcome:
    """The plan where one buyer at most has offers."""
    served = [_NOBODY] * len(market.buyers)
    if not busy:
        return Outcome(served, np.zeros(len(market.goods.ids)), 0.0, 1.0, {})
    order = order_of(market, busy[0])
    cart, start, reasons = grant(order.cart(market.goods.stock, market.goods.max_stores), order.block.floor)
    decides = market.minimum.load and market.effort == "fast"
    budget = DECIDING if decides else BUDGETS[market.effort]
    solved = solve_cart(replace(cart, minimum=market.minimum), start, budget, stop)
    served[busy[0]] = Served(solved.answer.cases, solved.hurdle or last_dollar(cart), solved.bound, reasons)
    steps = {"nodes": solved.boxes, "passes": solved.passes}
    return Outcome(served, _prices(market, order, solved), solved.bound, 1.0, steps)


def _prices(market: Market, order: Order, solved: Solved) -> Floats:
    """What one more case in stock would bring: the most that any of its offers below its cap would gain."""
    prices = np.zeros(len(market.goods.ids))
    more = solved.answer.cases < order.block.cap
    np.maximum.at(prices, order.block.item, np.where(more, solved.prices, 0.0))
    return prices
