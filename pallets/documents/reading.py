"""Pallets and shipments out of the database as sheets, with as many queries for many pallets as for one."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from inventory.models import Asin
from inventory.packaging import case_box
from inventory.pallet_spec import GMA
from pallets.documents.sheets import LineSheet, PalletSheet, ShipmentSheet
from pallets.models import Pallet, PalletLine, Shipment
from pallets.states import PalletState

# Long texts of a pallet and of a cart that no document needs.
UNREAD = tuple(f"cart_line__cart__{name}" for name in ("insight", "left_out", "policy_weights"))


def read_pallet(pallet: Pallet) -> PalletSheet:
    """The sheet of one pallet, read with its store and its shipment."""
    standing = list(_standing(pallet.shipment).values_list("pk", flat=True)) if pallet.shipment else []
    place = standing.index(pallet.pk) + 1 if pallet.pk in standing else 0
    lines = _lines([pallet])[pallet.pk]
    return _pallet_sheet(pallet, lines, pallet.shipment, place, len(standing) if place else 0)


def read_shipment(shipment: Shipment) -> ShipmentSheet:
    """The sheet of a shipment, read with its store: its pallets in the order they were planned, none that is cancelled.

    Two queries, however many pallets.
    """
    pallets = list(_standing(shipment).select_related("store").defer("placements"))
    lines = _lines(pallets)
    return ShipmentSheet(
        code=shipment.code,
        state=shipment.state.capitalize(),
        store=shipment.store.name,
        store_id=shipment.store.panel_id,
        marketplace=shipment.store.marketplace,
        amazon_id=shipment.amazon_id,
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        shipped_on=shipment.shipped_on,
        pallets=tuple(
            _pallet_sheet(pallet, lines[pallet.pk], shipment, place, len(pallets))
            for place, pallet in enumerate(pallets, start=1)
        ),
    )


def _standing(shipment: Shipment) -> Any:
    """The pallets of a shipment in the order that numbers them."""
    return shipment.pallets.exclude(state=PalletState.CANCELLED).order_by("pk")


def _lines(pallets: Iterable[Pallet]) -> dict[int, list[PalletLine]]:
    """Lines by pallet: client by client, each client's by ASIN and cart."""
    lines = (
        PalletLine.objects.filter(pallet__in=[pallet.pk for pallet in pallets])
        .select_related("asin", "client", "cart_line__cart")
        .defer(*UNREAD)
        .order_by("client__name", "client__panel_id", "asin__code", "pk")
    )
    found: dict[int, list[PalletLine]] = defaultdict(list)
    for line in lines:
        found[line.pallet_id].append(line)
    return found


def _pallet_sheet(
    pallet: Pallet, lines: Iterable[PalletLine], shipment: Shipment | None, place: int, places: int
) -> PalletSheet:
    steps = defaultdict[str, list[int]](list)
    for number, step in enumerate(pallet.steps, start=1):
        steps[step["sku"]].append(number)
    return PalletSheet(
        code=pallet.code,
        state=pallet.state.capitalize(),
        store=pallet.store.name,
        store_id=pallet.store.panel_id,
        marketplace=pallet.store.marketplace,
        cartons=pallet.cartons,
        weight=pallet.weight,
        height=pallet.height,
        fill=pallet.fill,
        planned_on=timezone.localdate(pallet.created_at),
        lines=tuple(_line_sheet(line, tuple(steps[line.asin.code])) for line in lines),
        length=GMA.length,
        width=GMA.width,
        has_estimates=pallet.has_estimates,
        is_pooled=pallet.is_pooled,
        shipment=shipment.code if shipment else "",
        amazon_id=shipment.amazon_id if shipment else "",
        place=place,
        places=places,
    )


def _line_sheet(line: PalletLine, steps: tuple[int, ...]) -> LineSheet:
    asin = line.asin
    return LineSheet(
        asin=asin.code,
        title=asin.title,
        client=line.client.name,
        client_id=line.client.panel_id,
        cart=line.cart_line.cart.code,
        cases=line.cases,
        case_pack=line.cart_line.case_pack,
        units=line.units,
        shipping=line.shipping,
        **_measured(asin),
        fragile=asin.fragile,
        upright=asin.upright_only,
        group=asin.group,
        steps=steps,
    )


def _measured(asin: Asin) -> dict[str, Any]:
    """Size and weight of a carton as far as they are known: what is only estimated must be measured."""
    box = case_box(asin)
    return {
        "size": box.size if asin.case_size or asin.unit_size else None,
        "weight": box.weight if asin.case_weight or asin.unit_weight else None,
    }
