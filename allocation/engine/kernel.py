"""The cart kernel: one client's best plan and a bound on it, by branching on the stores' volumes."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocation.engine.budget import BUDGETS, Budget
from allocation.engine.cart import Cart, Floats, Ints
from allocation.engine.exact import best_of_all
from allocation.engine.improve import Answer, answer, improve, round_down
from allocation.engine.relax import Box, Relaxation, Relaxed
from allocation.engine.whole import solve_box

_USD = 1e8  # values count in 1e-8 USD
_SEEN = 0.7  # share of the gap that an underrated loss may be before whole cases are looked at
_BLIND = 0.02  # share of the gap to reach below which an underrated loss is not worth splitting for


@dataclass(frozen=True)
class Solved:
    """The plan, the bound in USD, the hurdle, prices of stock by offer, and the steps done."""

    answer: Answer
    bound: float
    hurdle: float
    prices: Floats
    boxes: int = 0
    passes: int = 0
    programmes: int = 0


class Search:
    """Best-first search over boxes of volumes, with the best whole plan found on the way."""

    def __init__(self, cart: Cart, start: Answer, room: Ints, budget: Budget, stop: Callable[[], bool] | None) -> None:
        self.cart, self.budget, self.stop = cart, budget, stop
        self.best = start
        self.room = room
        self.relaxation = Relaxation(cart, self.room)
        self.open: list[tuple[float, int, Relaxed]] = []
        self.closed = -np.inf
        self.passes = self.programmes = self.fruitless = self.boxes = 0

    def run(self) -> Solved:
        root = self.relaxation.bound(self._whole_box())
        self._push(root, root.bound)
        while self.open and -self.open[0][0] > self._target():
            if self.boxes >= self.budget.boxes or (self.stop is not None and self.stop()):
                break
            limit, _, relaxed = heapq.heappop(self.open)
            self._narrow(relaxed, -limit)
        limit = max([self.closed, *(-entry[0] for entry in self.open[:1])])
        return Solved(
            answer=self.best,
            bound=max(limit, self.best.value / _USD),
            hurdle=root.hurdle,
            prices=np.maximum(root.reduced, 0.0),
            boxes=self.relaxation.solved,
            passes=self.passes,
            programmes=self.programmes,
        )

    def _target(self) -> float:
        """A bound that is good enough."""
        value = self.best.value / _USD
        return value + max(self.budget.gap * abs(value), 1e-6)

    def _whole_box(self) -> Box:
        loads = (self.cart.low + self.room) * self.cart.load
        sums = np.bincount(self.cart.store, weights=loads, minlength=self.cart.stores)
        floors = np.bincount(self.cart.store, weights=self.cart.low * self.cart.load, minlength=self.cart.stores)
        return Box(tuple(floors.tolist()), tuple(sums.tolist()))

    def _push(self, relaxed: Relaxed, limit: float) -> None:
        """Tries the box's plan rounded, and keeps the box if it may hold a better one."""
        self.boxes += 1
        if limit <= self.best.value / _USD + 1e-9:
            return
        start = round_down(self.cart, relaxed.cases, relaxed.hurdle)
        if start is not None and start.value > 0.97 * self.best.value:
            self._improve(start, relaxed.hurdle)
        heapq.heappush(self.open, (-limit, self.boxes, relaxed))

    def _improve(self, start: Answer, hurdle: float) -> None:
        found, passes = improve(self.cart, start, hurdle, self.budget.passes)
        self.passes += passes
        if found.value > self.best.value:
            self.best = found

    def _narrow(self, relaxed: Relaxed, limit: float) -> None:
        """Lowers the bound of a box: by whole cases where its loss is well seen, then by splitting it."""
        gaps = [self.relaxation.violation(relaxed, store) for store in range(self.cart.stores)]
        store = int(np.argmax(gaps))
        if gaps[store] <= _SEEN * (limit - self._target()):
            limit = self._whole(relaxed, limit)
        if limit <= self._target() or gaps[store] <= _BLIND * self.budget.gap * abs(limit):
            self.closed = max(self.closed, limit)
            return
        low, high = relaxed.box.low[store], relaxed.box.high[store]
        volume = float(self.cart.load @ np.where(self.cart.store == store, relaxed.cases, 0.0))
        cut = split_point(low, high, volume)
        for part in ((low, cut), (cut, high)):
            child = self.relaxation.bound(relaxed.box.part(store, *part))
            self._push(child, min(child.bound, limit))

    def _whole(self, relaxed: Relaxed, limit: float) -> float:
        """The bound of a box by an integer programme over the offers that can still matter."""
        if self.programmes >= self.budget.programmes or self.fruitless >= self.budget.fruitless:
            return limit
        found = solve_box(self.relaxation, relaxed, self.best.value / _USD, self.budget)
        if found is None:
            return limit
        self.programmes += 1
        if found.cases is not None:
            self._take(found.cases, relaxed.hurdle)
        if limit - found.bound < (limit - self._target()) / 3:
            self.fruitless += 1
        return min(limit, found.bound)

    def _take(self, cases: Ints, hurdle: float) -> None:
        start = answer(self.cart, cases) or round_down(self.cart, cases.astype(float), hurdle)
        if start is not None and start.value > 0.97 * self.best.value:
            self._improve(start, hurdle)


def split_point(low: float, high: float, volume: float) -> float:
    """Where to cut a range of pallets: at a full pallet inside, else at the volume, never at an end."""
    first, last = int(np.floor(low + 1e-9)) + 1, int(np.ceil(high - 1e-9)) - 1
    if first <= last:
        return float(min(max(round(volume), first), last))
    margin = 0.1 * (high - low)
    return min(max(volume, low + margin), high - margin)


def affordable(cart: Cart) -> Ints:
    """Cases above its floor that each offer may have if it alone gets the rest of the budget."""
    credit = cart.ship_credit + cart.cost_credit
    floors = float(cart.weight @ cart.low - credit[cart.low > 0].sum())
    rest = cart.budget / 100 - floors + credit
    by_money = np.floor(np.minimum(rest / np.maximum(cart.weight, 1e-9) + 1e-9, 2e7))
    used = np.bincount(cart.item, weights=cart.low, minlength=len(cart.stock)).astype(np.int64)
    room: Ints = np.minimum(cart.high - cart.low, (cart.stock - used)[cart.item])
    holders = np.bincount(cart.item, weights=cart.low > 0, minlength=len(cart.stock))
    room[(cart.low == 0) & (holders >= cart.openings)[cart.item]] = 0
    return np.clip(by_money.astype(np.int64), 0, np.maximum(room, 0))


def solve_cart(cart: Cart, start: Answer, effort: str, stop: Callable[[], bool] | None = None) -> Solved:
    """The best plan found for one client and the bound on every plan with these floors.

    `start` is the plan of floors alone. Work is limited by `effort`, counted in steps.
    """
    room = affordable(cart)
    proven = best_of_all(cart, start, room)
    if proven is not None:
        return Solved(proven, proven.value / _USD, 0.0, np.zeros(len(cart.goods)))
    return Search(cart, start, room, BUDGETS[effort], stop).run()
