"""Which mutual stores could take goods, how many of them, and how full their open pallets are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from clients.models import Store
from inventory.models import Asin
from pallets.models import Pallet
from pallets.pooling import refusals


@dataclass(frozen=True)
class StoreChoice:
    """A mutual store, how many of the units it may receive, why not the other ASINs (by id), and its pooled pallets
    that still take goods.
    """

    store: Store
    units: int
    refused: Mapping[int, str]
    pallets: tuple[Pallet, ...]

    @property
    def label(self) -> str:
        """The store as a choice: Mutual East: 60 units; P-000001 is 42.0% full."""
        fills = ", ".join(f"{pallet.code} is {pallet.fill_percent}% full" for pallet in self.pallets)
        return f"{self.store.name}: {self.units:,} units; {fills or 'no open pallet yet'}"


def store_choices(goods: Mapping[Asin, int]) -> list[StoreChoice]:
    """Every mutual store that may receive some of `goods` (units), the one that may receive most first; two queries and
    one a store.
    """
    pallets = defaultdict(list)
    for pallet in Pallet.objects.taking().order_by("pk").only("code", "store_id", "fill"):
        pallets[pallet.store_id].append(pallet)
    found = []
    for store in Store.objects.mutual().receiving().select_related("client").order_by("pk"):
        refused = refusals(store, goods)
        units = sum(count for asin, count in goods.items() if asin.pk not in refused)
        if units:
            found.append(StoreChoice(store, units, refused, tuple(pallets[store.pk])))
    return sorted(found, key=lambda choice: (-choice.units, choice.store.pk))
