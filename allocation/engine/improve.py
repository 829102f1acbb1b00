"""Whole-case plans: round a fractional one down, then fill and exchange cases at true prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.curve import store_curve
from allocation.engine.market import Floats, Ints

_WIDTH = 20  # cases that may come in, and that may go out, in one look
_FILLS = 60  # single cases priced exactly before a plan is given
_TRIES = 24  # exchanges priced exactly in one look


@dataclass(frozen=True)
class Answer:
    """Whole `cases` an offer, their `value` after shipping in 1e-8 USD, and `spent` cents."""

    cases: Ints
    value: int
    spent: int


@dataclass(frozen=True)
class _Moves:
    """Groups of up to three cases that come in (or go out): slots into `offers`, value and budget of each."""

    offers: Ints
    groups: tuple[Ints, ...]
    gain: Floats
    spend: Floats


def answer(cart: Cart, cases: Ints) -> Answer | None:
    """The priced plan, or None when it breaks a rule or the budget."""
    if not cart.feasible(cases):
        return None
    value, spent = cart.price(cases)
    return Answer(cases, value, spent) if spent <= cart.budget else None


def round_down(cart: Cart, fractional: Floats, hurdle: float) -> Answer | None:
    """Rounds to whole cases that keep every rule; the worst cases leave until the budget holds."""
    cases = np.floor(fractional + 1e-6).astype(np.int64)
    cases = np.clip(cases, cart.low, cart.high)
    _respect_items(cart, cases)
    worth = cart.net - hurdle * cart.weight
    order = np.lexsort((np.arange(len(cases)), worth / np.maximum(cart.weight, 1e-6)))
    for _ in range(60):
        value, spent = cart.price(cases)
        over = (spent - cart.budget) / 100
        if over <= 0:
            return Answer(cases, value, spent) if cart.feasible(cases) else None
        removable = order[(cases > cart.low)[order]]
        if not len(removable):
            return None
        index = removable[0]
        per_case = max(float(cart.weight[index]), 0.01)
        cases[index] -= min(int(cases[index] - cart.low[index]), 1 + int(over / per_case / 2))
    return None


def improve(cart: Cart, start: Answer, hurdle: float, passes: int) -> tuple[Answer, int]:
    """Exchanges up to three cases for three others while the true value rises; returns the passes too."""
    best = start
    for done in range(passes):
        better = _exchange(cart, best, hurdle)
        if better is None:
            return best, done + 1
        best = better
    return best, passes


def fill(cart: Cart, current: Answer, hurdle: float) -> Answer:
    """Adds single cases at true prices while one of the most promising makes the plan better."""
    while True:
        slack = (cart.budget - current.spent) / 100
        able = np.flatnonzero((cart.left(current.cases) > 0) & (cart.weight - cart.discount <= slack + 0.01))
        worth = (cart.net - hurdle * cart.weight)[able]
        better = None
        for offer in able[np.argsort(-worth, kind="stable")[:_FILLS]].tolist():
            cases = current.cases.copy()
            cases[offer] += 1
            found = answer(cart, cases)
            if found is not None and found.value > current.value:
                better = found
                break
        if better is None:
            return current
        current = better


def _exchange(cart: Cart, current: Answer, hurdle: float) -> Answer | None:
    """The first exchange, best estimate first, that is better at true prices."""
    coming, going = _moves(cart, current.cases, hurdle)
    slack = (cart.budget - current.spent) / 100
    order = np.lexsort((np.arange(len(coming.spend)), coming.spend))
    spends = coming.spend[order]
    # For each group that goes, the best group that comes within the money then free.
    best_so_far = np.maximum.accumulate(coming.gain[order])
    leader = np.maximum.accumulate(np.where(coming.gain[order] >= best_so_far, np.arange(len(order)), 0))
    reach = np.searchsorted(spends, slack - going.spend + 0.005, side="right") - 1
    gain = np.where(reach >= 0, best_so_far[np.maximum(reach, 0)] + going.gain, -np.inf)
    for index in np.argsort(-gain, kind="stable")[:_TRIES].tolist():
        if gain[index] <= 1e-6:
            return None
        cases = current.cases.copy()
        np.add.at(cases, _members(coming, int(order[leader[reach[index]]])), 1)
        np.subtract.at(cases, _members(going, index), 1)
        found = answer(cart, cases)
        if found is not None and found.value > current.value:
            return found
    return None


def _moves(cart: Cart, cases: Ints, hurdle: float) -> tuple[_Moves, _Moves]:
    add, drop = np.zeros(len(cases)), np.zeros(len(cases))
    for store in range(cart.stores):
        mine = cart.packing_order[store]
        curve = store_curve(cart, store, cases.astype(float))
        add[mine] = curve.change_of_adding(cart.load[mine], cart.discount[mine])
        drop[mine] = curve.change_of_removing(cart.load[mine], cart.discount[mine])
    coming = _groups(cart.net - add, cart.weight + add, np.minimum(cart.left(cases), 2), hurdle)
    going = _groups(-cart.net - drop, -cart.weight + drop, np.minimum(cases - cart.low, 2), hurdle)
    return coming, going


def _groups(gain: Floats, spend: Floats, most: Ints, hurdle: float) -> _Moves:
    """Groups of none to three of the best single moves; an offer takes part at most `most` times."""
    able = np.flatnonzero(most > 0)
    worth = (gain - hurdle * spend)[able]
    able = able[np.argsort(-worth, kind="stable")[:_WIDTH]]
    slots = np.repeat(able, most[able])
    slots = slots[:_WIDTH]
    groups = _combinations(len(slots))
    totals_gain = np.concatenate([gain[slots][group].sum(axis=1) for group in groups])
    totals_spend = np.concatenate([spend[slots][group].sum(axis=1) for group in groups])
    return _Moves(slots, groups, totals_gain, totals_spend)


@lru_cache(maxsize=64)
def _combinations(count: int) -> tuple[Ints, ...]:
    return tuple(
        np.array(list(combinations(range(count), size)), dtype=np.int64).reshape(comb(count, size), size)
        for size in range(min(3, count) + 1)
    )


def _members(moves: _Moves, index: int) -> Ints:
    for group in moves.groups:
        if index < len(group):
            chosen: Ints = moves.offers[group[index]]
            return chosen
        index -= len(group)
    raise IndexError(index)


def _respect_items(cart: Cart, cases: Ints) -> None:
    """Takes cases beyond an item's stock or number of stores away, from the stores with the fewest first."""
    used = np.bincount(cart.item, weights=cases, minlength=len(cart.stock))
    holders = np.bincount(cart.item, weights=cases > 0, minlength=len(cart.stock))
    for item in np.flatnonzero((used > cart.stock) | (holders > cart.openings)).tolist():
        mine = np.flatnonzero((cart.item == item) & (cases > 0))
        mine = mine[np.lexsort((mine, -cases[mine], -(cart.low[mine] > 0).astype(int)))]
        cases[mine[int(cart.openings[item]) :]] = 0
        over = int(cases[mine].sum() - cart.stock[item])
        for index in mine[::-1].tolist():
            taken = max(0, min(over, int(cases[index] - cart.low[index])))
            cases[index] -= taken
            over -= taken
