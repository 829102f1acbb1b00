"""Pallets leave, and carts are cancelled: stock and balance move exactly once."""

from collections import Counter
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import F, Sum
from django.utils import timezone

from allocation.models import Cart, CartLine, TransferSuggestion
from allocation.states import CartState, SuggestionState
from clients.models import Client
from clients.services import release_hold
from common.errors import Conflict, DomainError, NotFound
from common.fields import amount as sql_amount
from common.money import ZERO, cents
from common.transactions import durable
from inventory.services import release_units, ship_units
from pallets.models import Pallet, PalletLine
from pallets.states import PalletState


@durable
def pack_pallet(*, code: str, actor: User | None = None) -> Pallet:
    """The pallet stands wrapped on the dock. Raises NotFound, or Conflict where it is not planned."""
    pallet = _locked(code)
    pallet.move(PalletState.PACKED)
    return pallet


@durable
def ship_pallet(
    *, code: str, shipped_on: date, carrier: str = "", tracking: str = "", actor: User | None = None
) -> Pallet:
    """The pallet leaves: its units go from on hand and reserved; what is held waits for the panel's charge.

    Raises NotFound, DomainError for a date ahead or before it was planned, Conflict where it has left or was cancelled.
    """
    if shipped_on > timezone.localdate():
        raise DomainError("A pallet cannot have left on a day ahead.", field="shipped_on")
    pallet = _locked(code)
    if shipped_on < timezone.localdate(pallet.created_at):
        raise DomainError("A pallet cannot have left before it was planned.", field="shipped_on")
    pallet.move(PalletState.SHIPPED, shipped_on=shipped_on, carrier=carrier[:80], tracking=tracking[:80])
    lines = list(pallet.lines.select_related("cart_line__cart"))
    units = Counter[int]()
    for line in lines:
        units[line.asin_id] += line.units
    ship_units(units=units, reference=pallet.code, actor=actor)
    for cart in sorted({line.cart_line.cart for line in lines}, key=lambda cart: cart.pk):
        if cart.state == CartState.PALLETISED and not _unshipped(cart):
            cart.move(CartState.SHIPPED)
    return pallet


def _locked(code: str) -> Pallet:
    """The pallet, locked after the carts whose lines it carries, which cancelling and settling lock first too.

    Without the carts' locks a cancelling could count units as still here that are leaving at this moment.
    """
    carts = PalletLine.objects.filter(pallet__code=code).values_list("cart_line__cart", flat=True)
    list(Cart.objects.select_for_update().filter(pk__in=set(carts)).order_by("pk"))
    pallet = Pallet.objects.select_for_update().filter(code=code).first()
    if pallet is None:
        raise NotFound(f"There is no pallet “{code}”.")
    return pallet


def _unshipped(cart: Cart) -> dict[CartLine, int]:
    """Units of each line of `cart` that have not left yet."""
    shipped: dict[int, int] = dict(
        PalletLine.objects.filter(cart_line__cart=cart, pallet__state=PalletState.SHIPPED)
        .values_list("cart_line")
        .annotate(Sum("units"))
    )
    left = {line: line.units - shipped.get(line.pk, 0) for line in cart.lines.all()}
    return {line: units for line, units in left.items() if units}


@durable
def cancel_cart(*, code: str, reason: str = "", actor: User | None = None) -> Cart:
    """Undo what has not left: units are released, the hold of those lines is released, their pallets are cancelled.

    Raises NotFound, or Conflict where everything has left or the cart is closed already.
    """
    cart = Cart.objects.select_for_update().filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.")
    if cart.state == CartState.DRAFT:
        cart.move(CartState.CANCELLED, note=reason[:200])
        return cart
    if not cart.is_holding:
        raise Conflict(f"Cart {code} is {cart.get_state_display().lower()}; it cannot be cancelled.")
    release_cart(cart=cart, reason=reason or "Cart cancelled", actor=actor)
    return cart


def release_cart(
    *, cart: Cart, reason: str, closed: CartState = CartState.CANCELLED, actor: User | None = None
) -> None:
    """Give back what has not left of a locked `cart` and close it as `closed`, or as shipped where a part has left.

    Must run in a transaction.
    """
    unshipped = _unshipped(cart)
    partly = sum(unshipped.values()) < sum(line.units for line in cart.lines.all())
    price = sum((_price(line, units) for line, units in unshipped.items()), ZERO)
    freed = min(price, cart.hold_open) if partly else cart.hold_open
    release_units(
        units={line.asin_id: units for line, units in unshipped.items()},
        reference=cart.code,
        reason=reason,
        actor=actor,
    )
    if freed > ZERO:
        release_hold(
            client_id=cart.client_id,
            amount=freed,
            key=f"release:{cart.code}",
            reference=cart.code,
            reason=reason,
            actor=actor,
        )
    _cancel_pallets(cart)
    TransferSuggestion.objects.open().filter(cart=cart).update(
        state=SuggestionState.EXPIRED if closed == CartState.EXPIRED else SuggestionState.DISMISSED
    )
    Client.objects.filter(pk=cart.client_id).update(total_allocated=F("total_allocated") - sql_amount(price))
    state = CartState.SHIPPED if partly else closed
    cart.move(state, hold_open=cart.hold_open - freed, note=reason[:200])


def _price(line: CartLine, units: int) -> Decimal:
    """USD of `units` of a line that have not left: their cost and the shipping of the pallets they stand on."""
    gone = line.units - units
    if not gone:
        return line.total
    shipped = PalletLine.objects.filter(cart_line=line, pallet__state=PalletState.SHIPPED).aggregate(
        total=Sum("shipping")
    )["total"]
    return line.total - cents(line.unit_cost * gone) - (shipped or ZERO)


def _cancel_pallets(cart: Cart) -> None:
    pallets = Pallet.objects.open().filter(lines__cart_line__cart=cart).distinct()
    for pallet in pallets.order_by("pk"):
        pallet.move(PalletState.CANCELLED)
