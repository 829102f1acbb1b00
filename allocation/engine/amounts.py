"""Floats of the search as money: USD to the cent."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def usd(amount: float) -> Decimal:
    """The amount to the nearest cent, halves up, for numbers that are near or exact."""
    return Decimal(f"{amount:.6f}").quantize(_CENT, ROUND_HALF_UP) + 0  # never minus nothing


def up_to(amount: float) -> Decimal:
    """The next cent that is not below a bound; 0 for less. A millionth of a cent covers the last digits of sums."""
    return Decimal(max(0, math.ceil(amount * 100 - 1e-6))).scaleb(-2)
