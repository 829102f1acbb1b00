"""Shipping by fill: a unit on a pallet with fill f costs max − (max − min) x f."""

from decimal import Decimal

from common.money import cents, unit_price
from inventory.models import Asin


def shipping_per_unit(asin: Asin, fill: Decimal) -> Decimal:
    """USD per unit, to 1/10,000; between the ASIN's minimum (full pallet) and maximum (empty one)."""
    return unit_price(asin.max_shipping - (asin.max_shipping - asin.min_shipping) * fill)


def shipping(asin: Asin, units: int, fill: Decimal) -> Decimal:
    """USD for `units` on one pallet, rounded half up to the cent once."""
    return cents(shipping_per_unit(asin, fill) * units)
