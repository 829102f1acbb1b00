"""Where every client of a batch stands, and what nobody has yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from allocation.engine.dual import Dual
from allocation.engine.errand import Done, Errand, Lane, Some
from allocation.engine.floors import grant
from allocation.engine.market import Ints, Market, tally
from allocation.engine.setup import order_of, serving_order

_LITTLE = 0.03  # USD of value that the last dollar earns at most where stock is what is short
_HELD_BACK = 0.9
_TILT = 0.01  # by how much an item of another lane is dearer
LANES = 2  # clients are served side by side in so many lanes, whatever the processes
_USD = 1e8


@dataclass
class Deal:
    """Where one buyer stands: its floors and its cases, by offer, what is kept for it, by item, its value in 1e-8 USD
    and how many offers it has.
    """

    low: Some
    cases: Some
    kept: Some
    reasons: dict[int, str]
    value: int
    offers: int


@dataclass
class Table:
    """All deals, and the stock and stores that nobody has or is kept: `free` and `openings`, by item."""

    market: Market
    deals: list[Deal]
    free: Ints
    openings: Ints
    steps: dict[str, int] = field(default_factory=lambda: {"nodes": 0, "passes": 0, "clashes": 0})

    @property
    def value(self) -> float:
        return sum(deal.value for deal in self.deals) / _USD

    def floors(self) -> list[Ints]:
        """The granted floors in cases an offer, by buyer."""
        return [deal.low.row(deal.offers) for deal in self.deals]

    def plan(self) -> list[Ints]:
        """Each buyer's cases by offer."""
        return [deal.cases.row(deal.offers) for deal in self.deals]

    def adopt(self, plan: Sequence[Ints], values: Sequence[int]) -> None:
        """Everybody has what the plan says, worth so much, and nothing is kept for anybody beyond it."""
        goods = self.market.goods
        self.free, self.openings = goods.stock.copy(), goods.max_stores.copy()
        for place, (deal, cases, value) in enumerate(zip(self.deals, plan, values, strict=True)):
            item = self.market.offers.of(place).item
            taken = tally(item, cases, len(self.free))
            self.free -= taken
            self.openings -= tally(item, cases > 0, len(taken))
            deal.cases, deal.kept, deal.value = Some.of(cases), Some.of(taken), value

    def keep(self, dual: Dual) -> None:
        """Sets aside what the prices' own plan gives each buyer of scarce items."""
        for place, (deal, (offers, cases)) in enumerate(zip(self.deals, dual.reserved, strict=True)):
            item = self.market.offers.of(place).item[offers]
            more = tally(item, cases, len(self.free))
            deal.kept = Some.of(deal.kept.row(len(more)) + more)
            self.free -= more

    def lanes(self, buyers: Sequence[int], dual: Dual, scale: float, keep: bool) -> list[Lane]:
        """The errands of some buyers, dealt out to lanes that all see what is free; each finds other items a little
        dearer, so that equals are not wanted in two lanes. With `keep` a buyer only changes for a better plan.
        """
        parity = np.arange(len(self.free)) % LANES
        return [
            Lane(
                free=self.free,
                openings=self.openings,
                prices=dual.prices * (1 + _TILT * (parity != number)),
                effort=self.market.effort,
                errands=tuple(self._errand(b, scale * _weight(dual, b), keep) for b in buyers[number::LANES]),
            )
            for number in range(LANES)
        ]

    def _errand(self, buyer: int, scale: float, keep: bool) -> Errand:
        deal = self.deals[buyer]
        return Errand(buyer, deal.kept, deal.low, deal.cases, scale, deal.value if keep else None)

    def settle(self, done: Done) -> bool:
        """The buyer has what the errand found; what was kept for it and is not used is free again. False, and nothing
        changes, where another lane has taken what it counted on.
        """
        deal = self.deals[done.buyer]
        free, openings = self.free.copy(), self.openings.copy()
        done.move(deal.kept, free, openings)
        self.steps["nodes"] += done.boxes
        self.steps["passes"] += done.passes
        if (free < 0).any() or (openings < 0).any():
            self.steps["clashes"] += 1
            return False
        self.free, self.openings = free, openings
        deal.cases, deal.kept, deal.value = done.cases, done.taken, done.value
        return True


def _weight(dual: Dual, buyer: int) -> float:
    """What the prices count for a buyer: less where its own value is boosted, and where not money but stock holds it
    back, for there the prices leave nothing to pay for pallets with.
    """
    held_back = _HELD_BACK if dual.hurdles[buyer] < _LITTLE else 1.0
    return held_back / (1 + float(dual.boosts[buyer]))


def lay_table(market: Market) -> Table:
    """Each buyer's floors in serving order, out of the common stock."""
    stock, openings = market.goods.stock.copy(), market.goods.max_stores.copy()
    deals: dict[int, Deal] = {}
    for place in serving_order(market):
        order = order_of(market, place)
        _, start, reasons = grant(order.cart(stock, openings), order.block.floor)
        taken = tally(order.block.item, start.cases, len(stock))
        stock -= taken
        openings -= tally(order.block.item, start.cases > 0, len(stock))
        cases = Some.of(start.cases)
        deals[place] = Deal(cases, cases, Some.of(taken), reasons, start.value, len(start.cases))
    return Table(market, [deals[place] for place in range(len(deals))], stock, openings)
