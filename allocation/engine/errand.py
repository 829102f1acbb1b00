"""One client's turn in a batch: its cart solved at prices of stock, on what is its own and what is free."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocation.engine.budget import BOUNDING, SERVING, Budget
from allocation.engine.cart import Cart
from allocation.engine.improve import answer
from allocation.engine.kernel import Solved, solve_cart
from allocation.engine.market import Floats, Ints, Market, tally
from allocation.engine.setup import order_of


@dataclass(frozen=True)
class Some:
    """A few of a long row of whole numbers: those that are not 0, by rising place."""

    places: Ints
    counts: Ints

    @classmethod
    def of(cls, row: Ints) -> Some:
        places = np.flatnonzero(row)
        return cls(places, row[places])

    def row(self, length: int) -> Ints:
        row = np.zeros(length, dtype=np.int64)
        row[self.places] = self.counts
        return row


@dataclass(frozen=True)
class Errand:
    """`own` cases by item are this buyer's alone; `low` (floors) and `start` are cases by offer of its block; `scale`
    is what the prices count for it. An answer worth `value` (1e-8 USD, no prices) or less is not taken; None takes any.
    """

    buyer: int
    own: Some
    low: Some
    start: Some
    scale: float
    value: int | None


@dataclass(frozen=True)
class Lane:
    """Errands one after the other, each on what the ones before left of the lane's `free` cases and `openings` (stores
    an item may still go to), by item, at `prices` in USD a case.
    """

    free: Ints
    openings: Ints
    prices: Floats
    effort: str
    errands: tuple[Errand, ...]

    def run(self, market: Market) -> list[Done]:
        """What each errand ends with, in order."""
        free, openings, all_done = self.free.copy(), self.openings.copy(), []
        for errand in self.errands:
            done = run_errand(market, self, errand, free, openings)
            done.move(errand.own, free, openings)
            all_done.append(done)
        return all_done


@dataclass(frozen=True)
class Done:
    """The buyer's `cases` by offer and `taken` by item; by item too in how many stores it `hold`s it now, and in how
    many it did before (`left`). `value` is 1e-8 USD at no prices of stock.
    """

    buyer: int
    cases: Some
    taken: Some
    hold: Some
    left: Some
    value: int
    boxes: int
    passes: int

    def move(self, own: Some, free: Ints, openings: Ints) -> None:
        """Puts the buyer's `own` cases and its places back on what is free, and takes what it has now."""
        free[own.places] += own.counts
        free[self.taken.places] -= self.taken.counts
        openings[self.left.places] += self.left.counts
        openings[self.hold.places] -= self.hold.counts


@dataclass(frozen=True)
class Bounds:
    """Asks for what each of the buyers can reach at most at `prices` (USD a case by item) with first pick of `stock`:
    by its money alone, and with its pallets. `buyers` come with their floors by offer.
    """

    prices: Floats
    stock: Ints
    effort: str
    buyers: tuple[tuple[int, Some], ...]

    def run(self, market: Market) -> list[tuple[float, float]]:
        return [self._bound(market, buyer, low) for buyer, low in self.buyers]

    def _bound(self, market: Market, buyer: int, low: Some) -> tuple[float, float]:
        order = order_of(market, buyer)
        cart = order.cart(self.stock, market.goods.max_stores)
        floors = low.row(len(cart))
        solved = _solve(replace(cart, low=floors), self.prices[order.block.item], floors, BOUNDING[self.effort])
        return solved.first, solved.bound


def _solve(cart: Cart, prices: Floats, start: Ints, budget: Budget) -> Solved:
    """The cart with stock at `prices` in USD a case by offer, from a plan that keeps the rules."""
    priced = replace(cart, worth=cart.worth - np.rint(prices * 1e8).astype(np.int64))
    begin = answer(priced, start)
    if begin is None:
        raise AssertionError("a client cannot keep what it has")
    return solve_cart(priced, begin, budget)


def run_errand(market: Market, lane: Lane, errand: Errand, free: Ints, openings: Ints) -> Done:
    """The best cases found for the buyer, or its start where nothing better was."""
    order = order_of(market, errand.buyer)
    item, items = order.block.item, len(free)
    start, low = errand.start.row(len(item)), errand.low.row(len(item))
    left = tally(item, start > 0, items)
    cart = replace(order.cart(free + errand.own.row(items), openings + left), low=low)
    solved = _solve(cart, lane.prices[item] * errand.scale, start, SERVING[lane.effort])
    cases, value = solved.answer.cases, cart.price(solved.answer.cases)[0]
    if errand.value is not None and value <= errand.value:
        cases, value = start, errand.value
    return Done(
        buyer=errand.buyer,
        cases=Some.of(cases),
        taken=Some.of(tally(item, cases, items)),
        hold=Some.of(tally(item, cases > 0, items)),
        left=Some.of(left),
        value=value,
        boxes=solved.boxes,
        passes=solved.passes,
    )
