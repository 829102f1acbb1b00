"""Raising and settling alerts. Called inside the business transaction, so nothing is told of rolled-back work."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common.errors import Conflict, DomainError, Problem
from notifications.mail_text import one_line, storable
from notifications.models import Alert, AlertKind, AlertState
from notifications.services.outbox import write_alert_emails

# A condition that stays open is told again when it repeats after this time.
REMIND_AFTER = timedelta(hours=24)
LONGEST_SNOOZE = timedelta(days=366)
# Mail about mail would go round in circles.
NEVER_MAILED = (AlertKind.MAIL_TROUBLE,)
TURNS = 3


def raise_alert(*, kind: AlertKind, title: str, fold_key: str, body: str = "", link: str = "") -> None:
    """Record a condition and write its e-mails; while an alert of the same kind and `fold_key` is open, count it there
    instead. One that is open and not put off is e-mailed again by a repeat after a day.
    """
    key, now = _key(kind, fold_key), timezone.now()
    latest = {"title": one_line(title, 200), "body": storable(body), "link": link, "last_at": now}
    for turn in range(1, TURNS + 1):
        if _repeat(key, latest, now):
            return
        try:
            _first(kind, key, latest, now)
            return
        except IntegrityError:  # another one raised it at this moment
            if turn == TURNS:
                raise


def _key(kind: AlertKind, fold_key: str) -> str:
    return f"{kind}:{fold_key}"[:160]


def _repeat(key: str, latest: dict[str, Any], now: datetime) -> bool:
    """Count it where it is open already. The open key is unique, so each statement touches one row by its index."""
    if not Alert.objects.filter(open_key=key).update(count=F("count") + 1, **latest):
        return False
    old = Alert.objects.awake(now).filter(Q(mailed_at=None) | Q(mailed_at__lte=now - REMIND_AFTER), open_key=key)
    if not old.exclude(kind__in=NEVER_MAILED).exists():
        return True
    with transaction.atomic(savepoint=False):
        if old.update(mailed_at=now):
            write_alert_emails(Alert.objects.get(open_key=key), now=now)
    return True


@transaction.atomic
def _first(kind: AlertKind, key: str, latest: dict[str, Any], now: datetime) -> None:
    is_mailed = kind not in NEVER_MAILED
    alert = Alert.objects.create(kind=kind, fold_key=key, mailed_at=now if is_mailed else None, **latest)
    if is_mailed:
        write_alert_emails(alert, now=now)


def close_alert(*, kind: AlertKind, fold_key: str) -> None:
    """The condition is over: its open alert, if any, is done."""
    Alert.objects.filter(open_key=_key(kind, fold_key)).update(state=AlertState.DONE, snoozed_until=None)


def mark_done(*, alerts: Collection[int]) -> int:
    """These alerts (keys) need nobody any more; how many were open."""
    return Alert.objects.filter(pk__in=alerts, state=AlertState.OPEN).update(state=AlertState.DONE, snoozed_until=None)


def snooze(*, alerts: Collection[int], until: datetime, now: datetime) -> int:
    """Put open alerts (keys) off until a moment, when they are open again by themselves; how many.

    Meanwhile repeats are counted and not e-mailed. Raises DomainError where the moment is past or over a year away.
    """
    if not now < until <= now + LONGEST_SNOOZE:
        raise DomainError("Choose a moment within the next year.", field="until")
    return Alert.objects.filter(pk__in=alerts, state=AlertState.OPEN).update(snoozed_until=until)


@transaction.atomic
def reopen(*, alerts: Collection[int], now: datetime) -> int:
    """Have done alerts (keys) open again, and those that are put off shown at once; how many.

    Raises Conflict naming those whose condition has a newer open alert; then nothing has changed.
    """
    count = Alert.objects.snoozed(now).filter(pk__in=alerts).update(snoozed_until=None)
    problems = []
    for alert in Alert.objects.filter(pk__in=alerts, state=AlertState.DONE).order_by("-pk"):
        try:
            with transaction.atomic():
                Alert.objects.filter(pk=alert.pk).update(state=AlertState.OPEN, snoozed_until=None)
        except IntegrityError:
            problems.append(Problem("", f"“{alert.title}” is open already as a newer alert."))
        else:
            count += 1
    if problems:
        raise Conflict(problems)
    return count
