"""Reads of carts, preorders and suggestions as words."""

from typing import TYPE_CHECKING, Self

from django.db import models

from allocation.states import HOLDING, PreorderState

if TYPE_CHECKING:
    from allocation.models import Cart, Preorder


class CartQuerySet(models.QuerySet["Cart"]):
    def holding(self) -> Self:
        """Carts whose units are reserved."""
        return self.filter(state__in=HOLDING)


class PreorderQuerySet(models.QuerySet["Preorder"]):
    def pending(self) -> Self:
        return self.filter(state=PreorderState.PENDING)
