"""Suggestions are accepted or dismissed. The first answer counts; a second one is told what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User

from allocation.models import Cart, TransferSuggestion
from allocation.states import CartState, SuggestionKind, SuggestionState
from clients.models import Store
from common.errors import Conflict, DomainError, StalePlan
from common.transactions import durable
from pallets.models import Pallet
from pallets.pool_plans import PoolPlan, plan_pool
from pallets.services.answering import check_waiting, open_suggestion
from pallets.services.cancel import release_cart
from pallets.services.following import give_back
from pallets.services.house_carts import Purchase, plan_purchase
from pallets.services.locking import lock_cart
from pallets.services.pooling import chosen_store, put_on
from pallets.services.suggesting import close_suggestions
from pallets.standing import standing

# A pallet that others put goods on meanwhile is packed anew so often.
TURNS = 3


@dataclass(frozen=True)
class Accepted:
    """Pallets that carry goods of `cart` now, the house's own where it bought them; `waiting` units wait still."""

    cart: Cart
    pallets: list[Pallet]
    waiting: int


def accept_suggestion(
    *,
    pk: int,
    store_id: str | None = None,
    cases: Mapping[str, int] | None = None,
    waiting: int | None = None,
    actor: User | None = None,
) -> Accepted:
    """Put goods on a pallet of the mutual store as suggested, all of them or `cases` by ASIN code; of a transfer the
    rest waits and its suggestion stays open. One for the house makes a cart of the house with its goods first, which
    reserves them and holds the house's balance; what is not taken then is let go.

    `store_id` names another mutual store, for a transfer only. `waiting` is how many units the person saw waiting.
    Raises NotFound; Conflict where it was answered already, other units wait, or the pallet keeps changing; DomainError
    naming everything that cannot be pooled; InsufficientUnits or InsufficientBalance where the house cannot buy it.
    """
    for _ in range(TURNS - 1):
        try:
            return _accept_once(pk, store_id, cases, waiting, actor)
        except StalePlan:
            continue  # someone else put goods on the pallet: it is looked at anew
    return _accept_once(pk, store_id, cases, waiting, actor)


def _accept_once(
    pk: int, store_id: str | None, cases: Mapping[str, int] | None, waiting: int | None, actor: User | None
) -> Accepted:
    suggestion = open_suggestion(pk)
    if suggestion.is_for_house:
        if store_id not in (None, suggestion.mutual_store and suggestion.mutual_store.panel_id):
            raise DomainError("The house buys these goods for the store that is named.", field="store")
        return _buy(pk=pk, purchase=plan_purchase(suggestion, cases), actor=actor)
    check_waiting(suggestion.cart, waiting)
    store = chosen_store(store_id, suggested=suggestion.mutual_store, code=suggestion.cart.code)
    plans = plan_pool(suggestion.cart, store, cases)
    return _pool(pk=pk, code=suggestion.cart.code, store=store, plans=plans, waiting=waiting, actor=actor)


@durable
def _pool(
    *, pk: int, code: str, store: Store, plans: list[PoolPlan], waiting: int | None, actor: User | None
) -> Accepted:
    cart = lock_cart(code)
    open_suggestion(pk)
    check_waiting(cart, waiting)
    pallets = put_on(cart=cart, store=store, plans=plans, actor=actor)
    return Accepted(cart, pallets, sum(one.waiting for one in standing(cart)))


@durable
def _buy(*, pk: int, purchase: Purchase, actor: User | None) -> Accepted:
    """One effect: the house's cart, its goods on the pallet, and the suggestion closed."""
    cart = lock_cart(purchase.origin)
    open_suggestion(pk)
    bought, pallets = purchase.carry_out(actor)
    TransferSuggestion.objects.filter(pk=pk).update(made_cart=bought)
    close_suggestions(cart=cart, state=SuggestionState.ACCEPTED, kind=SuggestionKind.HOUSE, actor=actor)
    return Accepted(bought, pallets, 0)


def dismiss_suggestion(*, pk: int, reason: str, keep_cart: bool = False, actor: User | None = None) -> Cart:
    """Say no, and why. What waits of the cart is released, and the cart is cancelled where nothing else is left of it;
    with `keep_cart` it keeps what it holds and waits. One for the house holds nothing. The suggestion's cart.

    Raises NotFound, DomainError without a reason, Conflict where it was answered already.
    """
    if not reason.strip():
        raise DomainError("Say why the suggestion is dismissed.", field="reason")
    suggestion = open_suggestion(pk)
    return _dismiss(pk=pk, code=suggestion.cart.code, reason=reason.strip(), keep_cart=keep_cart, actor=actor)


@durable
def _dismiss(*, pk: int, code: str, reason: str, keep_cart: bool, actor: User | None) -> Cart:
    cart = lock_cart(code)
    suggestion = open_suggestion(pk)
    keeps = keep_cart and not suggestion.is_for_house
    answer, kind = SuggestionState.DISMISSED, SuggestionKind(suggestion.kind)
    close_suggestions(cart=cart, state=answer, kind=kind, note=reason, keeps_cart=keeps, actor=actor)
    if not (keeps or suggestion.is_for_house):
        release_waiting(cart=cart, reason=reason, actor=actor)
    return cart


def release_waiting(
    *, cart: Cart, reason: str, closed: CartState = CartState.CANCELLED, actor: User | None = None
) -> None:
    """Give back what waits of a locked `cart` with what is held for it: all of a cart of which nothing stands on a
    pallet, which is closed as `closed`; else it goes on with what does. Must run in a transaction.

    Raises Conflict where the cart is closed.
    """
    if not cart.is_holding:
        raise Conflict(f"Cart {cart.code} is {cart.get_state_display().lower()}; nothing of it waits.")
    lines = standing(cart)
    waiting = {one.line.pk: one.waiting for one in lines if one.waiting}
    if sum(waiting.values()) == sum(one.kept for one in lines):
        release_cart(cart=cart, reason=reason, closed=closed, actor=actor)
    else:
        give_back(cart=cart, units=waiting, reason=reason, actor=actor)
