"""Reads of ungating statuses as words."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from clients.models import Store
    from ungating.models import UngatingStatus, UngatingTask  # noqa: F401  named in strings below


class UngatingStatusQuerySet(StampedQuerySet["UngatingStatus"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def of(self, store: "Store") -> Self:
        return self.in_use().filter(store=store)

    def expired(self, now: datetime) -> Self:
        """Those in use whose feed's status no longer counts."""
        return self.in_use().filter(expires_at__lte=now)

    def expiring(self, now: datetime, *, days: int) -> Self:
        """Those in use that expire within this many days."""
        return self.in_use().filter(expires_at__gt=now, expires_at__lte=now + timedelta(days=days))


class UngatingTaskQuerySet(StampedQuerySet["UngatingTask"]):
    def open(self) -> Self:
        return self.filter(state="open")
