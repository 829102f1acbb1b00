"""The cart kernel: one client's best plan and a bound on it, by branching on the stores' volumes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from operator import mul

import numpy as np

from allocation.engine.budget import Budget
from allocation.engine.cart import Cart
from allocation.engine.exact import best_of_all
from allocation.engine.improve import Answer, answer, fill, improve, round_down
from allocation.engine.knapsack import best_buys
from allocation.engine.market import Floats, Ints, dot, payable
from allocation.engine.outcome import Stop
from allocation.engine.pricing import FULL
from allocation.engine.relax import Box, Relaxation, Relaxed
from allocation.engine.states import solve_states

_USD = 1e8  # values count in 1e-8 USD
_STARTS = 2  # plans of a box that are exchanged from
_NEAR = 0.97  # share of the best value that a start must have to be worth exchanging
_BLIND = 0.02  # share of the gap to reach below which an underrated loss is not worth splitting for


@dataclass(frozen=True)
class Solved:
    """The plan, the bound in USD, the hurdle, prices of stock by offer, and the steps done; `first` is the bound before
    any step, infinite where every plan was tried.
    """

    answer: Answer
    bound: float
    hurdle: float
    prices: Floats
    first: float
    boxes: int = 0
    passes: int = 0


class Search:
    """Best-first search over boxes of volumes, with the best whole plan found on the way.

    Bounds count every offer; whole plans are sought among `offers`, those that the first bound leaves in question.
    """

    def __init__(self, cart: Cart, start: Answer, room: Ints, budget: Budget, stop: Stop | None) -> None:
        self.cart, self.budget, self.stop = cart, budget, stop
        self.relaxation = Relaxation(cart, room)
        self.root = self.relaxation.bound(self._whole_box(room))
        self.offers = self.relaxation.in_question()
        self.part = cart.part(self.offers)
        self.best = replace(start, cases=start.cases[self.offers])
        self.open: list[tuple[float, int, Relaxed]] = []
        self.seen: set[bytes] = set()
        self.closed = -np.inf
        self.passes = self.boxes = 0

    def run(self) -> Solved:
        start = round_down(self.part, self.root.cases[self.offers], self.root.hurdle)
        if start:
            self._improve(start, self.root.hurdle)
        self._push(self.root, self.root.bound)
        # A box that cannot be narrowed bounds the whole: what is below it need not be looked at.
        while self.open and -self.open[0][0] > max(self._target(), self.closed):
            if self.boxes >= self.budget.boxes or self._is_answered() or (self.stop is not None and self.stop()):
                break
            limit, _, relaxed = heapq.heappop(self.open)
            self._narrow(relaxed, -limit)
        limit = max([self.closed, *(-entry[0] for entry in self.open[:1])])
        cases = np.zeros(len(self.cart), dtype=np.int64)
        cases[self.offers] = self.best.cases
        best = replace(self.best, cases=cases)
        if self.cart.is_enough(cases):
            best = fill(self.cart, best, self.root.hurdle)
        return Solved(
            answer=best,
            bound=max(limit, best.value / _USD),
            hurdle=self.root.hurdle,
            prices=np.maximum(self.root.reduced, 0.0),
            first=self.root.bound,
            boxes=self.relaxation.solved,
            passes=self.passes,
        )

    def _is_answered(self) -> bool:
        """Whether it was only asked if there is a plan, and there is."""
        return self.cart.minimum.any_will_do and self.best.value > self.cart.minimum.value

    def _target(self) -> float:
        """A bound that is good enough."""
        value = self.best.value / _USD
        return value + max(self.budget.gap * abs(value), 1e-6)

    def _whole_box(self, room: Ints) -> Box:
        loads = (self.cart.low + room) * self.cart.load
        sums = np.bincount(self.cart.store, weights=loads, minlength=self.cart.stores)
        floors = np.bincount(self.cart.store, weights=self.cart.low * self.cart.load, minlength=self.cart.stores)
        floors = np.maximum(floors, self.cart.minimum.load / FULL)
        return Box(tuple(floors.tolist()), tuple(np.maximum(sums, floors).tolist()))

    def _push(self, relaxed: Relaxed, limit: float) -> None:
        """Solves the box in whole cases as far as the steps go, and keeps it if it may still hold a better plan."""
        self.boxes += 1
        if limit > self._target():
            limit = self._whole(relaxed, limit, self.budget.pieces, self.budget.states)
        heapq.heappush(self.open, (-limit, self.boxes, relaxed))

    def _whole(self, relaxed: Relaxed, limit: float, pieces: int, states: int) -> float:
        """The bound of a box in whole cases; its best plans are tried."""
        best = solve_states(relaxed.knapsack, self._target(), pieces, states)
        self._widen(best.plans)
        self._try_all([(cases + self.cart.low)[self.offers] for cases in best.plans], relaxed.hurdle)
        return min(limit, best.bound)

    def _widen(self, plans: tuple[Ints, ...]) -> None:
        """Lets whole plans have every offer that one of `plans` has."""
        wanted = np.zeros(len(self.cart), dtype=bool)
        wanted[self.offers] = True
        before = int(wanted.sum())
        for cases in plans:
            wanted |= cases > 0
        if wanted.sum() > before:
            cases = np.zeros(len(self.cart), dtype=np.int64)
            cases[self.offers] = self.best.cases
            self.offers = np.flatnonzero(wanted)
            self.part, self.best = self.cart.part(self.offers), replace(self.best, cases=cases[self.offers])

    def _try_all(self, plans: list[Ints], hurdle: float) -> None:
        """Exchanges from the best of the plans at true prices; where none is affordable, from the first one less."""
        starts = [start for cases in plans if (start := answer(self.part, cases))]
        if not starts and plans:
            start = round_down(self.part, plans[0].astype(float), hurdle)
            starts = [start] if start else []
        for start in sorted(starts, key=lambda start: -start.value)[:_STARTS]:
            if start.value > _NEAR * self.best.value and start.cases.tobytes() not in self.seen:
                self.seen.add(start.cases.tobytes())
                self._improve(start, hurdle)

    def _improve(self, start: Answer, hurdle: float) -> None:
        found, passes = improve(self.part, start, hurdle, self.budget.passes)
        self.passes += passes
        if found.value > self.best.value:
            self.best = found

    def _narrow(self, relaxed: Relaxed, limit: float) -> None:
        """Splits a box where its bound sees the loss on the last pallet least."""
        gaps = [self.relaxation.violation(relaxed, store) for store in range(self.cart.stores)]
        store = int(np.argmax(gaps))
        blind = gaps[store] <= _BLIND * self.budget.gap * abs(limit)
        if blind:
            limit = self._whole(
                relaxed, limit, self.budget.harder * self.budget.pieces, self.budget.harder * self.budget.states
            )
        if blind or limit <= self._target():
            self.closed = max(self.closed, limit)
            return
        low, high = relaxed.box.low[store], relaxed.box.high[store]
        volume = dot(self.cart.load, np.where(self.cart.store == store, relaxed.cases, 0.0))
        cut = split_point(low, high, volume)
        for part in ((low, cut), (cut, high)):
            child = self.relaxation.bound(relaxed.box.part(store, *part))
            self._push(child, min(child.bound, limit))


def split_point(low: float, high: float, volume: float) -> float:
    """Where to cut a range of pallets: at a full pallet inside, else at the volume where that is well inside, else
    in the middle.
    """
    first, last = int(np.floor(low + 1e-9)) + 1, int(np.ceil(high - 1e-9)) - 1
    if first <= last:
        return float(min(max(round(volume), first), last))
    margin = 0.3 * (high - low)
    return volume if low + margin <= volume <= high - margin else (low + high) / 2


def affordable(cart: Cart) -> Ints:
    """Cases above its floor that each offer may have if it alone gets the rest of the budget."""
    floors = np.flatnonzero(cart.low)
    price = (cart.unit_cost + cart.min_shipping) * cart.units
    credit = np.rint(cart.credit * 1e4).astype(np.int64)
    promised = sum(map(mul, price[floors].tolist(), cart.low[floors].tolist()))
    by_money = payable(cart.budget * 100 - promised + int(credit[floors].sum()), price, credit)
    return np.minimum(by_money, cart.left(cart.low))


def last_dollar(cart: Cart) -> float:
    """USD of value that the last dollar of the budget earns where cases may be split and ship at their least."""
    money = cart.budget / 100 - dot(cart.weight, cart.low)
    return best_buys(cart.net, cart.weight, cart.left(cart.low)).hurdle(max(0.0, money))


def solve_cart(cart: Cart, start: Answer, budget: Budget, stop: Stop | None = None) -> Solved:
    """The best plan found for one client and the bound on every plan with these floors.

    `start` is a plan that keeps the rules, such as that of the floors alone; where it loads too little it is given back
    unless a plan that loads enough is found. Work is limited by `budget`, in steps.
    """
    room = affordable(cart)
    if not cart.is_enough(start.cases):
        start = replace(start, value=cart.minimum.value)
    proven = best_of_all(cart, start, room)
    if proven is not None:
        hurdle = last_dollar(cart)
        prices = np.maximum(cart.net - hurdle * cart.weight, 0.0)
        return Solved(proven, proven.value / _USD, hurdle, prices, np.inf)
    return Search(cart, start, room, budget, stop).run()
