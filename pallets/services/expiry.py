"""A transfer suggestion that nobody takes expires, and what it holds is free again."""

from datetime import datetime

from allocation.models import TransferSuggestion
from allocation.states import CartState, SuggestionState
from common.transactions import durable
from pallets.services.cancel import release_cart
from pallets.services.following import give_back
from pallets.services.locking import lock_cart
from pallets.standing import standing

REASON = "Nobody took the transfer suggestion in time"


def expire_suggestions(*, now: datetime) -> list[str]:
    """Expire every open suggestion that is due at `now` with what waits of its cart; the codes of those carts. Safe to
    repeat.
    """
    due = TransferSuggestion.objects.open().filter(expires_at__lte=now).order_by("cart_id")
    return [code for code in due.values_list("cart__code", flat=True) if _expire(code=code, now=now)]


@durable
def _expire(*, code: str, now: datetime) -> bool:
    """False where someone was faster: the cart is no longer waiting, or its suggestion was taken or put off.

    A cart of which a part was pooled goes on with that part.
    """
    cart = lock_cart(code)
    due = TransferSuggestion.objects.open().filter(cart=cart, expires_at__lte=now)
    if cart.state != CartState.CONFIRMED or not due.exists():
        return False
    lines = standing(cart)
    waiting = {one.line.pk: one.waiting for one in lines if one.waiting}
    if sum(waiting.values()) == sum(one.kept for one in lines):
        release_cart(cart=cart, reason=REASON, closed=CartState.EXPIRED)
    else:
        due.update(state=SuggestionState.EXPIRED)
        give_back(cart=cart, units=waiting, reason=REASON)
    return True
