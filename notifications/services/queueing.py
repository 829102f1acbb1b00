"""When a worker sends: at once while the server answers, once a minute while it does not."""

import time
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from notifications.models import Email, EmailState, SenderSlot
from notifications.services.sending import BUDGET, SendReport, send_due_emails

SEND_TASK = "notifications.tasks.send_due"
# A sending that was queued and has not ended within this time is taken for lost.
LOST_AFTER = timedelta(minutes=5)
# Where the mail server is away, one e-mail tries it again after this time; the others wait without losing a try.
PAUSE = timedelta(minutes=1)


def queue_due_emails(*, now: datetime) -> bool:
    """Have a worker send what is due, unless nothing is or a worker is at it already; whether it was queued."""
    if not (Email.objects.ready(now).exists() or Email.objects.left_behind(now).exists()):
        return False
    SenderSlot.objects.get_or_create(pk=SenderSlot.ONLY, defaults={"free_at": now})
    return _queue(now)


@transaction.atomic
def _queue(now: datetime) -> bool:
    """Taken by one conditional UPDATE; the task is in the same transaction where the queue is in the database."""
    if not SenderSlot.objects.filter(pk=SenderSlot.ONLY, free_at__lte=now).update(free_at=now + LOST_AFTER):
        return False
    async_task(SEND_TASK, task_name="send e-mails")
    return True


def send_what_is_due() -> SendReport:
    """Send until nothing is due, the server is in trouble, or time is up; then the next sending may be queued."""
    ends = time.monotonic() + BUDGET.total_seconds()
    whole = SendReport()
    while not whole.trouble and time.monotonic() < ends:
        report = send_due_emails(now=timezone.now())
        whole += report
        if not report.tried:
            break
    now = timezone.now()
    SenderSlot.objects.filter(pk=SenderSlot.ONLY).update(free_at=now + PAUSE if whole.trouble else now)
    return whole


@transaction.atomic
def try_again(*, emails: Collection[int], now: datetime) -> int:
    """Have these e-mails (keys) tried at once: those that wait, and, with all their tries before them, those that were
    refused or given up. How many; what was sent or is being sent is left.
    """
    chosen = Email.objects.filter(pk__in=emails)
    waiting = chosen.filter(state=EmailState.WAITING).update(next_try_at=now)
    ended = chosen.filter(state__in=[EmailState.REFUSED, EmailState.FAILED]).update(
        state=EmailState.WAITING, attempts=0, next_try_at=now
    )
    SenderSlot.objects.filter(pk=SenderSlot.ONLY, free_at__gt=now).update(free_at=now)
    return waiting + ended
