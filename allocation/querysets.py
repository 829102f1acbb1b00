"""Reads of carts, preorders and suggestions as words."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db.models import F

from allocation.states import HOLDING, PreorderState, SuggestionKind, SuggestionState
from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from allocation.models import Cart, Preorder, TransferSuggestion  # noqa: F401  named in strings below


class CartQuerySet(StampedQuerySet["Cart"]):
    def holding(self) -> Self:
        """Carts whose units are reserved."""
        return self.filter(state__in=HOLDING)


class PreorderQuerySet(StampedQuerySet["Preorder"]):
    def pending(self) -> Self:
        return self.filter(state=PreorderState.PENDING)

    def claiming(self) -> Self:
        """Those in use that still wait for units."""
        return self.pending().filter(is_active=True)

    def overdue(self, today: date) -> Self:
        """Expected before `today` and not here in full."""
        return self.claiming().filter(expected_arrival__lt=today)

    def promised(self) -> Self:
        """Those with units here that are kept for them, in the order in which carts take them."""
        return (
            self.exclude(state=PreorderState.CANCELLED)
            .filter(arrived__gt=F("allocated"))
            .order_by("expected_arrival", "pk")
        )

    def with_credit_due(self) -> Self:
        """Cancelled after something was paid, and not credited yet."""
        return self.filter(state=PreorderState.CANCELLED, paid__gt=0, credited_at=None)


class SuggestionQuerySet(StampedQuerySet["TransferSuggestion"]):
    def open(self) -> Self:
        return self.filter(state=SuggestionState.OPEN)

    def transfers(self) -> Self:
        """Those to pool a cart's own goods, without those for the house."""
        return self.filter(kind=SuggestionKind.TRANSFER)
