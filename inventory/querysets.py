"""Reads of the stock as words."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import F

from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from inventory.models import Asin  # noqa: F401  named in strings below


class AsinQuerySet(StampedQuerySet["Asin"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def in_stock(self) -> Self:
        """At least one unit is neither reserved nor gone."""
        return self.in_use().filter(on_hand__gt=F("reserved"))

    def oldest_first(self) -> Self:
        return self.order_by("date_added", "code")

    def with_available(self) -> Any:
        """Adds `units_available` = on hand − reserved."""
        return self.annotate(units_available=F("on_hand") - F("reserved"))
