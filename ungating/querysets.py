"""Reads of ungating statuses as words."""

from typing import TYPE_CHECKING, Self

from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from clients.models import Store
    from ungating.models import UngatingStatus  # noqa: F401  named in strings below


class UngatingStatusQuerySet(StampedQuerySet["UngatingStatus"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def of(self, store: "Store") -> Self:
        return self.in_use().filter(store=store)
