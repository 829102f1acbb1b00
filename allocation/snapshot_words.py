"""Why ASINs are left out of a store's cart, in words."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from allocation.limits import Limits
from allocation.snapshot_history import History
from allocation.snapshot_rules import Bar, roi
from allocation.snapshot_shelf import NO_MARGIN, Shelf
from inventory.packaging import CaseBox
from inventory.packaging_arrays import as_typical
from inventory.pallet_spec import GMA

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LeftOut:
    """An ASIN that is not in the cart: a code for machines and the reason in words."""

    asin: str
    code: str
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"asin": self.asin, "code": self.code, "reason": self.reason}


@dataclass(frozen=True)
class BarWords:
    """Tells which rule keeps ASINs (places on the shelf) from one store (primary key), with the numbers."""

    store: int
    shelf: Shelf
    limits: Limits
    history: History

    def tell(self, bar: Bar, asins: Ints) -> list[str]:
        """One reason for each of `asins`, all of which break the rule `bar`."""
        tellers = {
            Bar.NO_STOCK: self._no_stock,
            Bar.TOO_LARGE: self._too_large,
            Bar.LOW_ROI: self._low_roi,
            Bar.OVER_CAP: self._over_cap,
            Bar.COOL_DOWN: self._cool_down,
            Bar.TOO_MANY_STORES: self._too_many_stores,
            Bar.PREORDERED: self._preordered,
        }
        return tellers[bar](asins)

    def _no_stock(self, asins: Ints) -> list[str]:
        shelf = self.shelf
        columns = (shelf.available, shelf.units, shelf.on_hand, shelf.reserved)
        return [
            f"{loose} loose units are short of a case of {pack}"
            if loose
            else f"nothing available: {on_hand} on hand, {reserved} reserved"
            for loose, pack, on_hand, reserved in zip(*(column[asins].tolist() for column in columns), strict=True)
        ]

    def _too_large(self, asins: Ints) -> list[str]:
        words = []
        for asin in asins.tolist():
            case = as_typical(self.shelf.boxes, asin)
            box = CaseBox(case.size, case.weight, bool(self.shelf.measures.estimated[asin]))
            words.append(GMA.misfit(box, upright_only=bool(self.shelf.upright_only[asin])))
        return words

    def _low_roi(self, asins: Ints) -> list[str]:
        asked = f"at least {self.limits.min_roi_percent} % is asked for"
        columns = (self.shelf.margin, roi(self.shelf))
        return [
            f"its return is unknown without sale price and fees; {asked}"
            if margin == NO_MARGIN
            else f"its return is {Decimal(percent).scaleb(-2)} %; {asked}"
            for margin, percent in zip(*(column[asins].tolist() for column in columns), strict=True)
        ]

    def _over_cap(self, asins: Ints) -> list[str]:
        most = self.limits.max_units_per_asin
        packs = self.shelf.units[asins].tolist()
        return [f"a case of {pack} is more than the {most} units that a cart may have" for pack in packs]

    def _cool_down(self, asins: Ints) -> list[str]:
        last = self.history.last(self.store, len(self.shelf.codes))
        after = _days(self.history.days)
        return [f"this store got it {_days(ago)} ago; it may again after {after}" for ago in last[asins].tolist()]

    def _too_many_stores(self, asins: Ints) -> list[str]:
        stores = self.history.stores(len(self.shelf.codes))[asins].tolist()
        tail = f"in the last {_days(self.history.days)}; at most {self.limits.max_stores_per_asin} may"
        return [f"{_counted(count, 'store')} got it {tail}" for count in stores]

    def _preordered(self, asins: Ints) -> list[str]:
        words = "units that it preordered at more than today's price wait and come first; no case of them can be paid"
        return [words] * len(asins)


def _days(count: int) -> str:
    return _counted(count, "day")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
