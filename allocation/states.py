"""The states of carts, preorders, arrivals and suggestions, and the moves between them that are allowed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CartState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    PALLETISED = "palletised", _("Palletised")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


CART_MOVES: dict[str, frozenset[str]] = {
    CartState.DRAFT: frozenset({CartState.CONFIRMED, CartState.PALLETISED, CartState.CANCELLED, CartState.EXPIRED}),
    CartState.CONFIRMED: frozenset({CartState.PALLETISED, CartState.SHIPPED, CartState.CANCELLED, CartState.EXPIRED}),
    # Back to confirmed: a packed pooled pallet was opened again.
    CartState.PALLETISED: frozenset({CartState.CONFIRMED, CartState.SHIPPED, CartState.CANCELLED}),
    CartState.SHIPPED: frozenset(),
    CartState.CANCELLED: frozenset(),
    CartState.EXPIRED: frozenset(),
}
# In these states a cart's units are reserved and its money is held.
HOLDING = (CartState.CONFIRMED, CartState.PALLETISED)


class PreorderState(models.TextChoices):
    PENDING = "pending", _("Pending")
    ARRIVED = "arrived", _("Arrived")
    ALLOCATED = "allocated", _("Allocated")
    CANCELLED = "cancelled", _("Cancelled")


# In these states units may still come, be paid for or be allocated.
OPEN_PREORDERS = (PreorderState.PENDING, PreorderState.ARRIVED)


def preorder_state(*, quantity: int, arrived: int, allocated: int) -> PreorderState:
    """The state of a preorder that is not cancelled, by its units: a part of the way counts as not there yet."""
    if arrived < quantity:
        return PreorderState.PENDING
    return PreorderState.ALLOCATED if allocated == quantity else PreorderState.ARRIVED


class ArrivalState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")


class PreorderNeed(models.IntegerChoices):
    """What a person has to do about a preorder, the most urgent first."""

    CONFIRM = 1, _("Confirm the arrival")
    CREDIT = 2, _("Credit due")
    OVERDUE = 3, _("Overdue")
    ALLOCATE = 4, _("Here, not allocated")


class SuggestionKind(models.TextChoices):
    TRANSFER = "transfer", _("Transfer")
    HOUSE = "house", _("For the house")


class SuggestionState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DISMISSED = "dismissed", _("Dismissed")
    EXPIRED = "expired", _("Expired")
