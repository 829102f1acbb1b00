"""Greedy: buyer by buyer, the most value per dollar first. The baseline of a batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allocation.engine.cart import Cart
from allocation.engine.market import Ints, Market
from allocation.engine.setup import Order, order_of, serving_order

_ROUNDS = 12  # times that one buyer's money left over is spent


def greedy(market: Market, *, floors: Sequence[Ints] | None = None, refill: bool = True) -> list[Ints]:
    """Cases an offer of each buyer, in the order of its block.

    Buyers come by falling weight and budget, then id; each goes down its offers by value per dollar, all shipping at
    its most, and takes what stock, cap, number of stores and budget (in cents) allow. With `refill` it then spends what
    the true shipping leaves of its budget, as long as its plan gets better. `floors` are cases that every buyer has
    from the start, as granted (None: none).
    """
    stock, openings = market.goods.stock.copy(), market.goods.max_stores.copy()
    plan: list[Ints] = [np.zeros(0, dtype=np.int64)] * len(market.buyers)
    for buyer, low in enumerate(floors or ()):
        plan[buyer] = low.copy()
        if low.any():
            _leave(market.offers.of(buyer).item, low, low > 0, stock, openings)
    for buyer in serving_order(market):
        order = order_of(market, buyer)
        if floors is None:
            plan[buyer] = np.zeros(len(order.block.item), dtype=np.int64)
        shelf = _Shelf(order, plan[buyer], stock, openings)
        shelf.spend(order.buyer.budget - shelf.most_price())
        if refill:
            _refill(shelf, order.cart(market.goods.stock, market.goods.max_stores))
    return plan


def _refill(shelf: _Shelf, cart: Cart) -> None:
    """Spends what the true price leaves, all shipping of what comes at its most, while the plan gets better."""
    value, spent = cart.price(shelf.cases)
    for _ in range(_ROUNDS):
        before = shelf.cases.copy()
        shelf.spend(cart.budget - spent)
        if (shelf.cases == before).all():
            return
        better, dearer = cart.price(shelf.cases)
        if better <= value or dearer > cart.budget:
            shelf.undo(before)
            return
        value, spent = better, dearer


def _leave(items: Ints, cases: Ints, lines: NDArray[np.bool_], stock: Ints, openings: Ints, sign: int = -1) -> None:
    """Takes cases off the stock and an opening for each line, or puts them back (sign 1)."""
    np.add.at(stock, items, sign * cases)
    np.add.at(openings, items, sign * lines.astype(np.int64))


class _Shelf:
    """One buyer's offers that gain, the most value per dollar first. What is bought goes to `cases`, which are in the
    order of the block, and leaves stock and openings. Costs and shipping are 1/10,000 USD a case.
    """

    def __init__(self, order: Order, cases: Ints, stock: Ints, openings: Ints) -> None:
        block, goods = order.block, order.goods
        self.cases, self.stock, self.openings = cases, stock, openings
        units = goods.units[block.item]
        self.item, self.cost, self.shipping = block.item, block.cost * units, goods.max_shipping[block.item] * units
        gain, spend = block.value - self.shipping * 10_000, np.maximum(self.cost + self.shipping, 1)
        ranked = np.argsort(-(gain / spend), kind="stable")
        self.ranked = ranked[gain[ranked] > 0]
        # Above the whole budget a line could outgrow what an integer holds.
        self.cap = np.minimum(block.cap, order.buyer.budget * 100 // spend + 1)

    def most_price(self) -> int:
        """Cents of all cases with all shipping at its most."""
        return int(self._lines(np.arange(len(self.cases)), self.cases).sum())

    def spend(self, money: int) -> None:
        """Buys for up to `money` cents: whole lines as far as it goes, then what still fits."""
        room = self._room()
        total = np.cumsum(self._dearer(self.ranked, room))
        whole = int(np.searchsorted(total, money, side="right")) if money >= 0 else 0
        self._buy(self.ranked[:whole], room[:whole])
        money -= int(total[whole - 1]) if whole else 0
        rows = self.ranked[whole:]
        while True:
            rows = rows[(self._left(rows) > 0) & (self._dearer(rows, np.ones_like(rows)) <= money)]
            if not len(rows):
                return
            first, rows = rows[:1], rows[1:]
            count = np.minimum(self._left(first), (money + 1) * 100 // np.maximum(self.cost + self.shipping, 1)[first])
            while self._dearer(first, count)[0] > money:
                count -= 1
            money -= int(self._dearer(first, count)[0])
            self._buy(first, count)

    def undo(self, cases: Ints) -> None:
        """Back to these cases."""
        bought = self.cases - cases
        _leave(self.item, bought, (bought > 0) & (cases == 0), self.stock, self.openings, sign=1)
        self.cases[:] = cases

    def _buy(self, rows: Ints, count: Ints) -> None:
        _leave(self.item[rows], count, (count > 0) & (self.cases[rows] == 0), self.stock, self.openings)
        self.cases[rows] += count

    def _left(self, rows: Ints) -> Ints:
        """Cases more that each row alone may have."""
        allowed = (self.cases[rows] > 0) | (self.openings[self.item[rows]] > 0)
        left: Ints = np.minimum(self.cap[rows] - self.cases[rows], self.stock[self.item[rows]]) * allowed
        return left

    def _room(self) -> Ints:
        """Cases more that each ranked row may have when all before it take theirs: stores share stock and openings."""
        by = np.argsort(self.item[self.ranked], kind="stable")
        rows = self.ranked[by]
        item = self.item[rows]
        first = np.searchsorted(item, item)
        cap = np.maximum(self.cap[rows] - self.cases[rows], 0)
        new = ((self.cases[rows] == 0) & (cap > 0)).astype(np.int64)
        before = np.cumsum(new) - new
        cap[(new > 0) & (before - before[first] >= self.openings[item])] = 0
        until = np.cumsum(cap)
        until -= (until - cap)[first]
        room = np.zeros(len(rows), dtype=np.int64)
        room[by] = np.minimum(self.stock[item], until) - np.minimum(self.stock[item], until - cap)
        return room

    def _dearer(self, rows: Ints, count: Ints) -> Ints:
        """Cents that so many cases more add to each row with all shipping at its most."""
        dearer: Ints = self._lines(rows, self.cases[rows] + count) - self._lines(rows, self.cases[rows])
        return dearer

    def _lines(self, rows: Ints, cases: Ints) -> Ints:
        """Cents of lines of so many cases: cost and shipping are rounded half up each."""
        lines: Ints = (2 * self.cost[rows] * cases + 100) // 200 + (2 * self.shipping[rows] * cases + 100) // 200
        return lines
