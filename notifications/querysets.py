"""Reads of alerts and e-mails, as words that can be chained."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from notifications.models import Alert, Email  # noqa: F401  named in strings below


class AlertQuerySet(models.QuerySet["Alert"]):
    def awake(self, now: datetime) -> Self:
        """Open ones that nobody put off: what a person should see at `now`."""
        return self.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now), state="open")

    def snoozed(self, now: datetime) -> Self:
        """Open ones that are put off until later than `now`."""
        return self.filter(state="open", snoozed_until__gt=now)


class EmailQuerySet(models.QuerySet["Email"]):
    def ready(self, now: datetime) -> Self:
        """Waiting ones whose time has come."""
        return self.filter(state="waiting", next_try_at__lte=now)

    def left_behind(self, now: datetime) -> Self:
        """Those whose sender was lost: its claim has run out."""
        return self.filter(state="sending", claimed_until__lte=now)

    def due(self, now: datetime) -> Self:
        """Whatever a sender may claim at `now`. A list of many is read as its two halves: each has its index."""
        return self.ready(now) | self.left_behind(now)

    def unsent(self) -> Self:
        """Those that will still be tried."""
        return self.filter(state__in=["waiting", "sending"])
