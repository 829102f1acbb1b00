"""The case that is put on a pallet: its size and weight, measured or estimated."""

from dataclasses import dataclass
from decimal import Decimal

from inventory.models import Asin

Size = tuple[Decimal, Decimal, Decimal]

DEFAULT_SIZE: Size = (Decimal(12), Decimal(12), Decimal(12))
DEFAULT_WEIGHT = Decimal(10)
WRAP_INCHES = Decimal("0.5")
WRAP_POUNDS = Decimal("0.6")
ESTIMATE_MARGIN = Decimal("0.25")


@dataclass(frozen=True)
class CaseBox:
    """Length, width, height in inches, weight in pounds of a whole case; `estimated` where something was guessed."""

    size: Size
    weight: Decimal
    estimated: bool

    @property
    def volume(self) -> Decimal:
        """Cubic inches."""
        length, width, height = self.size
        return length * width * height


@dataclass(frozen=True)
class Typical:
    """Median case of a category, used where an ASIN tells nothing."""

    size: Size
    weight: Decimal


def most_cubic(unit: Size, pack: int) -> Size:
    """Sides of `pack` units stacked in the most cube-like arrangement nx x ny x nz = pack, in inches.

    Cube-like: the least surface; ties go to the smaller longest side, then to the first found.
    """
    best: tuple[Decimal, Decimal, Size] | None = None
    for nx in range(1, pack + 1):
        if pack % nx:
            continue
        for ny in range(1, pack // nx + 1):
            if (pack // nx) % ny:
                continue
            a, b, c = unit[0] * nx, unit[1] * ny, unit[2] * (pack // nx // ny)
            candidate = (a * b + b * c + a * c, max(a, b, c), (a, b, c))
            if best is None or candidate[:2] < best[:2]:
                best = candidate
    assert best is not None
    return best[2]


def case_box(asin: Asin, typical: Typical | None = None) -> CaseBox:
    """The case of `asin`: its own, else built from the unit plus wrapping, else its category's typical case, else
    12 x 12 x 12 inches and 10 lb. An estimated size gets 0.25 inch more on each side.
    """
    fallback = typical or Typical(DEFAULT_SIZE, DEFAULT_WEIGHT)
    size_known, weight_known = True, True
    if asin.case_size:
        size = asin.case_size
    elif asin.unit_size:
        a, b, c = most_cubic(asin.unit_size, asin.case_pack)
        size = (a + WRAP_INCHES, b + WRAP_INCHES, c + WRAP_INCHES)
    else:
        a, b, c = fallback.size
        size, size_known = (a + ESTIMATE_MARGIN, b + ESTIMATE_MARGIN, c + ESTIMATE_MARGIN), False
    if asin.case_weight:
        weight = asin.case_weight
    elif asin.unit_weight:
        weight = asin.unit_weight * asin.case_pack + WRAP_POUNDS
    else:
        weight, weight_known = fallback.weight, False
    return CaseBox(size, weight, estimated=not (size_known and weight_known))
