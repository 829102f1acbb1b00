"""How a cart stands: what of each line is kept, stands on pallets at a fixed price, has left, or waits for a pallet."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from allocation.models import Cart, CartLine
from allocation.states import CartState
from common.money import ZERO, cents
from inventory.models import Asin
from pallets.models import PalletLine
from pallets.states import PalletState


@dataclass
class LineStanding:
    """Units of one cart line, and what the shipping of some of them costs in USD.

    `priced` stand on pallets whose price is fixed: the cart's own, and pooled ones that are packed or have left;
    `shipped` of these have left. `pooled` stand on pooled pallets that are still open.
    """

    line: CartLine
    priced: int = 0
    priced_shipping: Decimal = ZERO
    shipped: int = 0
    shipped_shipping: Decimal = ZERO
    pooled: int = 0

    @property
    def asin(self) -> Asin:
        return self.line.asin

    @property
    def kept(self) -> int:
        return self.line.kept

    @property
    def here(self) -> int:
        """Units that are reserved: kept and not gone."""
        return self.kept - self.shipped

    @property
    def waiting(self) -> int:
        """Units that stand on no pallet."""
        return self.kept - self.priced - self.pooled

    @property
    def cost(self) -> Decimal:
        """USD of the units kept."""
        return cents(self.line.unit_cost * self.kept)

    @property
    def shipping(self) -> Decimal:
        """USD: what the pallets with a fixed price say, and max shipping for the other units."""
        return self.priced_shipping + cents(self.line.max_shipping * (self.kept - self.priced))

    @property
    def price_here(self) -> Decimal:
        """USD of the units that have not left, with their shipping, as the line says."""
        return self.line.total - cents(self.line.unit_cost * self.shipped) - self.shipped_shipping


def standing(cart: Cart) -> list[LineStanding]:
    """Every line of `cart`, by id."""
    found = {line.pk: LineStanding(line) for line in cart.lines.select_related("asin").order_by("pk")}
    on_pallets = PalletLine.objects.filter(cart_line__cart=cart).exclude(pallet__state=PalletState.CANCELLED)
    rows = on_pallets.values_list("cart_line_id", "units", "shipping", "pallet__state", "pallet__is_pooled")
    for line_id, units, shipping, state, is_pooled in rows.order_by("pk"):
        one = found[line_id]
        if is_pooled and state == PalletState.PLANNED:
            one.pooled += units
            continue
        one.priced += units
        one.priced_shipping += shipping
        if state == PalletState.SHIPPED:
            one.shipped += units
            one.shipped_shipping += shipping
    return list(found.values())


def state_of(lines: Iterable[LineStanding]) -> CartState:
    """The state of an open cart with these lines: confirmed while some units have no price by fill, palletised while
    some are here, else shipped.
    """
    lines = list(lines)
    if any(line.kept > line.priced for line in lines):
        return CartState.CONFIRMED
    return CartState.PALLETISED if any(line.here for line in lines) else CartState.SHIPPED
