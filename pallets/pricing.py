"""Shipping by fill: a unit on a pallet with fill f costs max − (max − min) x f."""

from decimal import Decimal

from allocation.models import CartLine
from common.money import cents, unit_price
from inventory.models import Asin


def shipping_per_unit(rates: Asin | CartLine, fill: Decimal) -> Decimal:
    """USD per unit, to 1/10,000; between the minimum (full pallet) and the maximum (empty one) of an ASIN, or of a cart
    line, which keeps the rates it was confirmed with.
    """
    return unit_price(rates.max_shipping - (rates.max_shipping - rates.min_shipping) * fill)


def shipping(rates: Asin | CartLine, units: int, fill: Decimal) -> Decimal:
    """USD for `units` on one pallet, rounded half up to the cent once."""
    return cents(shipping_per_unit(rates, fill) * units)
