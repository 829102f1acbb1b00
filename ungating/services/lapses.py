"""Statuses that expire, and come back, by the clock alone: the history says so like of any other change."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from common.admin_columns import counted
from common.transactions import durable
from notifications.models import Alert, AlertKind, AlertState
from notifications.services import close_alert, raise_alert
from ungating.models import Status, UngatingChange, UngatingStatus

AT_ONCE = 2_000
FOLD_KEY = "expired"


def note_lapses(*, now: datetime) -> int:
    """Write the history of every status that has expired by `now`, or counts again since it was noted as expired; how
    many. Safe to repeat. One alert tells that some have expired, until none have.
    """
    noted = 0
    while batch := _note_some(now=now):
        noted += batch
    _close_if_over(now=now)
    return noted


@durable
def _note_some(*, now: datetime) -> int:
    rows = UngatingStatus.objects.in_use().select_for_update().order_by("pk")
    lapsed = list(rows.filter(is_lapsed=False, expires_at__lte=now)[:AT_ONCE])
    renewed = list(rows.filter(is_lapsed=True).filter(Q(expires_at=None) | Q(expires_at__gt=now))[:AT_ONCE])
    changes = [UngatingChange(status=row, old=row.status, new=Status.UNKNOWN, reason=_expired(row)) for row in lapsed]
    changes += [UngatingChange(status=row, old=Status.UNKNOWN, new=row.status, reason="Renewed") for row in renewed]
    UngatingChange.objects.bulk_create([change for change in changes if change.old != change.new], batch_size=500)
    _mark(lapsed, is_lapsed=True)
    _mark(renewed, is_lapsed=False)
    if lapsed or renewed:
        _tell(now=now)
    return len(lapsed) + len(renewed)


def _mark(rows: Sequence[UngatingStatus], *, is_lapsed: bool) -> None:
    if rows:
        UngatingStatus.objects.filter(pk__in=[row.pk for row in rows]).update(is_lapsed=is_lapsed)


def _expired(row: UngatingStatus) -> str:
    assert row.expires_at is not None
    return f"Expired {timezone.localtime(row.expires_at):%b %d, %Y}"


def _tell(*, now: datetime) -> None:
    count = _counting(UngatingStatus.objects.expired(now)).count()
    if not count:
        return
    raise_alert(
        kind=AlertKind.UNGATING_ACTION,
        title=f"{counted(count, 'ungating status has', 'ungating statuses have')} expired",
        body="An expired status counts as unknown: its store receives nothing by it until it is checked again.",
        link=reverse("admin:ungating_ungatingstatus_changelist") + "?expiry=expired",
        fold_key=FOLD_KEY,
    )


def _close_if_over(*, now: datetime) -> None:
    """Also where a person overrode or took out of use what had expired. One query where no such alert is open."""
    told = Alert.objects.filter(fold_key=f"{AlertKind.UNGATING_ACTION}:{FOLD_KEY}", state=AlertState.OPEN)
    if told.exists() and not _counting(UngatingStatus.objects.expired(now)).exists():
        close_alert(kind=AlertKind.UNGATING_ACTION, fold_key=FOLD_KEY)


def _counting(rows: QuerySet[UngatingStatus]) -> QuerySet[UngatingStatus]:
    """Where an override counts instead, or the status was unknown anyway, nobody needs to look."""
    return rows.filter(override="").exclude(status=Status.UNKNOWN)
