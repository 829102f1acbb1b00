"""An integer programme over one narrow box, on the offers that its prices leave open."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allocation.engine.budget import Budget
from allocation.engine.cart import Ints
from allocation.engine.curve import pallets_before
from allocation.engine.model import Matrix, Model
from allocation.engine.relax import Box, Relaxation, Relaxed

_GAP = 2e-4


@dataclass(frozen=True)
class Whole:
    """`bound` in USD on every plan in the box, never below the goal; whole `cases` if any were found."""

    bound: float
    cases: Ints | None


def solve_box(relaxation: Relaxation, relaxed: Relaxed, goal: float, work: Budget) -> Whole | None:
    """Solves the box in whole cases within the nodes of `work`; None when too many offers are open.

    `goal` is a USD value: plans worth less are left out, so a bound below it is not sought.
    """
    cart = relaxation.cart
    low, high = _ranges(relaxation, relaxed, goal)
    fixed = cart.low + low
    left = np.flatnonzero(high > low)
    if len(left) > work.columns:
        return None
    # A line's rounding may earn half a cent: granted to every case, so that the programme stays a bound.
    there = fixed > 0
    constant = float(cart.net @ fixed + cart.ship_credit[there].sum())
    spent = float(cart.weight @ fixed - (cart.ship_credit + cart.cost_credit)[there].sum())
    part = _Part(fixed, left, (high - low)[left], spent)
    outcome = _programme(relaxation, relaxed.box, part).solve_whole(np.arange(len(left)), work.nodes, _GAP)
    bound = relaxed.bound if outcome.bound == math.inf else max(goal, outcome.bound + constant)
    if not outcome.ok:
        return Whole(bound, None)
    cases = fixed.copy()
    cases[left] += np.rint(outcome.values[: len(left)]).astype(np.int64)
    return Whole(bound, cases)


@dataclass(frozen=True)
class _Part:
    """What is decided: up to `room` cases of the offers `left`, beside `fixed` cases for `spent` USD."""

    fixed: Ints
    left: Ints
    room: Ints
    spent: float


def _ranges(relaxation: Relaxation, relaxed: Relaxed, goal: float) -> tuple[Ints, Ints]:
    """Cases above the floors that a plan worth more than `goal` may have: from, to."""
    cart, room = relaxation.cart, relaxation.room
    credit = (1 + relaxed.hurdle) * cart.ship_credit + relaxed.hurdle * cart.cost_credit
    spare = max(0.0, relaxed.bound - goal) + credit + 1e-6
    steps = np.floor(np.minimum(spare / np.maximum(np.abs(relaxed.reduced), 1e-12), 1e8)).astype(np.int64)
    steps = np.minimum(steps, room)
    wanted = relaxed.reduced > 0
    return np.where(wanted, room - steps, 0), np.where(wanted, room, steps)


def _programme(relaxation: Relaxation, box: Box, part: _Part) -> Model:
    """Columns: the offers left, then by store the discount on its last pallet.

    Rows: budget, volumes, items, cuts.
    """
    cart, stores, left = relaxation.cart, relaxation.cart.stores, part.left
    n, cuts, shared = len(left), relaxation.cuts, relaxation.shared
    missing = np.array([box.missing(store) for store in range(stores)])
    stake, each = n + np.arange(stores), np.arange(n)
    row_of_item = np.full(len(cart.stock), -1)
    row_of_item[shared] = 1 + stores + np.arange(len(shared))
    item_rows = row_of_item[cart.item[left]]
    held = np.flatnonzero(item_rows >= 0)
    credit = cart.ship_credit + cart.cost_credit
    rows = [np.zeros(n), 1 + cart.store[left], item_rows[held], np.zeros(stores)]
    columns = [each, each, held, stake]
    factors = [(cart.weight - credit)[left], cart.load[left], np.ones(len(held)), missing]
    filled = np.bincount(cart.store, weights=cart.load * part.fixed, minlength=stores)
    used = np.bincount(cart.item, weights=part.fixed, minlength=len(cart.stock))
    low = [np.array([-math.inf]), np.array(box.low) - filled, np.full(len(shared) + len(cuts), -math.inf)]
    high = [
        np.array([cart.budget / 100 - part.spent]),
        np.array(box.high) - filled,
        (cart.stock - used)[shared],
    ]
    limits = np.zeros(len(cuts))
    for number, (store, density) in enumerate(cuts):
        row = 1 + stores + len(shared) + number
        slope = relaxation.slope(store, density)
        mine = np.flatnonzero(cart.store[left] == store)
        rows += [np.full(len(mine), row), np.array([row])]
        columns += [mine, stake[store : store + 1]]
        factors += [slope[left[mine]], np.array([-1.0])]
        limits[number] = density * pallets_before(box.high[store]) - float(slope @ part.fixed)
    profit = np.concatenate(((cart.net + cart.ship_credit)[left], -missing))
    upper = np.concatenate((part.room.astype(float), np.full(stores, math.inf)))
    matrix = Matrix(np.concatenate(rows).astype(np.int64), np.concatenate(columns), np.concatenate(factors))
    return Model(profit, upper, (np.concatenate(low), np.concatenate([*high, limits])), matrix)
