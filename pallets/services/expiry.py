"""A transfer suggestion that nobody takes expires, and what it holds is free again."""

from datetime import datetime

from allocation.models import Cart, TransferSuggestion
from allocation.states import CartState
from common.transactions import durable
from pallets.services.shipping import release_cart


def expire_suggestions(*, now: datetime) -> list[str]:
    """Expire every open suggestion that is due at `now` with its cart; the codes of those carts. Safe to repeat."""
    due = TransferSuggestion.objects.open().filter(expires_at__lte=now).order_by("cart_id")
    return [code for code in due.values_list("cart__code", flat=True) if _expire(code=code, now=now)]


@durable
def _expire(*, code: str, now: datetime) -> bool:
    """False where someone was faster: the cart is no longer waiting, or its suggestion was taken or put off."""
    cart = Cart.objects.select_for_update().get(code=code)
    due = TransferSuggestion.objects.open().filter(cart=cart, expires_at__lte=now).exists()
    if cart.state != CartState.CONFIRMED or not due:
        return False
    release_cart(cart=cart, reason="Nobody took the transfer suggestion in time", closed=CartState.EXPIRED)
    return True
