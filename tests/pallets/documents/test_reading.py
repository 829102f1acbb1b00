"""Sheets out of the database: what is printed is what is stored, with few queries however many pallets there are."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from clients.models import Store
from pallets.documents.reading import read_pallet, read_shipment
from pallets.documents.sheets import LineSheet, PalletSheet
from pallets.models import Pallet, Shipment
from tests.pallets.documents.stock import planned_pallet, shipment_of

pytestmark = pytest.mark.django_db


def test_a_pallet_as_it_is_stored(store: Store) -> None:
    pallet = planned_pallet(store)
    steps = [{"sku": f"B00000000{number}"} for number in (1, 2, 1)]
    planned = datetime(2026, 11, 21, 18, tzinfo=UTC)
    Pallet.objects.update(steps=steps, created_at=planned, has_estimates=True, is_pooled=True)
    pallet.refresh_from_db()
    first, second = pallet.lines.order_by("asin__code")
    assert read_pallet(pallet) == PalletSheet(
        code=pallet.code,
        state="Planned",
        store="Store 1",
        store_id="1",
        marketplace="US",
        cartons=24,
        weight=pallet.weight,
        height=pallet.height,
        fill=pallet.fill,
        planned_on=planned.date(),
        has_estimates=True,
        is_pooled=True,
        lines=(
            LineSheet(
                asin="B000000001",
                title="Wooden blocks",
                client="Acme Buyers",
                client_id="1",
                cart=first.cart_line.cart.code,
                cases=12,
                case_pack=6,
                units=72,
                shipping=first.shipping,
                size=(Decimal("12.00"), Decimal("10.00"), Decimal("8.00")),
                weight=Decimal("10.0000"),
                fragile=True,
                steps=(1, 3),
            ),
            LineSheet(
                asin="B000000002",
                title="Product B000000002",
                client="Acme Buyers",
                client_id="1",
                cart=first.cart_line.cart.code,
                cases=12,
                case_pack=6,
                units=72,
                shipping=second.shipping,
                size=None,
                weight=None,
                upright=True,
                group="food",
                steps=(2,),
            ),
        ),
    )


def test_a_carton_built_from_its_units_is_known(store: Store) -> None:
    pallet = planned_pallet(store)
    asin = pallet.lines.get(asin__code="B000000002").asin
    asin.unit_length, asin.unit_width, asin.unit_height = Decimal(4), Decimal(3), Decimal(2)
    asin.unit_weight = Decimal("1.5")
    asin.save()
    line = read_pallet(pallet).lines[1]
    assert (line.size, line.weight) == ((Decimal("4.5"), Decimal("6.5"), Decimal("6.5")), Decimal("9.6000"))


def test_a_shipment_numbers_its_pallets_and_leaves_out_cancelled_ones(store: Store) -> None:
    shipment = shipment_of(planned_pallet(store), 3)
    first, second, third = Pallet.objects.order_by("pk")
    Pallet.objects.filter(pk=second.pk).update(state="cancelled")
    sheet = read_shipment(shipment)
    assert [(one.code, one.position) for one in sheet.pallets] == [(first.code, "1 of 2"), (third.code, "2 of 2")]
    assert (sheet.cartons, sheet.units, sheet.weight) == (48, 288, first.weight + 500)
    assert sheet.shipping == 2 * sum(line.shipping for line in first.lines.all())
    assert (sheet.code, sheet.amazon_id, sheet.carrier, sheet.state) == (shipment.code, "FBA15DXK3R9Q", "Estes", "Open")
    alone = [read_pallet(Pallet.objects.get(pk=pallet.pk)) for pallet in (first, second, third)]
    assert [alone[0], alone[2]] == list(sheet.pallets)
    assert (alone[1].position, alone[1].shipment, alone[1].state) == ("", shipment.code, "Cancelled")


@pytest.mark.parametrize("pallets", [2, 26])
def test_many_pallets_take_no_more_queries(store: Store, pallets: int, django_assert_num_queries: object) -> None:
    shipment = Shipment.objects.select_related("store").get(pk=shipment_of(planned_pallet(store), pallets).pk)
    pallet = Pallet.objects.select_related("store", "shipment").first()
    with django_assert_num_queries(2):  # type: ignore[operator]  # pallets with their store, lines
        assert len(read_shipment(shipment).pallets) == pallets
    with django_assert_num_queries(2):  # type: ignore[operator]  # pallets of the shipment, lines
        assert read_pallet(pallet).position == f"{pallets} of {pallets}"


def test_an_empty_shipment(store: Store) -> None:
    sheet = read_shipment(Shipment.objects.create(store=store))
    assert (sheet.pallets, sheet.density, sheet.freight_class, sheet.linear_feet) == ((), None, "", 0)
