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
PER_USD = 10_000  # the shelf's prices count in 1/10,000 USD


@dataclass(frozen=True)
class Kept:
    """Whole cases of one ASIN (a place on the shelf) that wait for one store's cart.

    `credit` in USD: what a cart with them holds less than their price today, because some was paid before, or because
    they were cheaper when they were preordered.
    """

    asin: int
    cases: int
    credit: Decimal


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

    A client's `money` in USD (by panel id) must pay what is due of each case and its dearest shipping; the earliest
    expected comes first.
    """
    used = Sum("allocations__prepaid", filter=Q(allocations__allocated_at__isnull=False), output_field=MoneyField())
    rows = Preorder.objects.promised().filter(store__in=[store.pk for store in stores]).annotate(used=used)
    waiting = list(rows.values(*_COLUMNS, "used"))
    if not waiting:
        return NO_PROMISES
    places = {pk: place for place, pk in enumerate(shelf.pk.tolist())}
    numbers = {store.pk: number for number, store in enumerate(stores)}
    status = {pk: gates.status(numbers[pk]) for pk in {row["store_id"] for row in waiting}}
    left = dict(money)
    found: dict[int, list[Kept]] = defaultdict(list)
    for row in waiting:
        store, place = row["store_id"], places.get(row["asin_id"])
        if place is None or status[store][place] != UNGATED or not shelf.fits[place]:
            continue
        client = stores[numbers[store]].client.panel_id
        claim = _Claim.read(row, shelf, place)
        cases = claim.payable(left.get(client, ZERO))
        if cases:
            left[client] -= claim.due(cases)
            found[store].append(Kept(place, cases, claim.credit(cases)))
    return Promises({store: tuple(own) for store, own in found.items()})


@dataclass(frozen=True)
class _Claim:
    """One preorder's units here: `cases` of `pack`, USD per unit then and now, and what is paid and not used yet."""

    cases: int
    pack: int
    cost_then: Decimal
    cost_now: Decimal
    shipping: Decimal
    paid: Decimal

    @classmethod
    def read(cls, row: Mapping[str, Any], shelf: Shelf, place: int) -> "_Claim":
        pack = int(shelf.units[place])
        return cls(
            cases=(row["arrived"] - row["allocated"]) // pack,
            pack=pack,
            cost_then=row["unit_cost"],
            cost_now=Decimal(int(shelf.cost[place])) / PER_USD,
            shipping=Decimal(int(shelf.max_shipping[place])) / PER_USD,
            paid=row["paid"] - (row["used"] or ZERO),
        )

    def _prepaid(self, cases: int) -> Decimal:
        """USD paid before; it counts for the first units."""
        return min(self.paid, self.cost_then * self.pack * cases)

    def due(self, cases: int) -> Decimal:
        """USD that a cart holds for so many cases at most."""
        units = self.pack * cases
        return cents(self.cost_then * units - self._prepaid(cases)) + cents(self.shipping * units)

    def credit(self, cases: int) -> Decimal:
        return cents((self.cost_now - self.cost_then) * self.pack * cases + self._prepaid(cases))

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
    more than that where free units break a rule at the store, as `limited` says for each ASIN of the shelf.
    """
    none = np.zeros(0, dtype=np.int64)
    parts = [(none, none, none, none)]
    for row, store in enumerate(stores):
        if store.pk not in promises.by_store:
            continue
        bars = limited(store)
        floor = promises.cases(store.pk, len(bars))[asins]
        places = np.flatnonzero(floor)
        more = np.isin(bars[asins], [Bar.NONE, Bar.NO_STOCK])
        cap = np.where(more, np.maximum(most, floor), floor)
        parts.append((np.full(len(places), row), places, cap[places], floor[places]))
    return Special(*(np.concatenate(columns).astype(np.int64) for columns in zip(*parts, strict=True)))
