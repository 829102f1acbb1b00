"""The states of carts, preorders and suggestions, and the moves between them that are allowed."""

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


class SuggestionState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DISMISSED = "dismissed", _("Dismissed")
    EXPIRED = "expired", _("Expired")
