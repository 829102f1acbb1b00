"""The audit finds any total that its rows do not add up to, and says which."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from allocation.models import Cart, CartLine
from allocation.services.settlement import settle_hold
from clients.models import Client, PanelTransaction
from inventory.models import Asin, StockMovement
from operations.audit import audit
from pallets.models import Pallet, PalletLine
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.shipping import ship_pallet
from tests.factories import TODAY, make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart() -> Cart:
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    make_asin(on_hand=600)
    return generate_pallets(store_id="1", build_anyway=True)


def found() -> list[str]:
    return [str(difference) for difference in audit()]


def test_a_clean_database_is_clean(cart: Cart, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit")
    assert capsys.readouterr().out == (
        "Clean: 1 ASINs, 2 stock movements, 1 clients, 2 ledger entries, 1 carts, 1 pallets.\n"
    )


def test_stock_that_no_movement_explains(cart: Cart) -> None:
    Asin.objects.update(on_hand=601)
    assert found() == ["B000000001: on_hand is 601, its rows say 600"]


def test_reserved_units_that_no_cart_wants(cart: Cart) -> None:
    Asin.objects.update(reserved=594)
    assert found() == [
        "B000000001: reserved is 594, its rows say 600",
        "B000000001: reserved for carts is 594, its rows say 600",
    ]


def test_money_that_no_entry_explains(cart: Cart) -> None:
    Client.objects.update(balance=Decimal("10000.01"), held=Decimal("1.00"))
    assert found() == [
        "Client 1 (1): balance is 10000.01, its rows say 10000.00",
        "Client 1 (1): held is 1.00, its rows say 6394.92",
        "Client 1 (1): held for carts is 1.00, its rows say 6394.92",
    ]


def test_cart_totals_and_lines(cart: Cart) -> None:
    Cart.objects.update(goods=Decimal("6000.01"))
    CartLine.objects.update(unit_cost=Decimal("10.01"))
    line = CartLine.objects.get()
    assert found() == [
        "Client 1 (1): total allocated is 6394.92, its rows say 6394.93",
        f"{cart.code}: goods is 6000.01, its rows say 6000.00",
        f"{cart.code} line {line.pk}: cost is 6000.00, its rows say 6006.00",
        f"{cart.code}: held for its goods is 6394.92, its rows say 6394.93",
    ]


def test_pallets_that_do_not_carry_the_cart(cart: Cart) -> None:
    PalletLine.objects.update(units=594, shipping=Decimal("1.00"))
    Pallet.objects.update(cartons=99)
    line, pallet, part = CartLine.objects.get(), Pallet.objects.get(), PalletLine.objects.get()
    assert found() == [
        f"{cart.code} line {line.pk}: units is 600, its rows say 594",
        f"{cart.code} line {line.pk}: shipping is 394.92, its rows say 1.00",
        f"{pallet.code}: cartons is 99, its rows say 100",
        f"{pallet.code} line {part.pk}: units is 594, its rows say 600",
        f"{pallet.code} line {part.pk}: shipping is 1.00, its rows say 390.97",
    ]


def test_pallets_priced_at_another_fill(cart: Cart) -> None:
    Pallet.objects.update(fill=Decimal("0.5"))
    pallet, part = Pallet.objects.get(), PalletLine.objects.get()
    assert found() == [
        f"{pallet.code} line {part.pk}: shipping per unit is 0.6582, its rows say 1.0000",
        f"{pallet.code} line {part.pk}: shipping is 394.92, its rows say 600.00",
    ]


def test_what_was_held_and_allocated(cart: Cart) -> None:
    Cart.objects.update(hold=Decimal("6400.00"))
    Client.objects.update(total_allocated=Decimal("0.00"))
    assert found() == [
        f"{cart.code}: held at confirmation is 6400.00, its rows say 6394.92",
        "Client 1 (1): total allocated is 0.00, its rows say 6394.92",
    ]


def test_charges_that_settled_something_else(cart: Cart) -> None:
    client, now = Client.objects.get(), timezone.now()
    settle_hold(code=cart.code, client_id=client.pk, charge=Decimal("10.00"), key="t1")
    settle_hold(code=cart.code, client_id=client.pk, charge=Decimal("5.00"), key="t2")
    PanelTransaction.objects.create(
        panel_id="t1", client=client, kind="charge", amount=-10, occurred_at=now, settled=Decimal("9.00")
    )
    assert found() == [
        "transaction t1: settled is 9.00, its rows say 10.00",
        "settle:t2: settled without a transaction is 5.00, its rows say 0.00",
    ]


def test_a_pallet_marked_as_gone_that_nothing_took_out(cart: Cart) -> None:
    Pallet.objects.update(state="shipped", shipped_on=TODAY)
    pallet = Pallet.objects.get()
    assert found() == [
        "B000000001: reserved for carts is 600, its rows say 0",
        f"{cart.code}: state is palletised, its rows say shipped",
        f"{pallet.code} B000000001: units that left is 600, its rows say 0",
    ]


def test_a_pallet_left_open_by_a_cancelled_cart(cart: Cart) -> None:
    cancel_cart(code=cart.code)
    Pallet.objects.update(state="planned")
    assert found() == [f"{cart.code}: state is cancelled, its rows say palletised"]


def test_units_on_offer_that_a_shortage_claims() -> None:
    asin = make_asin(on_hand=10)
    StockMovement.objects.create(asin=asin, kind="portal", shortage_change=4)
    Asin.objects.update(shortage=4)
    assert found() == ["B000000001: available beside a shortage of 4 is 10, its rows say 0"]


def test_a_partly_shipped_partly_settled_and_cancelled_cart_is_clean(cart: Cart) -> None:
    cancel_cart(code=cart.code)
    make_asin("B000000002", on_hand=1200, unit_cost=Decimal("5.00"))
    Asin.objects.filter(code="B000000001").update(is_active=False)
    second = generate_pallets(store_id="1", build_anyway=True)
    ship_pallet(code=Pallet.objects.filter(state="planned").order_by("pk")[0].code, shipped_on=timezone.localdate())
    settlement = settle_hold(code=second.code, client_id=second.client_id, charge=Decimal("1000.00"), key="t1")
    PanelTransaction.objects.create(
        panel_id="t1",
        client=second.client,
        kind="charge",
        amount=-1000,
        occurred_at=timezone.now(),
        settled=settlement.settled if settlement else 0,
    )
    cancel_cart(code=second.code)
    assert found() == []


def test_the_command_exits_with_an_error(cart: Cart, capsys: pytest.CaptureFixture[str]) -> None:
    Asin.objects.update(on_hand=601)
    with pytest.raises(CommandError, match="1 differences in 1 ASINs"):
        call_command("audit")
    assert capsys.readouterr().out == "B000000001: on_hand is 601, its rows say 600\n"
