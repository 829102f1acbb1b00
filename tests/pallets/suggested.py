"""What the tests of suggestions start from, and all that an answer may change, to compare before and after."""

from decimal import Decimal
from typing import Any

from allocation.models import Cart, CartLine, TransferSuggestion
from clients.models import Client
from inventory.models import Asin
from notifications.models import Alert, AlertState
from pallets.models import Pallet, PalletLine
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import mutual_store


def short_cart(*, balance: str = "690.00", house: str = "5000.00", on_hand: int = 6000) -> Cart:
    """A confirmed cart of a client whose balance buys ten cases of 6 at $10.00 and $1.50 a unit, less than a pallet;
    the house has money and a mutual store that may receive the same goods.
    """
    make_client("H", balance=house, name="House")
    mutual_store()
    store = make_store("1", client=make_client("1", balance=balance))
    make_asin(on_hand=on_hand)
    ungate(store)
    return generate_pallets(store_id="1")


def transfer(cart: Cart) -> TransferSuggestion:
    return TransferSuggestion.objects.get(cart=cart, kind="transfer")


def for_house(cart: Cart) -> TransferSuggestion:
    return TransferSuggestion.objects.get(cart=cart, kind="house")


def answer(suggestion: TransferSuggestion) -> tuple[Any, ...]:
    """State, who, note and whether the cart was kept."""
    suggestion.refresh_from_db()
    return suggestion.state, str(suggestion.decided_by or ""), suggestion.note, suggestion.keeps_cart


def open_alerts(kind: str = "insufficient_balance") -> list[str]:
    return list(Alert.objects.filter(kind=kind, state=AlertState.OPEN).order_by("pk").values_list("title", flat=True))


def promised() -> dict[str, list[Any]]:
    """Stock, money and what carts hold: all that must be as before once an answer is undone."""
    goods = PalletLine.objects.exclude(pallet__state="cancelled").order_by("pallet_id", "cart_line_id")
    return {
        "stock": list(Asin.objects.order_by("pk").values_list("code", "on_hand", "reserved")),
        "money": list(Client.objects.order_by("pk").values_list("panel_id", "balance", "held", "total_allocated")),
        "carts": list(Cart.objects.order_by("pk").values_list("code", "state", "goods", "shipping", "hold_open")),
        "lines": list(CartLine.objects.order_by("pk").values_list("pk", "units", "returned", "cost", "shipping")),
        "pallets": list(
            Pallet.objects.exclude(state="cancelled").order_by("pk").values_list("code", "cartons", "fill")
        ),
        "goods": list(goods.values_list("pallet__code", "cart_line_id", "cases", "shipping")),
        "open": list(TransferSuggestion.objects.open().order_by("pk").values_list("pk", flat=True)),
    }


def held(panel_id: str) -> Decimal:
    return Client.objects.get(panel_id=panel_id).held
