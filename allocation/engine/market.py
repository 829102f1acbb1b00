"""What the engine works on: items and buyers as arrays, and each buyer's offers made on demand, a block at a time.

No pair of store and item is ever a Python object: a block is a handful of arrays that live while one buyer is served.
Everything counts in integers: costs and shipping in 1/10,000 USD a unit, values in 1e-8 USD a case, loads in
billionths of a pallet, budgets in cents, stock, caps and floors in whole cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocation.engine.problem import MAX_CASES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
ANY = 10 * MAX_CASES  # a cap or number of stores that never binds


def dot(one: Floats | Ints, other: Floats | Ints) -> float:
    """Sum of products in a fixed order: `@` leaves it to the machine's BLAS, whose threads and digits differ."""
    return float(np.einsum("i,i", one, other))


def tally(places: Ints, counts: Ints | NDArray[np.bool_], length: int) -> Ints:
    """Whole numbers added up by place: a row of `length`."""
    return np.bincount(places, weights=counts, minlength=length).astype(np.int64)


def payable(rest: int, price: Ints, credit: Ints) -> Ints:
    """Cases of each offer that `rest` pays if all of it goes there, with the `credit` of its line's rounding; all in
    1/10,000 USD. ANY where a case costs nothing.
    """
    return np.where(price > 0, np.clip((rest + credit) // np.maximum(price, 1), 0, ANY), ANY)


@dataclass(frozen=True)
class Goods:
    """Items in rising order of id, one entry each; `max_stores` is how many stores may take the item (or ANY)."""

    ids: tuple[str, ...]
    units: Ints
    cost: Ints
    min_shipping: Ints
    max_shipping: Ints
    load: Ints
    stock: Ints
    max_stores: Ints


@dataclass(frozen=True)
class Buyer:
    """One client: `budget` in cents for goods and shipping of all its `stores`, which are in rising order of id."""

    id: str
    budget: int
    weight: float
    stores: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One buyer's offers in order of store and item, one entry each.

    `store` is a place in the buyer's stores, `item` a place in the goods; `cost` is 1/10,000 USD a unit.
    """

    store: Ints
    item: Ints
    value: Ints
    cost: Ints
    cap: Ints
    floor: Ints

    @property
    def columns(self) -> tuple[Ints, ...]:
        """The arrays in the order of the fields."""
        return self.store, self.item, self.value, self.cost, self.cap, self.floor

    def part(self, rows: slice | Ints | NDArray[np.bool_]) -> Block:
        """The offers at these rows."""
        return Block(*(column[rows] for column in self.columns))

    @classmethod
    def joined(cls, blocks: Sequence[Block]) -> Block:
        """The offers of several blocks, one after the other."""
        return cls(*(np.concatenate(parts) for parts in zip(*(block.columns for block in blocks), strict=True)))


class Offers(Protocol):
    """Where blocks come from. Must be picklable: the processes of a batch each get a copy."""

    def of(self, buyer: int) -> Block:
        """The offers of the buyer at this place in the market."""
        ...


@dataclass(frozen=True)
class Minimum:
    """What the goods of one store must be, or it gets nothing: they load at least `load` billionths of a pallet and are
    worth more than `value` (1e-8 USD). With `any_will_do` it is only asked whether there are such goods.
    """

    load: int = 0
    value: int = 0
    any_will_do: bool = False


@dataclass(frozen=True)
class Market:
    """The whole problem; `buyers` in rising order of id. A `minimum` load is for a single buyer with a single store."""

    goods: Goods
    buyers: tuple[Buyer, ...]
    offers: Offers
    fairness: float = 0.9
    effort: str = "normal"
    minimum: Minimum = field(default_factory=Minimum)


@dataclass(frozen=True)
class ListedOffers:
    """Offers kept as arrays, those of buyer b at `first[b]:first[b + 1]`."""

    first: Ints
    block: Block

    def of(self, buyer: int) -> Block:
        return self.block.part(slice(int(self.first[buyer]), int(self.first[buyer + 1])))


@dataclass(frozen=True)
class Special:
    """Offers with limits of their own, sorted by store row and item: `cap` and `floor` in cases."""

    store: Ints
    item: Ints
    cap: Ints
    floor: Ints


@dataclass(frozen=True)
class BitOffers:
    """Offers as one bit a store and item: `bits[row]` is `numpy.packbits` of what the store may take.

    Buyer b owns the rows `first[b]:first[b + 1]`, in the order of its stores. `values[value_class[b]]` is 1e-8 USD a
    case of each item, `cost` the goods' own, `cap` in cases a store (or ANY); `special` has the exceptions.
    """

    bits: Bytes
    first: Ints
    values: Ints
    value_class: Ints
    cost: Ints
    cap: Ints
    special: Special

    @cached_property
    def _special_first(self) -> Ints:
        return np.searchsorted(self.special.store, np.arange(len(self.bits) + 1)).astype(np.int64)

    def of(self, buyer: int) -> Block:
        items, stores = [], []
        for place, row in enumerate(range(int(self.first[buyer]), int(self.first[buyer + 1]))):
            taken = np.flatnonzero(np.unpackbits(self.bits[row], count=len(self.cost)))
            items.append(taken)
            stores.append(np.full(len(taken), place))
        item = np.concatenate(items).astype(np.int64) if items else np.zeros(0, dtype=np.int64)
        store = np.concatenate(stores).astype(np.int64) if stores else np.zeros(0, dtype=np.int64)
        cap, floor = self.cap[item], np.zeros(len(item), dtype=np.int64)
        self._apply_special(buyer, store, item, cap, floor)
        return Block(store, item, self.values[self.value_class[buyer]][item], self.cost[item], cap, floor)

    def _apply_special(self, buyer: int, store: Ints, item: Ints, cap: Ints, floor: Ints) -> None:
        """Writes the caps and floors of the exceptions among the buyer's offers into `cap` and `floor`."""
        begin = int(self.first[buyer])
        part = slice(int(self._special_first[begin]), int(self._special_first[int(self.first[buyer + 1])]))
        width = len(self.cost)
        keys = store * width + item
        wanted = (self.special.store[part] - begin) * width + self.special.item[part]
        where = np.searchsorted(keys, wanted)
        there = where < len(keys)
        there[there] = keys[where[there]] == wanted[there]
        cap[where[there]] = self.special.cap[part][there]
        floor[where[there]] = self.special.floor[part][there]
