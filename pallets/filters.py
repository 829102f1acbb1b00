"""Filters of the lists of pallets and shipments."""

from common.api.filters import ListFilter, choice, flag, text
from pallets.models import Pallet, Shipment
from pallets.states import PalletState, ShipmentState


class PalletFilter(ListFilter):
    storeID = text("store__panel_id")
    state = choice(PalletState.values, "state")
    hasEstimates = flag("has_estimates")
    pooled = flag("is_pooled")
    shipment = text("shipment__code")
    carrier = text("carrier", lookup_expr="iexact")
    tracking = text("tracking", lookup_expr="iexact")

    class Meta:
        model = Pallet
        fields: tuple[str, ...] = ()


class ShipmentFilter(ListFilter):
    storeID = text("store__panel_id")
    state = choice(ShipmentState.values, "state")
    amazonID = text("amazon_id")
    carrier = text("carrier", lookup_expr="iexact")
    tracking = text("tracking", lookup_expr="iexact")

    class Meta:
        model = Shipment
        fields: tuple[str, ...] = ()
