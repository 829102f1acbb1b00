"""Rounding of money: half up to the cent, once per line."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
UNIT_PRICE = Decimal("0.0001")
ZERO = Decimal("0.00")


def cents(value: Decimal) -> Decimal:
    """`value` in USD rounded half up to the cent."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def unit_price(value: Decimal) -> Decimal:
    """`value` in USD per unit rounded half up to 1/10,000."""
    return value.quantize(UNIT_PRICE, rounding=ROUND_HALF_UP)


def percent_up(share: Decimal) -> str:
    """A share in per cent with 2 decimals, rounded up: a certified gap is never said to be less than it is."""
    return str((share * 100).quantize(CENT, rounding=ROUND_CEILING))


def usd(value: Decimal) -> str:
    """`value` as people read it: $1,234.50, or -$3.00."""
    return f"{'-' if value < 0 else ''}${abs(cents(value)):,}"
