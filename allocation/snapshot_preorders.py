"""What has arrived for stores' preorders: cases that are kept for one store and must go into its cart.

They are reserved since they arrived, so the shelf's free cases do not have them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Q, Sum
from numpy.typing import NDArray

from allocation.engine.market import Special
from allocation.models import Preorder
from allocation.snapshot_rules import Bar
from allocation.snapshot_shelf import Shelf
from clients.models import Store
from common.fields import MoneyField
from common.money import ZERO, cents
from ungating.gates import UNGATED, Gates

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
PER_USD = 10_000  # the shelf's prices count in 1/10,000 USD


@dataclass(frozen=True)
class Kept:
    """Whole cases of one ASIN (a place on the shelf) that wait for one store's cart and can be paid.

    `credit` in USD: what a cart with them holds less than their price today, because some was paid before, or because
    they were cheaper when they were preordered. `alone`: more units wait that were dearer then, and a cart with more
    cases would take those first, so it gets no free ones.
    """

    asin: int
    cases: int
    credit: Decimal
    alone: bool = False


@dataclass(frozen=True)
class Promises:
    """By store (primary key) what waits for its cart and can be paid."""

    by_store: Mapping[int, tuple[Kept, ...]] = field(default_factory=dict)

    def of(self, store: int) -> "Promises":
        """The part of this store alone."""
        return Promises({store: self.by_store[store]} if store in self.by_store else {})

    def credit(self, store: int) -> Decimal:
        """USD that the store's cart holds less than its lines say, with all that waits for it."""
        return sum((kept.credit for kept in self.by_store.get(store, ())), ZERO)

    def cases(self, store: int, asins: int) -> Ints:
        """For each of `asins` places the cases that wait for the store."""
        cases = np.zeros(asins, dtype=np.int64)
        for kept in self.by_store.get(store, ()):
            cases[kept.asin] += kept.cases
        return cases

    def alone(self, store: int, asins: int) -> Bools:
        """For each of `asins` places whether the store gets no free cases."""
        alone = np.zeros(asins, dtype=bool)
        alone[[kept.asin for kept in self.by_store.get(store, ()) if kept.alone]] = True
        return alone

    def bars(self, store: int, limited: Ints) -> Ints:
        """For each ASIN the rule that keeps it from the store, where free units break `limited`."""
        alone = self.alone(store, len(limited)) & (limited == Bar.NONE)
        return np.where(self.cases(store, len(limited)) > 0, Bar.NONE, np.where(alone, Bar.PREORDERED, limited))

    def all_cases(self, asins: int) -> Ints:
        """For each of `asins` places the cases that wait for any of the stores."""
        return sum((self.cases(store, asins) for store in self.by_store), np.zeros(asins, dtype=np.int64))

    def stores(self, asins: int) -> Ints:
        """For each of `asins` places the number of stores for which some wait."""
        none = np.zeros(asins, dtype=np.int64)
        return sum(((self.cases(store, asins) > 0).astype(np.int64) for store in self.by_store), none)


NO_PROMISES = Promises()
_COLUMNS = ("pk", "store_id", "asin_id", "arrived", "allocated", "unit_cost", "paid")


def read_promises(shelf: Shelf, gates: Gates, stores: Sequence[Store], money: Mapping[str, Decimal]) -> Promises:
    """What has arrived for preorders of `stores` (in the order of `gates`), may go there and can be paid: one query.

    A client's `money` in USD (by panel id) must pay what is due of each case and its dearest shipping; the ASIN with
    the earliest expected comes first.
    """
    used = Sum("allocations__prepaid", filter=Q(allocations__allocated_at__isnull=False), output_field=MoneyField())
    rows = Preorder.objects.promised().filter(store__in=[store.pk for store in stores]).annotate(used=used)
    waiting = list(rows.values(*_COLUMNS, "used"))
    if not waiting:
        return NO_PROMISES
    places = {pk: place for place, pk in enumerate(shelf.pk.tolist())}
    numbers = {store.pk: number for number, store in enumerate(stores)}
    status = {pk: gates.status(numbers[pk]) for pk in {row["store_id"] for row in waiting}}
    claims: dict[tuple[int, int], list[_Part]] = defaultdict(list)
    for row in waiting:
        store, place = row["store_id"], places.get(row["asin_id"])
        if place is not None and status[store][place] == UNGATED and shelf.fits[place]:
            claims[store, place].append(_Part.read(row))
    left, found = dict(money), defaultdict[int, list[Kept]](list)
    for (store, place), parts in claims.items():
        client = stores[numbers[store]].client.panel_id
        claim = _Claim.read(parts, shelf, place)
        cases = claim.payable(left.get(client, ZERO))
        if cases or claim.is_dearer_after(cases):
            left[client] = left.get(client, ZERO) - claim.due(cases)
            found[store].append(Kept(place, cases, claim.credit(cases), claim.is_dearer_after(cases)))
    return Promises({store: tuple(own) for store, own in found.items()})


@dataclass(frozen=True)
class _Part:
    """One preorder's units here, USD per unit then, and what is paid and not used yet."""

    units: int
    cost: Decimal
    paid: Decimal

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "_Part":
        return cls(row["arrived"] - row["allocated"], row["unit_cost"], row["paid"] - (row["used"] or ZERO))


@dataclass(frozen=True)
class _Claim:
    """One store's units here of one ASIN, by preorder in the order in which carts take them; USD per unit now.

    A case may have units of two preorders where the case pack has changed.
    """

    parts: Sequence[_Part]
    pack: int
    cost: Decimal
    shipping: Decimal

    @classmethod
    def read(cls, parts: Sequence[_Part], shelf: Shelf, place: int) -> "_Claim":
        cost, shipping = int(shelf.cost[place]), int(shelf.max_shipping[place])
        return cls(parts, int(shelf.units[place]), Decimal(cost) / PER_USD, Decimal(shipping) / PER_USD)

    @property
    def cases(self) -> int:
        return sum(part.units for part in self.parts) // self.pack

    def _owed(self, cases: int) -> Decimal:
        """USD due of the first cases without shipping; what was paid before counts for a preorder's first units."""
        owed, left = ZERO, self.pack * cases
        for part in self.parts:
            units = min(left, part.units)
            owed, left = owed + max(part.cost * units - part.paid, ZERO), left - units
        return owed

    def due(self, cases: int) -> Decimal:
        """USD that a cart holds for so many cases at most."""
        return cents(self._owed(cases)) + cents(self.shipping * self.pack * cases)

    def credit(self, cases: int) -> Decimal:
        return cents(self.cost * self.pack * cases - self._owed(cases))

    def is_dearer_after(self, cases: int) -> bool:
        """Whether units beyond so many cases were dearer then than they are now."""
        left = self.pack * cases
        for part in self.parts:
            if left < part.units and part.cost > self.cost:
                return True
            left = max(left - part.units, 0)
        return False

    def payable(self, money: Decimal) -> int:
        """The most cases that `money` pays."""
        low, high = 0, self.cases
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.due(middle) <= money else (low, middle - 1)
        return low


def special_offers(
    promises: Promises, stores: Sequence[Store], asins: Ints, limited: Callable[[Store], Ints], most: Ints
) -> Special:
    """What has arrived for preorders as floors of the offers of `asins`, which the store may get at `most` cases of; no
    more than that where free units break a rule at the store, as `limited` says for each ASIN of the shelf, or where
    dearer ones would go first.
    """
    none = np.zeros(0, dtype=np.int64)
    parts = [(none, none, none, none)]
    for row, store in enumerate(stores):
        if store.pk not in promises.by_store:
            continue
        bars = limited(store)
        floor, alone = promises.cases(store.pk, len(bars))[asins], promises.alone(store.pk, len(bars))[asins]
        places = np.flatnonzero(floor)
        more = np.isin(bars[asins], [Bar.NONE, Bar.NO_STOCK]) & ~alone
        cap = np.where(more, np.maximum(most, floor), floor)
        parts.append((np.full(len(places), row), places, cap[places], floor[places]))
    return Special(*(np.concatenate(columns).astype(np.int64) for columns in zip(*parts, strict=True)))
