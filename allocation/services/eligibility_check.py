"""What is on its way to a store that may not receive it (any more)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from allocation.states import CartState
from inventory.models import Asin
from ungating.eligibility import StoreEligibility, keys_of
from ungating.models import UngatingStatus

# In these states some goods of a cart may still leave.
OPEN = (CartState.DRAFT, CartState.CONFIRMED, CartState.PALLETISED)
MOST_KEYS = 1_000  # with more, reading all of a store's statuses is quicker than naming them


@dataclass(frozen=True)
class Bound:
    """Units of a cart line that are to go to a store; `line` and `store` are primary keys."""

    line: int
    asin: Asin
    store: int
    units: int


@dataclass(frozen=True)
class Barred:
    """Goods that their store may not receive: the status that decides, and the reason in words."""

    goods: Bound
    status: str
    reason: str


def barred_goods(goods: Iterable[Bound], *, now: datetime) -> list[Barred]:
    """Those of `goods` that their stores may not receive at `now`, in the same order. One query, or none."""
    goods = list(goods)
    if not goods:
        return []
    keys = keys_of(one.asin for one in goods)
    stores = _eligibility({one.store for one in goods}, keys - {""}, now)
    pairs = {(one.store, one.asin.pk): one.asin for one in goods}
    verdicts = {(store, pk): stores[store].judge(asin) for (store, pk), asin in pairs.items()}
    judged = ((one, verdicts[one.store, one.asin.pk]) for one in goods)
    return [Barred(one, verdict.status, verdict.reason) for one, verdict in judged if not verdict.eligible]


def _eligibility(stores: Collection[int], keys: Collection[str], now: datetime) -> dict[int, StoreEligibility]:
    rows = UngatingStatus.objects.in_use().filter(store__in=stores)
    if len(keys) <= MOST_KEYS:
        rows = rows.filter(key__in=keys)
    found = defaultdict(list)
    for row in rows:
        found[row.store_id].append(row)
    return {store: StoreEligibility(found[store], now=now) for store in stores}
