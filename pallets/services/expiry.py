"""A suggestion that nobody takes expires, and what it holds is free again."""

from datetime import datetime

from allocation.models import TransferSuggestion
from allocation.states import CartState, SuggestionKind, SuggestionState
from common.errors import DomainError, Problem
from common.transactions import durable
from pallets.services.locking import lock_cart
from pallets.services.suggesting import close_suggestions
from pallets.services.suggestions import release_waiting

REASON = "Nobody took the transfer suggestion in time"


def expire_suggestions(*, now: datetime) -> list[str]:
    """Expire every open suggestion that is due at `now`, one of a transfer with what waits of its cart; the codes of
    the carts. Safe to repeat.

    Raises DomainError naming the carts for which it was not possible, after all others are done.
    """
    due = TransferSuggestion.objects.open().filter(expires_at__lte=now).order_by("cart_id", "pk")
    expired, problems = [], []
    for pk, code in list(due.values_list("pk", "cart__code")):
        try:
            if _expire(pk=pk, code=code, now=now):
                expired.append(code)
        except DomainError as error:
            problems.append(Problem("", f"{code}: {error}"))
    if problems:
        raise DomainError(problems)
    return expired


@durable
def _expire(*, pk: int, code: str, now: datetime) -> bool:
    """False where someone was faster: the suggestion was answered or put off.

    A cart of which a part was pooled goes on with that part.
    """
    cart = lock_cart(code)
    suggestion = TransferSuggestion.objects.open().filter(pk=pk, expires_at__lte=now).first()
    if suggestion is None:
        return False
    kind = SuggestionKind(suggestion.kind)
    close_suggestions(cart=cart, state=SuggestionState.EXPIRED, kind=kind, note=REASON)
    if not suggestion.is_for_house:
        release_waiting(cart=cart, reason=REASON, closed=CartState.EXPIRED)
    return True
