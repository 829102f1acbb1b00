"""Status rows as they count at one moment, read in one query without model objects."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, CharField, F, Q, Value, When

from clients.models import Store
from ungating.models import Status, UngatingStatus


class Rule(NamedTuple):
    """`status` is the override's, else the feed's unless that has expired; `cause` is why, as staff or feed say it.

    `store` is a primary key; `override` is blank where the feed counts.
    """

    store: int
    scope: str
    key: str
    value: str
    status: str
    override: str
    cause: str


def read_rules(stores: Iterable[Store], *, now: datetime) -> list[Rule]:
    """Every rule of these stores at `now`."""
    by_hand = ~Q(override="")
    status = Case(
        When(by_hand, then=F("override")),
        When(expires_at__lte=now, then=Value(Status.UNKNOWN.value)),
        default=F("status"),
        output_field=CharField(),
    )
    cause = Case(When(by_hand, then=F("override_reason")), default=F("reason"), output_field=CharField())
    rows = (
        UngatingStatus.objects.in_use()
        .filter(store__in=[store.pk for store in stores])
        .values_list("store_id", "scope", "key", "value", status, "override", cause)
    )
    return [Rule(*row) for row in rows]
