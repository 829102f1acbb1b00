"""Pallets and carts are cancelled: what has not left is given back, exactly and once."""

from django.contrib.auth.models import User
from django.db.models import F

from allocation.models import Cart
from allocation.services.preorder_allocations import bring_back
from allocation.states import CartState, SuggestionState
from clients.models import Client
from clients.services import release_hold
from common.errors import Conflict, DomainError
from common.fields import amount as sql_amount
from common.money import ZERO
from common.transactions import durable
from inventory.services import release_units
from pallets.models import Pallet
from pallets.pool_plans import PoolPlan, plans_without
from pallets.services.following import follow_all, give_back
from pallets.services.locking import lock_cart, lock_goods, lock_pallet
from pallets.services.pooling import carry_out, check_unchanged
from pallets.services.suggesting import close_suggestions
from pallets.services.versions import check_version
from pallets.standing import standing
from pallets.states import PalletState


@durable
def cancel_pallet(*, code: str, reason: str, actor: User | None = None) -> Pallet:
    """Take the pallet apart. The units of a cart's own pallet are released with what is held for them, and the cart is
    closed when it has nothing else; a pooled pallet's goods go back to their carts, priced at max shipping, and wait.

    Raises NotFound, DomainError without a reason, Conflict where it has left or is cancelled already,
    InsufficientBalance where a client lacks what max shipping costs more than a packed pooled pallet.
    """
    if not reason.strip():
        raise DomainError("Say why the pallet is cancelled.", field="reason")
    pallet, carts = lock_pallet(code)
    pallet.move(PalletState.CANCELLED, actor=actor, shipment=None, note=reason[:200])
    if pallet.is_pooled:
        follow_all(carts=carts, reason=reason, actor=actor)
        return pallet
    for cart in carts:
        units = {line.cart_line_id: line.units for line in pallet.lines.filter(cart_line__cart=cart)}
        if sum(one.here for one in standing(cart)) == sum(units.values()):
            release_cart(cart=cart, reason=reason, actor=actor)
        else:
            give_back(cart=cart, units=units, reason=reason, actor=actor)
    return pallet


def cancel_cart(*, code: str, reason: str = "", version: int | None = None, actor: User | None = None) -> Cart:
    """Undo what has not left: units are released, the hold of those lines is released, their pallets are cancelled;
    its goods are taken off open pooled pallets, whose other goods are packed anew.

    Raises NotFound, or Conflict where everything has left, the cart is closed already, somebody has changed it since
    `version`, or some of its goods stand on a packed pooled pallet, which must be reopened first.
    """
    cart = Cart.objects.filter(code=code).first()
    plans = plans_without(cart) if cart and cart.is_holding else []
    return _cancel_cart(code=code, plans=plans, reason=reason, version=version, actor=actor)


@durable
def _cancel_cart(*, code: str, plans: list[PoolPlan], reason: str, version: int | None, actor: User | None) -> Cart:
    cart = lock_cart(code)
    if cart.state == CartState.DRAFT:
        check_version(cart, version)
        cart.move(CartState.CANCELLED, actor=actor, note=reason[:200])
        return cart
    if not cart.is_holding:
        raise Conflict(f"Cart {code} is {cart.get_state_display().lower()}; it cannot be cancelled.")
    check_version(cart, version)
    for plan in plans:
        check_unchanged(plan)
    for plan in plans:
        carry_out(plan, note=f"{code} cancelled", actor=actor)
    release_cart(cart=cart, reason=reason or "Cart cancelled", actor=actor)
    return cart


def release_cart(
    *, cart: Cart, reason: str, closed: CartState = CartState.CANCELLED, actor: User | None = None
) -> None:
    """Give back what has not left of a locked `cart` and close it as `closed`, or as shipped where a part has left.

    Its figures stay those it closed with. Must run in a transaction.
    Raises Conflict where some of it stands on a pooled pallet.
    """
    _cancel_own_pallets(cart, reason, actor)
    lines = standing(cart)
    here = {one.line.asin_id: one.here for one in lines if one.here}
    partly = any(one.shipped for one in lines)
    price = sum((one.price_here for one in lines), ZERO)
    lock_goods(here, [])
    back = bring_back(cart=cart, kept={one.line.pk: one.shipped for one in lines})
    freed = min(price - back.credit, cart.hold_open) if partly else cart.hold_open
    # What came for preorders stays reserved, for them.
    if released := back.beyond(here):
        release_units(units=released, reference=cart.code, reason=reason, actor=actor)
    if freed > ZERO:
        release_hold(
            client_id=cart.client_id,
            amount=freed,
            key=f"release:{cart.code}",
            reference=cart.code,
            reason=reason,
            actor=actor,
        )
    expired = closed == CartState.EXPIRED
    answer = SuggestionState.EXPIRED if expired else SuggestionState.DISMISSED
    close_suggestions(cart=cart, state=answer, note=reason, actor=actor)
    Client.objects.filter(pk=cart.client_id).update(total_allocated=F("total_allocated") - sql_amount(price))
    state = CartState.SHIPPED if partly else closed
    cart.move(state, actor=actor, hold_open=cart.hold_open - freed, note=reason[:200])


def _cancel_own_pallets(cart: Cart, reason: str, actor: User | None) -> None:
    pallets = list(Pallet.objects.open().carrying(cart))
    if pooled := [pallet.code for pallet in pallets if pallet.is_pooled]:
        raise Conflict(f"Goods of {cart.code} were pooled or packed on {', '.join(pooled)} meanwhile. Try again.")
    for pallet in pallets:
        pallet.move(PalletState.CANCELLED, actor=actor, shipment=None, note=reason[:200])
