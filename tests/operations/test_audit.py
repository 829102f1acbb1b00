"""The audit finds any total that its rows do not add up to, and says which."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from allocation.models import Cart, CartLine
from clients.models import Client
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet, PalletLine
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client, make_store, ungate

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
        f"{cart.code}: goods is 6000.01, its rows say 6000.00",
        f"{cart.code} line {line.pk}: cost is 6000.00, its rows say 6006.00",
    ]


def test_pallets_that_do_not_carry_the_cart(cart: Cart) -> None:
    PalletLine.objects.update(units=594, shipping=Decimal("1.00"))
    Pallet.objects.update(cartons=99)
    line, pallet = CartLine.objects.get(), Pallet.objects.get()
    assert found() == [
        f"{cart.code} line {line.pk}: units is 600, its rows say 594",
        f"{cart.code} line {line.pk}: shipping is 394.92, its rows say 1.00",
        f"{pallet.code}: cartons is 99, its rows say 100",
    ]


def test_the_command_exits_with_an_error(cart: Cart, capsys: pytest.CaptureFixture[str]) -> None:
    Asin.objects.update(on_hand=601)
    with pytest.raises(CommandError, match="1 differences in 1 ASINs"):
        call_command("audit")
    assert capsys.readouterr().out == "B000000001: on_hand is 601, its rows say 600\n"
