"""The states of pallets and shipments and the moves between them that are allowed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PalletState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    PACKED = "packed", _("Packed")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")


PALLET_MOVES: dict[str, frozenset[str]] = {
    PalletState.PLANNED: frozenset({PalletState.PACKED, PalletState.SHIPPED, PalletState.CANCELLED}),
    PalletState.PACKED: frozenset({PalletState.PLANNED, PalletState.SHIPPED, PalletState.CANCELLED}),
    PalletState.SHIPPED: frozenset(),
    PalletState.CANCELLED: frozenset(),
}


class ShipmentState(models.TextChoices):
    OPEN = "open", _("Open")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")


SHIPMENT_MOVES: dict[str, frozenset[str]] = {
    ShipmentState.OPEN: frozenset({ShipmentState.SHIPPED, ShipmentState.CANCELLED}),
    ShipmentState.SHIPPED: frozenset(),
    ShipmentState.CANCELLED: frozenset(),
}
