"""What the cart page shows of pooling, and the page of a shipment: plain context for their templates, few queries."""

from typing import Any

from django.db.models import QuerySet

from allocation.models import Cart
from allocation.states import CartState
from pallets.models import Pallet, Shipment
from pallets.services.shipments import LEAST_POUNDS, MOST_CARTONS, MOST_PALLETS
from pallets.standing import standing
from pallets.states import PalletState, ShipmentState

OFFERED = 50


def pool_context(cart: Cart) -> dict[str, bool]:
    """Whether some of its goods wait to be pooled, and whether some can be taken off a pooled pallet."""
    if cart.state != CartState.CONFIRMED or not cart.is_pooled:
        return {"can_pool": False, "can_unpool": False}
    lines = standing(cart)
    return {"can_pool": any(one.waiting for one in lines), "can_unpool": any(one.pooled for one in lines)}


def shipment_context(shipment: Shipment) -> dict[str, Any]:
    """Everything on a shipment's page: its pallets, sums against limits, and pallets that could go on it."""
    pallets = list(light(shipment.pallets.order_by("pk")))
    is_open = shipment.state == ShipmentState.OPEN
    return {
        "shipment": shipment,
        "pallets": pallets,
        "cartons": sum(pallet.cartons for pallet in pallets),
        "weight": sum(pallet.weight for pallet in pallets),
        "least_pounds": LEAST_POUNDS,
        "most_pallets": MOST_PALLETS,
        "most_cartons": MOST_CARTONS,
        "unpacked": [one.code for one in pallets if one.is_pooled and one.state == PalletState.PLANNED],
        "is_open": is_open,
        "offered": list(_offered(shipment)) if is_open else [],
    }


def _offered(shipment: Shipment) -> QuerySet[Pallet]:
    free = Pallet.objects.open().filter(store_id=shipment.store_id, shipment__isnull=True)
    return light(free.order_by("-pk"))[:OFFERED]


def light(pallets: QuerySet[Pallet]) -> QuerySet[Pallet]:
    """Without the places of the cartons."""
    return pallets.defer("placements", "steps")
