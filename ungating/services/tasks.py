"""Ungating tasks that a person settles."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.history import note_update
from notifications.models import AlertKind
from notifications.services import close_alert
from ungating.models import ClosedBecause, TaskState, UngatingTask


def task_alert(task_id: int | str) -> str:
    """What the alert of a task (key) folds by."""
    return f"task:{task_id}"


@transaction.atomic
def settle_tasks(
    *, tasks: Iterable[UngatingTask], state: TaskState, reason: str = "", actor: User | None = None
) -> int:
    """Take open tasks to done or dismissed, and their alerts with them; how many were open."""
    found = UngatingTask.objects.open().select_for_update().filter(pk__in=[task.pk for task in tasks]).order_by("pk")
    rows, columns, now = list(found), {"state": state, "closed_because": ClosedBecause.BY_HAND}, timezone.now()
    note_update(rows, columns, actor=actor, reason=reason.strip())
    UngatingTask.objects.filter(pk__in=[task.pk for task in rows]).update(
        **columns, settled_by=actor, settled_at=now, settled_unlocks=F("unlocks"), updated_at=now
    )
    for task in rows:
        close_alert(kind=AlertKind.UNGATING_ACTION, fold_key=task_alert(task.pk))
    return len(rows)
