"""Who changed a cart since somebody looked at it, and refusing what was decided on an older one."""

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format

from allocation.models import Cart
from allocation.models.cart import CartChange, CartChangeKind
from allocation.states import CartState
from common.errors import Conflict
from inventory.models import StockMovement

DONE = {
    CartChangeKind.EDITED: "edited",
    CartChangeKind.RENEWED: "brought up to date",
    CartChangeKind.REPLANNED: "packed anew",
    CartChangeKind.FOLLOWED: "changed with its pallets",
    CartChangeKind.CONFIRMED: "confirmed",
    CartChangeKind.PALLETISED: "palletised",
    CartChangeKind.SHIPPED: "shipped",
    CartChangeKind.CANCELLED: "cancelled",
    CartChangeKind.EXPIRED: "expired",
}
PROMISED = (CartChangeKind.CONFIRMED, CartChangeKind.PALLETISED)
MOST_LINES = 6  # named of one change


class AlreadyDone(Conflict):
    """What is asked for has been done already; asking twice has no further effect."""

    title = "This was done already"


def check_version(cart: Cart, version: int | None) -> None:
    """Raises Conflict naming who changed `cart` since `version`, when and what. None: nobody looked at it before."""
    if version is not None and cart.version != version:
        raise Conflict(changed_since(cart, version))


def changed_since(cart: Cart, version: int) -> str:
    """Who changed the cart after `version`, when and what, in words. One query."""
    rows = CartChange.objects.filter(cart=cart, version__gt=version).select_related("actor")
    said = "; ".join(described(row) for row in rows) or "its figures follow its pallets"
    return f"{cart.code} was changed since you opened it: {said}. Nothing of yours was saved; look at it again."


def described(change: CartChange) -> str:
    """`edited by anna on Nov. 23, 2026, 16:25 (B000000001 5 → 7 cases)`."""
    lines = [f"{code} {before:,} → {after:,} cases" for code, (before, after) in sorted(change.lines.items())]
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    what = f" ({', '.join([*lines[:MOST_LINES], *more])})" if lines else ""
    return f"{DONE[CartChangeKind(change.what)]}{by(change)}{what}"


def by(change: CartChange, actor: User | None = None) -> str:
    """` by anna on Nov. 23, 2026, 16:25`: who as far as it is known, and when."""
    actor = change.actor or actor
    who = f" by {actor.get_full_name() or actor.get_username()}" if actor else ""
    return f"{who} on {date_format(timezone.localtime(change.created_at), 'N j, Y, H:i')}"


def _actor_of(change: CartChange) -> User | None:
    """Who moved its units at that moment, where the change itself does not say."""
    if change.actor:
        return change.actor
    moved = StockMovement.objects.filter(reference=change.cart.code, created_at__lte=change.created_at)
    last = moved.exclude(actor=None).select_related("actor").order_by("-pk").first()
    is_own = last is not None and (change.created_at - last.created_at).total_seconds() < 60
    return last.actor if last is not None and is_own else None


def standing_words(cart: Cart) -> str:
    """`Cart C-000123 is palletised already: confirmed by anna on …`; for a cart that is no draft. One query or two."""
    rows = CartChange.objects.filter(cart=cart).select_related("actor", "cart").order_by("version")
    promised = cart.state in (CartState.CONFIRMED, CartState.PALLETISED)
    change = rows.filter(what__in=PROMISED).first() if promised else rows.filter(what=cart.state).last()
    words = f"Cart {cart.code} is {cart.get_state_display().lower()} already"
    if change is None:
        return f"{words}."
    return f"{words}: {'confirmed' if promised else DONE[CartChangeKind(change.what)]}{by(change, _actor_of(change))}."


def refused_cancelling(cart: Cart) -> str:
    """Why a cart that is closed cannot be cancelled, and who closed it when."""
    change = CartChange.objects.filter(cart=cart, what=cart.state).select_related("actor", "cart").last()
    words = f"Cart {cart.code} is {cart.get_state_display().lower()}; it cannot be cancelled."
    if cart.state == CartState.SHIPPED:
        words += " What has left cannot be called back."
    return (
        words
        if change is None
        else f"{words} It was {DONE[CartChangeKind(change.what)]}{by(change, _actor_of(change))}."
    )
