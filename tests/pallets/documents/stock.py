"""Pallets in the database to print: a real cart's pallet, and as many more of its kind as asked for."""

from decimal import Decimal

from clients.models import Store
from pallets.models import Pallet, PalletLine, Shipment
from pallets.services.carts import generate_pallets
from tests.factories import make_asin


def planned_pallet(store: Store) -> Pallet:
    """The pallet of a cart of 12 cases of each of 2 ASINs: one measured, one estimated."""
    make_asin("B000000001", on_hand=72, title="Wooden blocks", fragile=True)
    make_asin("B000000002", on_hand=72, case_length=None, case_weight=None, upright_only=True, group="food")
    generate_pallets(store_id=store.panel_id, build_anyway=True)
    return Pallet.objects.get()


def shipment_of(pallet: Pallet, pallets: int) -> Shipment:
    """A shipment of `pallet` and of copies of it, `pallets` in all."""
    shipment = Shipment.objects.create(store=pallet.store, amazon_id="FBA15DXK3R9Q", carrier="Estes")
    lines = list(pallet.lines.all())
    for _ in range(pallets - 1):
        twin = Pallet.objects.create(
            store=pallet.store,
            cartons=pallet.cartons,
            volume=pallet.volume,
            weight=Decimal("500.00"),
            height=Decimal("30.00"),
            fill=pallet.fill,
            cube=pallet.cube,
            shipment=shipment,
        )
        PalletLine.objects.bulk_create(
            PalletLine(
                pallet=twin,
                cart_line_id=line.cart_line_id,
                client_id=line.client_id,
                asin_id=line.asin_id,
                cases=line.cases,
                units=line.units,
                shipping_per_unit=line.shipping_per_unit,
                shipping=line.shipping,
            )
            for line in lines
        )
    Pallet.objects.filter(pk=pallet.pk).update(shipment=shipment)
    return shipment
