"""Reads of clients and stores as words."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import ExpressionWrapper, F

from common.fields import MoneyField
from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from clients.models import Client, Store  # noqa: F401  named in strings below


class ClientQuerySet(StampedQuerySet["Client"]):
    def buying(self) -> Self:
        """Clients that may receive carts."""
        return self.filter(is_active=True, status="active")

    def with_available(self) -> Any:
        """Adds `money_available` = balance − held, in USD."""
        return self.annotate(money_available=ExpressionWrapper(F("balance") - F("held"), output_field=MoneyField()))


class StoreQuerySet(StampedQuerySet["Store"]):
    def receiving(self) -> Self:
        """Stores that may receive goods, of clients that may buy."""
        return self.filter(is_active=True, status="active", client__is_active=True, client__status="active")

    def mutual(self) -> Self:
        return self.filter(is_mutual=True)
