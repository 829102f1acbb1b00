"""The audit of pallets against carts: units, shipping, states and holds, each recomputed from the pallets' lines."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from allocation.models import Cart, CartLine
from allocation.states import HOLDING, CartState
from clients.models import EntryKind, LedgerEntry
from common.money import ZERO
from operations.audit_preorders import credits_of_carts
from operations.differences import Difference, compare, sums_of
from pallets.models import Pallet, PalletLine, Shipment
from pallets.states import PalletState, ShipmentState

CENT = Decimal("0.01")


@dataclass
class Stands:
    """Of one cart line: units on pallets, and of these those with a fixed price (all but what is on an open pooled
    pallet) with their shipping, and those that have left.
    """

    units: int = 0
    fixed: int = 0
    shipping: Decimal = ZERO
    gone: int = 0
    gone_shipping: Decimal = ZERO


def audit_pallets() -> Iterator[Difference]:
    """Every difference between carts, pallets and shipments."""
    stands = _stands()
    by_cart: dict[int, list[CartLine]] = defaultdict(list)
    for line in CartLine.objects.select_related("cart").order_by("pk"):
        by_cart[line.cart_id].append(line)
    for lines in by_cart.values():
        if lines[0].cart.state != CartState.DRAFT:
            yield from _cart(lines[0].cart, lines, stands)
    yield from _holds(by_cart, stands)
    yield from _cartons()
    yield from _shipments()


def _stands() -> dict[int, Stands]:
    found: dict[int, Stands] = defaultdict(Stands)
    lines = PalletLine.objects.exclude(pallet__state=PalletState.CANCELLED)
    rows = lines.values_list("cart_line_id", "units", "shipping", "pallet__state", "pallet__is_pooled")
    for line_id, units, shipping, state, is_pooled in rows.iterator():
        one = found[line_id]
        one.units += units
        if state != PalletState.PLANNED or not is_pooled:
            one.fixed += units
            one.shipping += shipping
        if state == PalletState.SHIPPED:
            one.gone += units
            one.gone_shipping += shipping
    return found


def _cart(cart: Cart, lines: list[CartLine], stands: dict[int, Stands]) -> Iterator[Difference]:
    """Lines of an open cart never stand on more pallets than it has units; what waits costs max shipping. Those of a
    palletised cart stand on them whole, at what its lines say.
    """
    for line in lines if cart.state in HOLDING else []:
        one, kept = stands[line.pk], line.units - line.returned
        subject = f"{cart} line {line.pk}"
        if cart.state == CartState.PALLETISED:
            stored = {"units": kept, "shipping": line.shipping}
            yield from compare(subject, stored, {"units": one.units, "shipping": one.shipping})
            continue
        waits = (line.max_shipping * (kept - one.fixed)).quantize(CENT, rounding=ROUND_HALF_UP)
        yield from compare(subject, {"shipping": line.shipping}, {"shipping": one.shipping + waits})
        if one.units > kept:
            yield Difference(subject, "units", kept, one.units)
    yield from compare(cart, {"state": cart.state}, {"state": str(_state(cart, lines, stands))})


def _state(cart: Cart, lines: list[CartLine], stands: dict[int, Stands]) -> str:
    """Of a closed cart only what has left still stands on a pallet; an open one is closed once all of it has left, and
    palletised once all of it has a price.
    """
    kept = sum(line.units - line.returned for line in lines)
    units, fixed, gone = (sum(getattr(stands[line.pk], of) for line in lines) for of in ("units", "fixed", "gone"))
    if cart.state not in HOLDING:
        if units > gone:
            return CartState.PALLETISED
        closed = CartState.CANCELLED if cart.state == CartState.SHIPPED else cart.state
        return CartState.SHIPPED if gone else closed
    if gone >= kept:
        return CartState.SHIPPED
    return CartState.PALLETISED if fixed >= kept else cart.state


def _holds(by_cart: dict[int, list[CartLine]], stands: dict[int, Stands]) -> Iterator[Difference]:
    """A cart holds what it costs, of a shipped one what has left of it, but what preorders bring and what the panel has
    charged.
    """
    credits = credits_of_carts()
    charges = LedgerEntry.objects.filter(kind=EntryKind.SETTLEMENT)
    charged = sums_of(charges, "reference", usd=Sum("held_change"))
    for lines in by_cart.values():
        cart = lines[0].cart
        if cart.state in HOLDING:
            price = cart.goods + cart.shipping
        elif cart.state == CartState.SHIPPED:
            price = sum((_price_gone(line, stands[line.pk]) for line in lines), ZERO)
        else:
            continue
        price -= credits.get(cart.pk, ZERO)
        due = max(price + charged.get(cart.code, {"usd": ZERO})["usd"], ZERO)
        yield from compare(cart, {"held for its goods": cart.hold_open}, {"held for its goods": due})


def _price_gone(line: CartLine, one: Stands) -> Decimal:
    return (line.unit_cost * one.gone).quantize(CENT) + one.gone_shipping


def _cartons() -> Iterator[Difference]:
    cartons = sums_of(PalletLine.objects, "pallet_id", cartons=Sum("cases"))
    for pallet in Pallet.objects.only("code", "cartons").iterator():
        counted = cartons.get(pallet.pk, {"cartons": 0})["cartons"]
        yield from compare(pallet, {"cartons": pallet.cartons}, {"cartons": counted})


def _shipments() -> Iterator[Difference]:
    """Pallets of a shipment go to its store, and leave with it."""
    here = {ShipmentState.OPEN: {PalletState.PLANNED, PalletState.PACKED}, ShipmentState.SHIPPED: {PalletState.SHIPPED}}
    shipments = Shipment.objects.select_related("store").in_bulk()
    on_one = Pallet.objects.filter(shipment__isnull=False).select_related("store").defer("placements", "steps")
    for pallet in on_one.iterator():
        shipment = shipments[pallet.shipment_id or 0]
        yield from compare(pallet, {"store": pallet.store.panel_id}, {"store": shipment.store.panel_id})
        if pallet.state not in here.get(ShipmentState(shipment.state), set()):
            yield Difference(str(pallet), f"state on {shipment.state} {shipment}", pallet.state, shipment.state)
