"""What one pallet may carry: the numbers that pricing and packing share."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from inventory.packaging import CaseBox

TENTHS = 10


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

    def load(self, box: CaseBox) -> Decimal:
        """The share of one full pallet that a case takes: the larger of its volume over the usable cube and its
        weight over the net weight. A case that fills more of the cube than counts as full takes one whole pallet.
        """
        sides = tenths(box)
        volume = Decimal(sides[0] * sides[1] * sides[2]) / TENTHS**3
        full = self.full_cube * self.length * self.width * self.usable_height
        return min(max(volume / full, box.weight / self.net_weight), Decimal(1))

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


GMA = PalletSpec()
