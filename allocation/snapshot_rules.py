"""What keeps an ASIN from a store besides gating: stock, size and the limits, in the order in which they are told."""

from decimal import Decimal
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from allocation.engine.market import ANY
from allocation.limits import Limits
from allocation.snapshot_history import History
from allocation.snapshot_shelf import CENT, NO_MARGIN, Shelf

Ints = NDArray[np.int64]


class Bar(IntEnum):
    """The first rule that an ASIN breaks; the names in lower case are the codes of reasons."""

    NONE = 0
    NO_STOCK = 1
    TOO_LARGE = 2
    LOW_ROI = 3
    OVER_CAP = 4
    COOL_DOWN = 5
    TOO_MANY_STORES = 6
    PREORDERED = 7

    @property
    def code(self) -> str:
        return self.name.lower()

    @classmethod
    def broken(cls) -> tuple["Bar", ...]:
        return tuple(bar for bar in cls if bar)


def most_cases(shelf: Shelf, limits: Limits) -> Ints:
    """Cases of each ASIN that one store may get, ANY without a limit."""
    if limits.max_units_per_asin is None:
        return np.full(len(shelf.codes), ANY)
    return limits.max_units_per_asin // shelf.units


def roi(shelf: Shelf) -> Ints:
    """Return on unit cost and max shipping in 1/100 per cent, rounded down; meaningless without a margin."""
    return (shelf.margin * CENT - shelf.max_shipping) * 10_000 // (shelf.cost + shelf.max_shipping)


def bars_for_all(shelf: Shelf, limits: Limits) -> Ints:
    """For each ASIN the rule that it breaks whatever the store."""
    low = np.zeros(len(shelf.codes), dtype=bool)
    if limits.min_roi_percent is not None:
        low = (shelf.margin == NO_MARGIN) | (roi(shelf) < int(limits.min_roi_percent * Decimal(100)))
    broken = {
        Bar.NO_STOCK: shelf.cases == 0,
        Bar.TOO_LARGE: ~shelf.fits,
        Bar.LOW_ROI: low,
        Bar.OVER_CAP: most_cases(shelf, limits) == 0,
    }
    return np.select(list(broken.values()), list(broken), Bar.NONE).astype(np.int64)


def bars_for(store: int, for_all: Ints, limits: Limits, history: History) -> Ints:
    """For each ASIN the rule that it breaks at this store (primary key)."""
    last = history.last(store, len(for_all))
    cooling = (last >= 0) & (limits.cool_down_days is not None)
    crowded = (last < 0) & (openings([store], len(for_all), limits, history) == 0)
    return np.select([for_all > 0, cooling, crowded], [for_all, Bar.COOL_DOWN, Bar.TOO_MANY_STORES]).astype(np.int64)


def openings(stores: list[int], asins: int, limits: Limits, history: History) -> Ints:
    """How many of `stores` (primary keys) may get each of `asins` places, ANY without a limit.

    Where all places are taken, the stores that hold them may get more; where some are free, a store that holds one
    counts as if it took another: so the limit is never exceeded.
    """
    if limits.max_stores_per_asin is None:
        return np.full(asins, ANY)
    free = limits.max_stores_per_asin - history.stores(asins)
    holders = np.bincount(history.asin[np.isin(history.store, stores)], minlength=asins)
    return np.where(free > 0, free, holders)
