"""Reads of the stock as words."""

from typing import TYPE_CHECKING, Self

from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from inventory.models import Asin  # noqa: F401  named in strings below


class AsinQuerySet(StampedQuerySet["Asin"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)
