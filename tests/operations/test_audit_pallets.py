"""The audit finds what pallets, carts and shipments do not agree about."""

from decimal import Decimal

import pytest

from allocation.models import Cart, CartLine
from clients.models import LedgerEntry
from operations.audit import audit
from pallets.models import Pallet, PalletLine, Shipment
from pallets.services.pooling import pool_goods
from pallets.services.shipments import make_shipment
from pallets.services.shipping import pack_pallet
from tests.factories import TODAY, make_store
from tests.pallets.pooled import mutual_store, waiting_cart

pytestmark = pytest.mark.django_db


@pytest.fixture
def pooled() -> Pallet:
    """An open pooled pallet with the 60 units of one cart."""
    mutual_store()
    (pallet,) = pool_goods(cart_code=waiting_cart().code)
    return pallet


def found() -> list[str]:
    return [str(difference) for difference in audit()]


def test_more_on_a_pooled_pallet_than_the_cart_has(pooled: Pallet) -> None:
    cart, line = Cart.objects.get(), CartLine.objects.get()
    fill = pooled.fill
    price = Decimal("1.50") - fill
    PalletLine.objects.update(cases=11, units=66, shipping=(66 * price).quantize(Decimal("0.01")))
    Pallet.objects.update(cartons=11)
    assert found() == [f"{cart} line {line.pk}: units is 60, its rows say 66"]


def test_waiting_goods_that_do_not_cost_max_shipping(pooled: Pallet) -> None:
    cart, line = Cart.objects.get(), CartLine.objects.get()
    CartLine.objects.update(shipping=Decimal("89.99"))
    assert found() == [
        f"{cart}: shipping is 90.00, its rows say 89.99",
        f"{cart} line {line.pk}: shipping is 89.99, its rows say 90.00",
    ]


def test_a_packed_pallet_whose_price_never_reached_its_cart(pooled: Pallet) -> None:
    cart, line, price = Cart.objects.get(), CartLine.objects.get(), PalletLine.objects.get().shipping
    Pallet.objects.update(state="packed")
    assert found() == [
        f"{cart} line {line.pk}: shipping is 90.00, its rows say {price}",
        f"{cart}: state is confirmed, its rows say palletised",
    ]


def test_a_hold_that_is_not_what_the_goods_cost(pooled: Pallet) -> None:
    pack_pallet(code=pooled.code)
    cart = Cart.objects.get()
    LedgerEntry.objects.create(
        client=cart.client, kind="release", held_change=Decimal("-0.01"), key="x", reference=cart.code
    )
    Cart.objects.update(hold_open=cart.hold_open - Decimal("0.01"))
    type(cart.client).objects.filter(pk=cart.client_id).update(held=cart.hold_open - Decimal("0.01"))
    less = cart.hold_open - Decimal("0.01")
    assert found() == [f"{cart}: held for its goods is {less}, its rows say {cart.hold_open}"]


def test_units_given_back_that_are_still_paid_for(pooled: Pallet) -> None:
    cart, line = Cart.objects.get(), CartLine.objects.get()
    CartLine.objects.update(returned=6)
    assert found() == [
        "B000000001: reserved for carts is 60, its rows say 54",
        f"{cart} line {line.pk}: cost is 600.00, its rows say 540.00",
        f"{cart} line {line.pk}: shipping is 90.00, its rows say 81.00",
        f"{cart} line {line.pk}: units is 54, its rows say 60",
    ]


def test_pallets_that_are_not_where_their_shipment_is(pooled: Pallet) -> None:
    shipment = make_shipment(pallets=[pooled.code])
    other = make_store("9", client=pooled.store.client)
    Shipment.objects.update(state="shipped", shipped_on=TODAY, store=other)
    assert found() == [
        f"{pooled}: store is M, its rows say 9",
        f"{pooled}: state on shipped {shipment} is planned, its rows say shipped",
    ]
