"""Reads of pallets and shipments as words."""

from typing import TYPE_CHECKING, Any, Self

from common.querysets import StampedQuerySet
from pallets.states import PalletState, ShipmentState

if TYPE_CHECKING:
    from pallets.models import Pallet, Shipment  # noqa: F401  named in strings below


class PalletQuerySet(StampedQuerySet["Pallet"]):
    def open(self) -> Self:
        """Pallets that can still be changed or cancelled."""
        return self.filter(state__in=[PalletState.PLANNED, PalletState.PACKED])

    def carrying(self, cart: Any) -> Self:
        """Those with goods of `cart` (or of its key), by id."""
        return self.filter(lines__cart_line__cart=cart).distinct().order_by("pk")

    def taking(self) -> Self:
        """Pooled pallets that still take goods."""
        return self.filter(is_pooled=True, state=PalletState.PLANNED)


class ShipmentQuerySet(StampedQuerySet["Shipment"]):
    def open(self) -> Self:
        """Shipments that have not left: pallets can still be put on them or taken off."""
        return self.filter(state=ShipmentState.OPEN)
