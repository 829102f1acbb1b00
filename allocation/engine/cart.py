"""One client's part of a problem as arrays, one entry an offer, in order of store and item id."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import mul

import numpy as np

from allocation.engine.market import Floats, Ints, Minimum, tally
from allocation.engine.pricing import FULL, Good, Priced, price_store, rounding_credits

CENT_VALUE = 1_000_000  # a cent in the 1e-8 USD that values count in
_REMEMBERED = 400
_PRICES = ("units", "unit_cost", "min_shipping", "max_shipping", "worth", "billionths")
_BY_OFFER = (*_PRICES, "store", "item", "low", "high")


@dataclass(frozen=True)
class Cart:
    """Arrays of n offers of one client, in order of store and item.

    `units` a case; `unit_cost` and shipping in 1/10,000 USD a unit, `worth` in 1e-8 USD a case, `billionths` of a
    pallet a case. `store` is an index below `stores`, `item` an index into `stock` and `openings` (cases left,
    stores that may still take it); `low` are cases that must go in (floors), `high` the cap in cases; `budget` is
    cents. A plan that misses the `minimum` is as good as none.
    """

    units: Ints
    unit_cost: Ints
    min_shipping: Ints
    max_shipping: Ints
    worth: Ints
    billionths: Ints
    store: Ints
    item: Ints
    low: Ints
    high: Ints
    stock: Ints
    openings: Ints
    budget: int
    stores: int
    minimum: Minimum = field(default_factory=Minimum)
    cache: OrderedDict[tuple[int, bytes], Priced] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.store)

    @cached_property
    def value(self) -> Floats:
        """USD a case before shipping."""
        return self.worth / 1e8

    @cached_property
    def cost(self) -> Floats:
        """USD a case for the goods."""
        return self.unit_cost * self.units / 1e4

    @cached_property
    def least_shipping(self) -> Floats:
        """USD a case on a full pallet."""
        return self.min_shipping * self.units / 1e4

    @cached_property
    def discount(self) -> Floats:
        """USD a case that a full pallet saves."""
        return (self.max_shipping - self.min_shipping) * self.units / 1e4

    @cached_property
    def load(self) -> Floats:
        """Pallets a case."""
        return self.billionths / FULL

    @cached_property
    def saving(self) -> Floats:
        """Discount per load, as packing orders goods by it."""
        return (self.max_shipping - self.min_shipping) * self.units / self.billionths

    @cached_property
    def density(self) -> Floats:
        """USD of discount per pallet of load."""
        return self.saving * (FULL / 1e4)

    @cached_property
    def net(self) -> Floats:
        """USD a case after the least shipping."""
        return self.value - self.least_shipping

    @cached_property
    def weight(self) -> Floats:
        """USD of budget a case takes at the least shipping."""
        return self.cost + self.least_shipping

    @cached_property
    def packing_order(self) -> list[Ints]:
        """By store: offers in falling order of discount per load, ties in id order."""
        ranked = np.argsort(-self.saving, kind="stable")
        return [ranked[self.store[ranked] == store] for store in range(self.stores)]

    @cached_property
    def ship_credit(self) -> Floats:
        """USD that rounding may take off a line's shipping at most: half a cent unless it is always exact."""
        return self._credits[0]

    @cached_property
    def cost_credit(self) -> Floats:
        """USD that rounding may take off a line's cost at most."""
        return self._credits[1]

    @cached_property
    def credit(self) -> Floats:
        """USD of budget that rounding may take off a line's cost and shipping together at most."""
        return self.ship_credit + self.cost_credit

    @cached_property
    def _credits(self) -> tuple[Floats, Floats]:
        return rounding_credits(self.units, self.unit_cost, self.min_shipping, self.max_shipping)

    def price(self, cases: Ints) -> tuple[int, int]:
        """(value after shipping in 1e-8 USD, cents spent) of a plan with `cases` an offer."""
        total = spent = 0
        for store in range(self.stores):
            priced = self.priced(store, cases)
            spent += priced.spent
            total -= priced.shipping * CENT_VALUE
        used = np.flatnonzero(cases)
        return total + sum(map(mul, self.worth[used].tolist(), cases[used].tolist())), spent

    def priced(self, store: int, cases: Ints) -> Priced:
        """The exact price of one store's goods; the last few hundred answers are remembered."""
        order = self.packing_order[store]
        used = order[np.flatnonzero(cases[order])]
        key = (store, used.tobytes() + cases[used].tobytes())
        if key not in self.cache:
            if len(self.cache) >= _REMEMBERED:
                self.cache.popitem(last=False)
            self.cache[key] = price_store(zip(self.goods(used), cases[used].tolist(), strict=True))
        return self.cache[key]

    def part(self, offers: Ints) -> Cart:
        """The cart of some of the offers (places in rising order); stock stays as it is."""
        columns = {name: getattr(self, name)[offers] for name in _BY_OFFER}
        return replace(self, cache=OrderedDict(), **columns)

    def goods(self, offers: Ints) -> list[Good]:
        """The integers that pricing needs of some offers."""
        columns = (self.units, self.unit_cost, self.min_shipping, self.max_shipping, self.billionths)
        return [Good(*row) for row in zip(*(column[offers].tolist() for column in columns), strict=True)]

    def left(self, cases: Ints) -> Ints:
        """Cases that each offer could still add under its cap, stock and the number of stores."""
        used, holders = tally(self.item, cases, len(self.stock)), tally(self.item, cases > 0, len(self.stock))
        room: Ints = np.minimum(self.high - cases, (self.stock - used)[self.item])
        closed = (cases == 0) & (holders >= self.openings)[self.item]
        room[closed] = 0
        room[room < 0] = 0
        return room

    def is_enough(self, cases: Ints) -> bool:
        """Whether `cases` load as much as they must."""
        return not self.minimum.load or int((self.billionths * cases).sum()) >= self.minimum.load

    def feasible(self, cases: Ints) -> bool:
        """Caps, floors, stock, number of stores and the least load hold (the budget is checked by price)."""
        if (cases < self.low).any() or (cases > self.high).any() or not self.is_enough(cases):
            return False
        used, holders = tally(self.item, cases, len(self.stock)), tally(self.item, cases > 0, len(self.stock))
        return bool((used <= self.stock).all() and (holders <= self.openings).all())
