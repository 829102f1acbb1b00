"""Every ASIN in use as arrays, read in one query without model objects and without a `Decimal` a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, Expression, ExpressionWrapper, F
from django.db.models.functions import Cast, Coalesce, Round
from numpy.typing import NDArray

from allocation.models.policy import PRIORITY_POINTS
from inventory.packaging import Typical
from inventory.packaging_arrays import Boxes, Measures, as_typical
from inventory.pallet_spec import GMA
from inventory.querysets import AsinQuerySet

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NO_MARGIN = -(10**15)
CENT = 100  # 1/10,000 USD


def _whole(expression: Any, default: int = 0) -> Expression:
    """A whole number as the database has it: money stays in its smallest unit."""
    return Coalesce(Cast(expression, BigIntegerField()), default)


def _parts(name: str, scale: int) -> Expression:
    """A measure in whole parts of 1/`scale`. Rounded, because SQLite keeps it as a binary float."""
    return _whole(Round(F(name) * scale))


_TEXTS = ("code", "brand", "brand_key", "category_key", "priority", "date_added")
_MARGIN = ExpressionWrapper(F("sale_price") - F("amazon_fees") - F("unit_cost"), output_field=BigIntegerField())
_NUMBERS: dict[str, Any] = {
    "pk": F("pk"),
    "on_hand": F("on_hand"),
    "reserved": F("reserved"),
    "units": F("case_pack"),
    "upright_only": _whole("upright_only"),
    "cost": _whole("unit_cost"),
    "min_shipping": _whole("min_shipping"),
    "max_shipping": _whole("max_shipping"),
    "margin": _whole(_MARGIN, NO_MARGIN),
    **{
        f"{of}_{side}": _parts(f"{of}_{side}", 100) for of in ("unit", "case") for side in ("length", "width", "height")
    },
    **{f"{of}_weight": _parts(f"{of}_weight", 10_000) for of in ("unit", "case")},
}


@dataclass(frozen=True)
class Keys:
    """Texts counted from 0 in the order in which they come up: which one each ASIN has, and the place of each."""

    of: Ints
    places: dict[str, int]

    @classmethod
    def count(cls, texts: Iterable[str]) -> "Keys":
        places: dict[str, int] = {}
        of = [places.setdefault(text, len(places)) for text in texts]
        return cls(np.array(of, dtype=np.int64), places)


@dataclass(frozen=True)
class Shelf:
    """ASINs in order of code, one entry each. Prices in 1/10,000 USD a unit; `margin` = sale price − fees − unit cost
    in cents, or NO_MARGIN; `priority` in half points; `added` is a day as `date.toordinal` counts; units otherwise.
    """

    codes: tuple[str, ...]
    brands: tuple[str, ...]  # the name of each brand, as its first ASIN spells it
    brand: Keys
    category: Keys
    priority: Ints
    added: Ints
    pk: Ints
    on_hand: Ints
    reserved: Ints
    units: Ints
    upright_only: Bools
    cost: Ints
    min_shipping: Ints
    max_shipping: Ints
    margin: Ints
    measures: Measures

    @cached_property
    def places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def available(self) -> Ints:
        """Units that can still be promised."""
        available: Ints = np.maximum(self.on_hand - self.reserved, 0)
        return available

    @cached_property
    def cases(self) -> Ints:
        """Whole cases that can still be promised."""
        cases: Ints = self.available // self.units
        return cases

    @cached_property
    def boxes(self) -> Boxes:
        return self.measures.boxes(self._typical)

    @cached_property
    def load(self) -> Ints:
        """Billionths of a pallet that a case takes."""
        return GMA.loads(self.boxes)

    @cached_property
    def fits(self) -> Bools:
        return GMA.fits(self.boxes, self.upright_only)

    @cached_property
    def _typical(self) -> Boxes:
        return self.measures.typical(len(self.category.places))

    def typical(self, asin: int) -> Typical:
        """What `case_box` takes for the ASIN at this place where its size or weight is not known."""
        return as_typical(self._typical, int(self.category.of[asin]))


def read_shelf(asins: AsinQuerySet) -> Shelf:
    rows = list(asins.order_by("code").values_list(*_TEXTS, *_NUMBERS.values()))
    columns: Sequence[Any] = list(zip(*rows, strict=True)) or [()] * (len(_TEXTS) + len(_NUMBERS))
    codes, brands, brand_keys, category_keys, priorities, days = columns[: len(_TEXTS)]
    number = dict(zip(_NUMBERS, np.array(columns[len(_TEXTS) :], dtype=np.int64), strict=True))
    brand, category = Keys.count(brand_keys), Keys.count(category_keys)
    points = {name: int(2 * share) for name, share in PRIORITY_POINTS.items()}
    spelled = dict(zip(reversed(brand_keys), reversed(brands), strict=True))
    return Shelf(
        codes=codes,
        brands=tuple(spelled[key] for key in brand.places),
        brand=brand,
        category=category,
        priority=np.array([points[name] for name in priorities], dtype=np.int64),
        added=np.array([day.toordinal() for day in days], dtype=np.int64),
        pk=number["pk"],
        on_hand=number["on_hand"],
        reserved=number["reserved"],
        units=number["units"],
        upright_only=number["upright_only"].astype(bool),
        cost=number["cost"] * CENT,
        min_shipping=number["min_shipping"],
        max_shipping=number["max_shipping"],
        margin=number["margin"],
        measures=_measures(number, category.of),
    )


def _measures(number: dict[str, Ints], category: Ints) -> Measures:
    def size(of: str) -> Ints:
        return np.column_stack([number[f"{of}_{side}"] for side in ("length", "width", "height")])

    return Measures(number["units"], size("unit"), number["unit_weight"], size("case"), number["case_weight"], category)
