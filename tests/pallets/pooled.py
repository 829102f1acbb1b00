"""What the tests of pooling start from: small carts of two clients, and a mutual store of the house."""

from decimal import Decimal
from typing import Any

from allocation.models import Cart
from clients.models import Client, Store
from pallets.models import Pallet, PalletLine
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client, make_store, ungate


def mutual_store(panel_id: str = "M", **fields: Any) -> Store:
    """A mutual store of the house, ungated for toys."""
    house = Client.objects.filter(panel_id="H").first() or make_client("H", balance="0", name="House")
    store = make_store(panel_id, client=house, name=f"Mutual {panel_id}", is_mutual=True, **fields)
    ungate(store)
    return store


def waiting_cart(number: str = "1", *, units: int = 60, balance: str = "10000.00", **asin: Any) -> Cart:
    """A confirmed cart of a client's own ASIN whose goods fill too little of a pallet: $10.00 and $1.50 a unit.

    Client, store and ASIN are numbered alike; a case is 6 units.
    """
    store = make_store(number, client=make_client(number, balance=balance))
    make_asin(code_of(number), on_hand=units, brand=f"Brand {number}", **asin)
    ungate(store, f"Brand {number}", "brand")
    return generate_pallets(store_id=number)


def code_of(number: str) -> str:
    return f"B{int(number):09d}"


def figures(cart: Cart) -> tuple[str, Decimal, Decimal, Decimal]:
    """State, shipping, what it holds, and what its client was allocated in all."""
    found = Cart.objects.select_related("client").get(pk=cart.pk)
    return found.state, found.shipping, found.hold_open, found.client.total_allocated


def on_it(pallet: Pallet) -> list[tuple[str, str, int]]:
    """Client, ASIN and cases of each line, in order of client."""
    lines = PalletLine.objects.filter(pallet=pallet).order_by("client__panel_id", "asin__code")
    return [(line.client.panel_id, line.asin.code, line.cases) for line in lines.select_related("client", "asin")]
