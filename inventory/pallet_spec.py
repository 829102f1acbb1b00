"""What one pallet may carry: the numbers that pricing and packing share."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

import numpy as np

from inventory.packaging import CaseBox
from inventory.packaging_arrays import INCH, POUND, Bools, Boxes, Ints

TENTHS = 10
BILLION = 1_000_000_000


@dataclass(frozen=True)
class PalletSpec:
    """A GMA pallet for Amazon FBA. Lengths in inches, weights in pounds.

    Sources: Amazon's public pages on LTL pallets (72 in high and 1,500 lb with the pallet); the pallet itself is
    taken as 6 in and 45 lb. `full_cube` is the share of the cube that counts as full.
    """

    length: int = 48
    width: int = 40
    pallet_height: int = 6
    max_height: int = 72
    pallet_weight: int = 45
    max_gross_weight: int = 1500
    full_cube: Decimal = Decimal("0.90")

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
        """Why a case fits no pallet, in words; empty where it fits."""
        sides = [Decimal(side) / TENTHS for side in tenths(box)]
        if box.weight > self.net_weight:
            return f"a case weighs {box.weight.normalize():f} lb, a pallet carries {self.net_weight} lb"
        heights = sides[2:] if upright_only else sides
        for height in heights:
            base = sorted([*sides[:2]] if upright_only else _without(sides, height))
            if height <= self.usable_height and base[0] <= self.width and base[1] <= self.length:
                return ""
        size = " x ".join(f"{side.normalize():f}" for side in sides)
        return f"a case of {size} in fits no pallet of {self.length} x {self.width} x {self.usable_height} in"


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


GMA = PalletSpec()
