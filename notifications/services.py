"""Raising and settling alerts. Called inside the business transaction, so nothing is told of rolled-back work."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from notifications.models import Alert, AlertKind, AlertState


def raise_alert(*, kind: AlertKind, title: str, fold_key: str, body: str = "", link: str = "") -> None:
    """Record a condition; while an alert of the same kind and `fold_key` is open, count it there instead."""
    key = f"{kind}:{fold_key}"[:160]
    latest = {"title": title[:200], "body": body, "link": link, "last_at": timezone.now()}
    if Alert.objects.filter(fold_key=key, state=AlertState.OPEN).update(count=F("count") + 1, **latest):
        return
    try:
        with transaction.atomic():
            Alert.objects.create(kind=kind, fold_key=key, **latest)
    except IntegrityError:
        Alert.objects.filter(fold_key=key, state=AlertState.OPEN).update(count=F("count") + 1, **latest)


def close_alert(*, kind: AlertKind, fold_key: str) -> None:
    """The condition is over: its open alert, if any, is done."""
    Alert.objects.filter(fold_key=f"{kind}:{fold_key}"[:160], state=AlertState.OPEN).update(state=AlertState.DONE)
