"""A plan beside its market as arrays: what each client holds, and what its money could still buy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.knapsack import Returns, best_buys
from allocation.engine.market import Block, Buyer, Floats, Goods, Ints, Market
from allocation.engine.plan import Line, Plan, StorePlan
from allocation.engine.setup import Order


def figures(goods: Goods, buyer: Buyer, block: Block) -> Cart:
    """The buyer's offers of a block in USD, out of all stock."""
    return Order(buyer, block, goods).cart(goods.stock, goods.max_stores)


@dataclass(frozen=True)
class Wants:
    """What one client could buy above its floors, one entry an offer: USD a case, and at `most` so many cases.

    All shipping is at its least. `base` is the USD that its floors are worth, `money` the USD they leave.
    """

    gain: Floats
    weight: Floats
    credit: Floats
    most: Ints
    base: float
    money: float

    @cached_property
    def spend(self) -> Floats:
        """USD a case takes at least: a line's rounding is granted to each case, so that the curve stays a bound."""
        return np.maximum(self.weight - self.credit, 0.0)

    def room(self, extra: float = 0.0) -> Floats:
        """Cases of each offer that the money and `extra` USD pay if all of it goes there."""
        # A little more than the money, so that no case is lost to the last digit.
        paid = ((self.money + extra + self.credit) * (1 + 1e-12) + 1e-9) / np.where(self.weight > 0, self.weight, 1.0)
        return np.clip(np.where(self.weight > 0, np.floor(paid + 1e-9), np.inf), 0, self.most)

    def returns(self, extra: float = 0.0) -> Returns:
        """What the money and `extra` USD earn above the floors, at most."""
        return best_buys(self.gain, self.spend, self.room(extra))

    def reach(self, extra: float = 0.0) -> float:
        """USD that no choice of whole cases with these floors exceeds on the budget and `extra` USD."""
        return self.base + self.returns(extra).value(self.money + extra)

    def sorted(self) -> Wants:
        """The offers that gain anything, in falling order of return."""
        kept = np.flatnonzero((self.gain > 0) & (self.most > 0))
        kept = kept[np.argsort(-(self.gain / np.maximum(self.spend, 1e-12))[kept], kind="stable")]
        gain, weight, credit = self.gain[kept], self.weight[kept], self.credit[kept]
        return Wants(gain, weight, credit, self.most[kept], self.base, self.money)


@dataclass(frozen=True)
class Holding:
    """One client in a plan: its offers, the `cases` of each and the floors that are granted, `low`.

    `lines[k]` is the plan's line for the offer `line_row[k]`; `spare` are the cases of stock that no other client has,
    0 where other clients' stores leave no further store its share.
    """

    goods: Goods
    buyer: Buyer
    block: Block
    cases: Ints
    low: Ints
    spare: Ints
    price: Floats
    hurdle: float
    lines: tuple[Line, ...]
    line_row: Ints

    @cached_property
    def figures(self) -> Cart:
        """The offers in USD."""
        return figures(self.goods, self.buyer, self.block)

    @property
    def spent(self) -> Decimal:
        """USD of the budget that is spent."""
        return sum((line.cost + line.shipping for line in self.lines), Decimal(0))

    @property
    def value(self) -> Decimal:
        """USD of value after shipping, exact."""
        worth = sum(
            int(self.block.value[row]) * line.cases for row, line in zip(self.line_row, self.lines, strict=True)
        )
        return Decimal(worth).scaleb(-8) - sum((line.shipping for line in self.lines), Decimal(0))

    def wants(self, stock: Ints, price: Floats | float = 0.0) -> Wants:
        """What the client could buy out of `stock` cases an offer, with stock at `price` USD a case."""
        own, there = self.figures, self.low > 0
        gain = own.net - price
        return Wants(
            gain=gain + own.ship_credit,
            weight=own.weight,
            credit=own.credit,
            most=np.maximum(np.minimum(self.block.cap, stock) - self.low, 0),
            base=float(gain @ self.low + own.ship_credit[there].sum()),
            money=self.buyer.budget / 100 - float(own.weight @ self.low - own.credit[there].sum()),
        )


class Position:
    """A plan of a market, made once and asked often. The plan must be one of this market."""

    def __init__(self, market: Market, plan: Plan) -> None:
        self.market, self.plan = market, plan
        self.used: Ints = np.array([row.used for row in plan.items], dtype=np.int64)
        self.price: Floats = np.array([float(row.price) for row in plan.items])
        self.place = {name: index for index, name in enumerate(market.goods.ids)}
        self.store_plan: dict[str, StorePlan] = {row.id: row for row in plan.stores}
        self.owner = {
            store: (number, place)
            for number, buyer in enumerate(market.buyers)
            for place, store in enumerate(buyer.stores)
        }
        self.lines: dict[str, list[Line]] = defaultdict(list)
        for line in plan.lines:
            self.lines[line.store].append(line)
        taken = np.array([self.place[line.item] for line in plan.lines], dtype=np.int64)
        self.holders: Ints = np.bincount(taken, minlength=len(self.place))
        self.unmet = {(row.store, row.item): row for row in plan.unmet_floors}

    def holding(self, number: int) -> Holding:
        """The client at this place in the market."""
        goods, buyer = self.market.goods, self.market.buyers[number]
        block = self.market.offers.of(number)
        pairs = [(place, line) for place, store in enumerate(buyer.stores) for line in self.lines.get(store, ())]
        wanted = [place * len(self.place) + self.place[line.item] for place, line in pairs]
        rows = np.searchsorted(block.store * len(self.place) + block.item, np.array(wanted, dtype=np.int64))
        cases = np.zeros(len(block.item), dtype=np.int64)
        cases[rows] = [line.cases for _, line in pairs]
        mine = np.bincount(block.item, weights=cases, minlength=len(self.place)).astype(np.int64)
        others = self.holders - np.bincount(block.item[rows], minlength=len(self.place))
        closed = (cases == 0) & (others >= goods.max_stores)[block.item]
        return Holding(
            goods=goods,
            buyer=buyer,
            block=block,
            cases=cases,
            low=np.minimum(block.floor, cases),
            spare=np.where(closed, 0, (goods.stock - self.used + mine)[block.item]),
            price=self.price[block.item],
            hurdle=self.plan.clients[number].hurdle,
            lines=tuple(line for _, line in pairs),
            line_row=rows,
        )
