"""One client's part of a problem as arrays, one entry an offer, in order of store and item id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocation.engine.pricing import FULL, Good, Priced, price_store

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CENT_VALUE = 1_000_000  # a cent in the 1e-8 USD that values count in


@dataclass(frozen=True)
class Cart:
    """Arrays of n offers of one client.

    `store` is an index below `stores`, `item` an index into `stock` and `openings` (cases left, stores that
    may still take it); `low` are cases that must go in (floors), `high` the cap in cases; `budget` is cents.
    """

    goods: Sequence[Good]
    store: Ints
    item: Ints
    low: Ints
    high: Ints
    stock: Ints
    openings: Ints
    budget: int
    stores: int
    cache: dict[tuple[int, bytes], Priced] = field(default_factory=dict)

    @cached_property
    def value(self) -> Floats:
        """USD a case before shipping."""
        return np.array([good.value for good in self.goods], dtype=float) / 1e8

    @cached_property
    def cost(self) -> Floats:
        """USD a case for the goods."""
        return np.array([good.cost * good.units for good in self.goods], dtype=float) / 1e4

    @cached_property
    def least_shipping(self) -> Floats:
        """USD a case on a full pallet."""
        return np.array([good.min_shipping * good.units for good in self.goods], dtype=float) / 1e4

    @cached_property
    def discount(self) -> Floats:
        """USD a case that a full pallet saves."""
        spread = [(good.max_shipping - good.min_shipping) * good.units for good in self.goods]
        return np.array(spread, dtype=float) / 1e4

    @cached_property
    def load(self) -> Floats:
        """Pallets a case."""
        return np.array([good.load for good in self.goods], dtype=float) / FULL

    @cached_property
    def density(self) -> Floats:
        return np.array([good.density for good in self.goods], dtype=float) * (FULL / 1e4)

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
        density = np.array([good.density for good in self.goods], dtype=float)
        ranked = np.argsort(-density, kind="stable")
        return [ranked[self.store[ranked] == store] for store in range(self.stores)]

    @cached_property
    def ship_credit(self) -> Floats:
        """USD that rounding may take off a line's shipping at most: half a cent unless it is always exact."""
        exact = [
            good.min_shipping == good.max_shipping and good.min_shipping * good.units % 100 == 0 for good in self.goods
        ]
        return np.where(exact, 0.0, 0.005)

    @cached_property
    def cost_credit(self) -> Floats:
        """USD that rounding may take off a line's cost at most."""
        exact = [good.cost * good.units % 100 == 0 for good in self.goods]
        return np.where(exact, 0.0, 0.005)

    def price(self, cases: Ints) -> tuple[int, int]:
        """(value after shipping in 1e-8 USD, cents spent) of a plan with `cases` an offer."""
        total = spent = 0
        for store in range(self.stores):
            priced = self.priced(store, cases)
            spent += priced.spent
            total -= priced.shipping * CENT_VALUE
        for index in np.flatnonzero(cases).tolist():
            total += self.goods[index].value * int(cases[index])
        return total, spent

    def priced(self, store: int, cases: Ints) -> Priced:
        """The exact price of one store's goods; the last few hundred answers are remembered."""
        order = self.packing_order[store]
        chosen = cases[order]
        key = (store, chosen.tobytes())
        if key not in self.cache:
            if len(self.cache) > 400:
                self.cache.clear()
            used = np.flatnonzero(chosen)
            pairs = zip(order[used].tolist(), chosen[used].tolist(), strict=True)
            self.cache[key] = price_store((self.goods[index], count) for index, count in pairs)
        return self.cache[key]

    def left(self, cases: Ints) -> Ints:
        """Cases that each offer could still add under its cap, stock and the number of stores."""
        used = np.bincount(self.item, weights=cases, minlength=len(self.stock)).astype(np.int64)
        holders = np.bincount(self.item, weights=cases > 0, minlength=len(self.stock)).astype(np.int64)
        room: Ints = np.minimum(self.high - cases, (self.stock - used)[self.item])
        closed = (cases == 0) & (holders >= self.openings)[self.item]
        room[closed] = 0
        room[room < 0] = 0
        return room

    def feasible(self, cases: Ints) -> bool:
        """Caps, floors, stock and number of stores hold (the budget is checked by price)."""
        if (cases < self.low).any() or (cases > self.high).any():
            return False
        used = np.bincount(self.item, weights=cases, minlength=len(self.stock))
        holders = np.bincount(self.item, weights=cases > 0, minlength=len(self.stock))
        return bool((used <= self.stock).all() and (holders <= self.openings).all())
