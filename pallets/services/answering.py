"""What every answer to a suggestion begins with: it is still open, or the person is told what became of it."""

from django.utils import timezone
from django.utils.formats import date_format

from allocation.models import Cart, TransferSuggestion
from allocation.states import CartState, SuggestionState
from common.errors import Conflict, NotFound
from pallets.models import Pallet
from pallets.standing import LineStanding, standing
from pallets.states import PalletState


def open_suggestion(pk: int) -> TransferSuggestion:
    """The suggestion with its cart, client and mutual store. Raises NotFound, or Conflict saying how it was answered.

    Only certain where the cart is locked.
    """
    suggestion = (
        TransferSuggestion.objects.select_related("cart__client", "cart__policy", "mutual_store__client", "decided_by")
        .filter(pk=pk)
        .first()
    )
    if suggestion is None:
        raise NotFound("There is no such suggestion.")
    if not suggestion.is_open:
        raise Conflict(told(suggestion))
    return suggestion


def told(suggestion: TransferSuggestion) -> str:
    """What became of a suggestion, in a sentence: by whom, when, and on which pallets or why."""
    words = [f"The suggestion for {suggestion.cart.code} was {suggestion.get_state_display().lower()} already"]
    if suggestion.decided_by:
        words.append(f"by {suggestion.decided_by}")
    if suggestion.decided_at:
        words.append(f"on {date_format(timezone.localtime(suggestion.decided_at), 'N j, Y, P')}")
    outcome = suggestion.note
    if suggestion.state == SuggestionState.ACCEPTED:
        outcome = ", ".join(_codes(suggestion.made_cart if suggestion.is_for_house else suggestion.cart))
    return " ".join(words) + (f": {outcome}." if outcome else ".")


def _codes(cart: Cart | None) -> list[str]:
    """The pallets that carry goods of `cart`."""
    pallets = Pallet.objects.exclude(state=PalletState.CANCELLED).carrying(cart)
    return list(pallets.values_list("code", flat=True))


def waiting_lines(cart: Cart) -> list[LineStanding]:
    """The lines of `cart` with units that wait for a pallet; none where it does not wait to be pooled."""
    if cart.state != CartState.CONFIRMED or not cart.is_pooled:
        return []
    return [one for one in standing(cart) if one.waiting]


def check_waiting(cart: Cart, seen: int | None) -> None:
    """Raises Conflict where other units wait than the `seen` ones, so that nothing is taken twice by two clicks."""
    if seen is None:
        return
    waiting = sum(one.waiting for one in waiting_lines(cart))
    if waiting != seen:
        raise Conflict(
            f"Someone was faster: {waiting:,} units of {cart.code} wait now, {seen:,} did when this page was opened. "
            "Look again before you decide."
        )


def full_words(pallet: Pallet) -> str:
    """A pallet and how full it is: P-000001 (42.0% full)."""
    return f"{pallet.code} ({pallet.fill_percent}% full)"
