"""Reads of carts, preorders and suggestions as words."""

from typing import TYPE_CHECKING, Self

from allocation.states import HOLDING, PreorderState, SuggestionState
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


class SuggestionQuerySet(StampedQuerySet["TransferSuggestion"]):
    def open(self) -> Self:
        return self.filter(state=SuggestionState.OPEN)
