"""What the tests of preorders start from: a preorder, units that come, the audit of both."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from allocation.models import Cart, CartLine, Preorder, PreorderArrival
from allocation.services.arrivals import Coming, confirm_arrivals
from allocation.services.preorders import create_preorder
from clients.models import Client, Store
from inventory.models import Asin, MovementKind, StockMovement
from operations.audit_preorders import audit_preorders, credits_of_carts, promised_units

DECEMBER = date(2026, 12, 1)


def preordered(store: Store, asin: Asin, quantity: int = 12, **fields: Any) -> Preorder:
    """A preorder made by hand, expected on December 1."""
    values = {"expected_arrival": DECEMBER} | fields
    return create_preorder(store=store, asin=asin, quantity=quantity, **values)


def comes_in(asin: Asin, units: int, kind: str = MovementKind.PORTAL) -> StockMovement:
    """So many units more are on hand, as the sheet or a person says."""
    Asin.objects.filter(pk=asin.pk).update(on_hand=F("on_hand") + units)
    return StockMovement.objects.create(asin=asin, kind=kind, on_hand_change=units, reason=f"{units} came")


def arrive(preorder: Preorder, units: int, key: str = "") -> Preorder:
    """A person says that so many units have come for the preorder."""
    stored = Preorder.objects.get(pk=preorder.pk)
    coming = Coming(stored.pk, units, arrived=stored.arrived, proposed=0)
    key = key or f"test:{stored.pk}:{stored.arrived}"
    confirm_arrivals(asin_id=stored.asin_id, coming=[coming], key=key, now=timezone.now())
    return Preorder.objects.select_related("asin", "client", "store").get(pk=stored.pk)


def fresh(preorder: Preorder) -> Preorder:
    return Preorder.objects.get(pk=preorder.pk)


def standing(preorder: Preorder) -> tuple[str, int, int]:
    """State, arrived and allocated units."""
    stored = fresh(preorder)
    return stored.state, stored.arrived, stored.allocated


def proposals() -> list[tuple[int, int]]:
    """Preorder and units of every open proposal, in the order of the proposals."""
    return list(PreorderArrival.objects.filter(state="proposed").order_by("pk").values_list("preorder_id", "proposed"))


def shelf(asin: Asin) -> tuple[int, int]:
    """On hand and reserved."""
    return Asin.objects.values_list("on_hand", "reserved").get(pk=asin.pk)


def held(client: Client) -> Decimal:
    return Client.objects.values_list("held", flat=True).get(pk=client.pk)


def all_is_well() -> bool:
    """Preorders add up, what is reserved is promised to carts or preorders, and carts hold what their lines and
    preorders say.
    """
    assert list(audit_preorders()) == []
    reserved: dict[int, int] = dict(promised_units())
    for line in CartLine.objects.filter(cart__state__in=("confirmed", "palletised")):
        reserved[line.asin_id] = reserved.get(line.asin_id, 0) + line.kept
    for asin in Asin.objects.all():
        assert (asin.code, asin.reserved) == (asin.code, reserved.get(asin.pk, 0))
    credit = credits_of_carts()
    for cart in Cart.objects.filter(state__in=("confirmed", "palletised")):
        assert (cart.code, cart.hold_open) == (cart.code, cart.goods + cart.shipping - credit.get(cart.pk, Decimal(0)))
    return True
