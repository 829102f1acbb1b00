"""Who got which ASIN lately: what the cool-down and the number of stores of an ASIN go by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import F, Max
from numpy.typing import NDArray

from allocation.limits import Limits
from allocation.models import CartLine
from allocation.snapshot_shelf import Shelf
from allocation.states import CartState

Ints = NDArray[np.int64]

PROMISED = (CartState.CONFIRMED, CartState.PALLETISED, CartState.SHIPPED)
RECENT_DAYS = 30


@dataclass(frozen=True)
class History:
    """One entry for each store (primary key) and ASIN (place on the shelf) promised within the last `days`.

    `ago` counts whole days since the last time.
    """

    days: int
    store: Ints
    asin: Ints
    ago: Ints

    def last(self, store: int, asins: int) -> Ints:
        """For each of `asins` places how many days ago this store got it, or -1."""
        mine = self.store == store
        last = np.full(asins, -1)
        last[self.asin[mine]] = self.ago[mine]
        return last

    def stores(self, asins: int) -> Ints:
        """For each of `asins` places the number of stores that got it."""
        return np.bincount(self.asin, minlength=asins)


def read_history(shelf: Shelf, limits: Limits, *, now: datetime) -> History:
    """What the limits look back at: nothing is read where they do not."""
    days = limits.cool_down_days or RECENT_DAYS
    if limits.cool_down_days is None and limits.max_stores_per_asin is None:
        return History(days, *(np.zeros(0, dtype=np.int64) for _ in range(3)))
    places = {pk: place for place, pk in enumerate(shelf.pk.tolist())}
    promised = (
        CartLine.objects.filter(cart__state__in=PROMISED, cart__confirmed_at__gt=now - timedelta(days=days))
        .exclude(returned=F("units"))
        .order_by()
        .values_list("cart__store_id", "asin_id")
        .annotate(Max("cart__confirmed_at"))
    )
    rows = sorted(
        (store, places[asin], (now - at).days) for store, asin, at in promised if asin in places and at is not None
    )
    store, asin, ago = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return History(days, store, asin, np.maximum(ago, 0))
