"""What one pallet may carry: the numbers that pricing and packing share."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from inventory.packaging import CaseBox
from inventory.packaging_arrays import INCH, POUND, Bools, Boxes, Ints

TENTHS = 10
BILLION = 1_000_000_000
MOST = 10_000  # inches or pounds


@dataclass(frozen=True)
class PalletSpec:
    """A GMA pallet for Amazon FBA. Lengths in whole inches, weights in whole pounds.

    Sources: Amazon's public pages on LTL pallets (72 in high and 1,500 lb with the pallet); the pallet itself is
    taken as 6 in and 45 lb. `full_cube` is the share of the cube that counts as full, `min_support` the least share of
    a carton's base that must rest on something, `forbidden_groups` are pairs that never share a pallet.
    """

    length: int = 48
    width: int = 40
    pallet_height: int = 6
    max_height: int = 72
    pallet_weight: int = 45
    max_gross_weight: int = 1500
    full_cube: Decimal = Decimal("0.90")
    min_support: Decimal = Decimal("0.80")
    forbidden_groups: tuple[tuple[str, str], ...] = (("food", "hazmat"),)

    @property
    def usable_height(self) -> int:
        return self.max_height - self.pallet_height

    @property
    def net_weight(self) -> int:
        return self.max_gross_weight - self.pallet_weight

    def loads(self, boxes: Boxes) -> Ints:
        """The share of one full pallet that each box takes in billionths, rounded down, at least one: the larger of
        its volume over the usable cube and its weight over the net weight. A box that fills more of the cube than
        counts as full takes one whole pallet.
        """
        full = int(self.full_cube * self.length * self.width * self.usable_height * TENTHS**3)
        # No side beyond a full pallet changes the answer, and without them nothing overflows.
        length, width, height = np.minimum(_tenths(boxes), full).T
        volume = np.minimum(np.minimum(length * width, full) * height, full)
        weight = np.minimum(boxes.weight, self.net_weight * POUND)
        load = np.maximum(volume * BILLION // full, weight * BILLION // (self.net_weight * POUND))
        at_least_one: Ints = np.maximum(load, 1)
        return at_least_one

    def fits(self, boxes: Boxes, upright_only: Bools) -> Bools:
        """Whether each box fits a pallet: where `misfit` finds nothing."""
        sides = _tenths(boxes)
        fits = np.zeros(len(sides), dtype=bool)
        for height in range(3):
            base = np.sort(np.delete(sides, height, axis=1), axis=1)
            stands = (sides[:, height] <= self.usable_height * TENTHS) & (height == 2 or ~upright_only)
            fits |= stands & (base[:, 0] <= self.width * TENTHS) & (base[:, 1] <= self.length * TENTHS)
        return fits & (boxes.weight <= self.net_weight * POUND)

    def misfit(self, box: CaseBox, *, upright_only: bool = False) -> str:
        """Why a case fits no pallet, in words with the limit it breaks; empty where it fits."""
        sides = [Decimal(side) / TENTHS for side in tenths(box)]
        guess = "; its size or weight is an estimate" if box.estimated else ""
        if box.weight > self.net_weight:
            return f"a case weighs {box.weight.normalize():,f} lb, a pallet carries {self.net_weight:,} lb{guess}"
        heights = sides[2:] if upright_only else sides
        for height in heights:
            base = sorted([*sides[:2]] if upright_only else _without(sides, height))
            if height <= self.usable_height and base[0] <= self.width and base[1] <= self.length:
                return ""
        size = " x ".join(f"{side.normalize():,f}" for side in sides)
        upright = " that must stand upright" if upright_only else ""
        limit = f"{self.length} x {self.width} x {self.usable_height} in"
        return f"a case of {size} in{upright} fits no pallet of {limit}{guess}"


def _without(sides: list[Decimal], one: Decimal) -> list[Decimal]:
    rest = list(sides)
    rest.remove(one)
    return rest


def tenths(box: CaseBox) -> tuple[int, int, int]:
    """Sides in whole tenths of an inch, rounded up, so that a plan never needs more room than it has."""
    a, b, c = (ceil(side * TENTHS) for side in box.size)
    return a, b, c


def _tenths(boxes: Boxes) -> Ints:
    """`tenths` of each box, n x 3."""
    return -(-boxes.size // (INCH // TENTHS))


LENGTHS_AND_WEIGHTS = ("length", "width", "pallet_height", "max_height", "pallet_weight", "max_gross_weight")


def spec_with(limits: Mapping[str, Any]) -> PalletSpec:
    """A GMA pallet with other `limits`, as read from JSON. Raises ImproperlyConfigured naming each fault."""
    known = {field.name for field in fields(PalletSpec)} - {"full_cube"}
    faults = [f"{name} is not one of {', '.join(sorted(known))}" for name in sorted(set(limits) - known)]
    given: dict[str, Any] = {}
    for name in sorted(set(limits) & known):
        value = limits[name]
        if name in LENGTHS_AND_WEIGHTS and type(value) is int and 0 < value <= MOST:
            given[name] = value
        elif name == "min_support" and type(value) in (int, float) and 0 <= value <= 1:
            given[name] = Decimal(str(value))
        elif name == "forbidden_groups" and _are_pairs(value):
            given[name] = tuple((str(one), str(other)) for one, other in value)
        else:
            faults.append(f"{name} cannot be {value!r}")
    spec = PalletSpec(**given)
    if spec.usable_height < 1 or spec.net_weight < 1:
        faults.append("the pallet itself is as high or as heavy as all of it may be")
    if faults:
        raise ImproperlyConfigured(f"PALLET_LIMITS: {'; '.join(faults)}.")
    return spec


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1] and all(isinstance(one, str) for one in pair)
        for pair in value
    )


GMA = spec_with(settings.PALLET_LIMITS)
