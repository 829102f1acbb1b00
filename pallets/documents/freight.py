"""What an LTL carrier asks about a shipment: density, freight class, linear feet."""

from decimal import ROUND_HALF_UP, Decimal

CUBIC_INCHES_PER_FOOT = 1728
# Pounds per cubic foot from which on each class applies.
CLASSES = (
    (Decimal(50), "50"),
    (Decimal(35), "55"),
    (Decimal(30), "60"),
    (Decimal("22.5"), "65"),
    (Decimal(15), "70"),
    (Decimal(12), "85"),
    (Decimal(10), "92.5"),
    (Decimal(8), "100"),
    (Decimal(6), "125"),
    (Decimal(4), "175"),
    (Decimal(2), "250"),
    (Decimal(1), "300"),
    (Decimal(0), "400"),
)


def cubic_feet(length: int, width: int, height: Decimal) -> Decimal:
    """The room that a loaded pallet takes, pallet and air included, in cubic feet; its sides in inches."""
    return length * width * height / CUBIC_INCHES_PER_FOOT


def density(weight: Decimal, volume: Decimal) -> Decimal:
    """Pounds gross per cubic foot, rounded half up to 0.01: the figure that the class goes by."""
    return (weight / volume).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def freight_class(pounds_per_cubic_foot: Decimal) -> str:
    """The class of freight that is rated by density alone.

    Source: the NMFTA's 13-tier density scale, NMFC Docket 2025-1, in force since July 19, 2025. Goods with an NMFC
    item of their own (special handling, stowability, liability) may be rated otherwise.
    """
    return next(name for least, name in CLASSES if pounds_per_cubic_foot >= least)


def linear_feet(pallets: int, length: int) -> int:
    """Feet of a trailer's length, begun feet counted, nothing stacked: two pallets abreast, each with its `length` in
    inches along the trailer. 26 pallets of 48 in take 52 of a trailer's 53 ft.
    """
    return -(-(-(-pallets // 2) * length) // 12)
