"""Solves a problem: floors first, then client by client with the cart kernel on the stock that is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from allocation.engine.bound import joint_bound
from allocation.engine.cart import Ints
from allocation.engine.floors import grant
from allocation.engine.improve import Answer
from allocation.engine.kernel import Solved, solve_cart
from allocation.engine.plan import Plan
from allocation.engine.problem import Problem
from allocation.engine.report import Part, make_plan
from allocation.engine.setup import Order, Setup, make_setup


def solve(problem: Problem, stop: Callable[[], bool] | None = None) -> Plan:
    """The plan for a checked problem; the same for any order of its rows.

    Clients are served by weight, then budget, then id. `stop` is asked between steps: when it says yes the
    best plan so far comes back, with a bound that holds.
    """
    setup = make_setup(problem)
    parts = _floors(setup)
    _serve(setup, parts, problem.effort, stop)
    if len(parts) <= 1:
        bound = sum(part.solved.bound for part in parts)
    else:
        places = [part.order.items for part in parts]
        bound = joint_bound([part.floored for part in parts], places, setup.stock)
    return make_plan(problem, setup, parts, bound)


def _floors(setup: Setup) -> list[Part]:
    """Each client's floors in serving order, out of the common stock; its cart then counts all stock."""
    parts = []
    stock, openings = setup.stock.copy(), setup.openings.copy()
    for order in setup.orders:
        floored, start, reasons = grant(order.cart(stock, openings), order.floors)
        _move(order, start, stock, openings, -1)
        cart = replace(order.cart(setup.stock, setup.openings), low=floored.low)
        nothing = Solved(start, 0.0, 0.0, np.zeros(len(order.goods)))
        parts.append(Part(order, cart, start, reasons, nothing))
    return parts


def _serve(setup: Setup, parts: list[Part], effort: str, stop: Callable[[], bool] | None) -> None:
    """Solves the carts in turn; the floors of the clients still to come stay reserved."""
    stock, openings = setup.stock.copy(), setup.openings.copy()
    for part in parts:
        _move(part.order, part.answer, stock, openings, -1)
    for part in parts:
        _move(part.order, part.answer, stock, openings, 1)
        cart = replace(part.order.cart(stock, openings), low=part.floored.low)
        part.solved = solve_cart(cart, part.answer, effort, stop)
        part.answer = part.solved.answer
        _move(part.order, part.answer, stock, openings, -1)


def _move(order: Order, answer: Answer, stock: Ints, openings: Ints, sign: int) -> None:
    """Puts an answer's cases back on the common stock (sign 1) or takes them (-1)."""
    places = order.items[order.local]
    np.add.at(stock, places, sign * answer.cases)
    np.add.at(openings, places, sign * (answer.cases > 0).astype(np.int64))
