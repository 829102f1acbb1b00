"""Stock that only gating keeps from stores, for all stores at once. Amounts are whole cents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocation.snapshot_shelf import CENT, Shelf, read_shelf
from clients.models import Store
from inventory.models import Asin
from ungating.gates import NOT_ELIGIBLE, STATUSES, UNGATED, Gates, make_gates
from ungating.models import Ask, Status
from ungating.rules import Rule, read_rules

Ints = NDArray[np.int64]

# What to ask for where a status keeps goods away; among equals the first is asked for.
ASKS = ((Status.GATED, Ask.APPROVAL), (Status.INVOICE_NEEDED, Ask.INVOICE), (Status.UNKNOWN, Ask.CHECK))
NO_BRAND = ""


@dataclass(frozen=True)
class Blocked:
    """A brand at a store (primary key): what most of the worth has to be asked for, and the worth of all in USD."""

    store: int
    brand_key: str
    brand: str
    ask: Ask
    unlocks: Decimal


def judged(shelf: Shelf, stores: Sequence[int], rules: Sequence[Rule]) -> Gates:
    """The gates of `stores` (primary keys) over every ASIN of the shelf."""
    return make_gates(
        rules,
        stores=stores,
        keys=(shelf.places, shelf.brand.places, shelf.category.places),
        over=(np.arange(len(shelf.codes)), shelf.brand.of, shelf.category.of),
    )


def worth(shelf: Shelf) -> Ints:
    """What the whole cases of each ASIN that can be promised cost; 0 for what fits no pallet."""
    return np.where(shelf.fits, shelf.cases * shelf.units * (shelf.cost // CENT), 0)


@dataclass(frozen=True)
class GatedStock:
    """The shelf as `stores` (primary keys) see it through their gates; `worth` is that of each ASIN."""

    shelf: Shelf
    stores: tuple[int, ...]
    gates: Gates
    worth: Ints

    def blocked(self, at_least: int) -> Iterator[Blocked]:
        """Every store and brand of which only gating keeps `at_least` cents; goods without a brand are left out."""
        keys = list(self.shelf.brand.places)
        named = np.array([key != NO_BRAND for key in keys], dtype=bool)
        codes = np.array([STATUSES.index(status) for status, _ in ASKS])
        for place, store in enumerate(self.stores):
            by_ask = self._by_brand(place, codes)
            total = by_ask.sum(axis=0)
            brands = np.flatnonzero(named & (total >= at_least))
            for brand, most in zip(brands.tolist(), by_ask[:, brands].argmax(axis=0).tolist(), strict=True):
                unlocks = Decimal(int(total[brand])).scaleb(-2)
                yield Blocked(store, keys[brand], self.shelf.brands[brand], ASKS[most][1], unlocks)

    def is_ungated(self, store: int, brand_key: str) -> bool:
        """Whether the store may have the brand, in stock or not, and nothing of it can be asked for any more."""
        place, brand = self._places.get(store), self.shelf.brand.places.get(brand_key)
        if place is None or brand is None:
            return False
        status = self._statuses[place][self.shelf.brand.of == brand]
        return bool((status == UNGATED).any() and ((status == UNGATED) | (status == NOT_ELIGIBLE)).all())

    @cached_property
    def _places(self) -> dict[int, int]:
        return {store: place for place, store in enumerate(self.stores)}

    @cached_property
    def _statuses(self) -> list[NDArray[np.int8]]:
        """For each store the status of each ASIN."""
        return [self.gates.status(place).astype(np.int8) for place in range(len(self.stores))]

    def _by_brand(self, place: int, codes: Ints) -> Ints:
        """Worth by status (one row each of `codes`) and brand."""
        status, brands = self._statuses[place], len(self.shelf.brand.places)
        sums = np.zeros((len(codes), brands), dtype=np.int64)
        for row, code in zip(sums, codes.tolist(), strict=True):
            mine = np.flatnonzero(status == code)
            np.add.at(row, self.shelf.brand.of[mine], self.worth[mine])
        return sums


def read_gated_stock(*, now: datetime) -> GatedStock:
    """What stores that may receive goods see at `now`: three queries."""
    stores = list(Store.objects.receiving().order_by("pk"))
    shelf = read_shelf(Asin.objects.in_use())
    ids = tuple(store.pk for store in stores)
    return GatedStock(shelf, ids, judged(shelf, ids, read_rules(stores, now=now)).to_ask, worth(shelf))
