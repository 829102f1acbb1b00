"""What a person asks for outside the schedule: read a source now, or read it whole."""

from datetime import datetime

from django.contrib.auth.models import User
from django_q.tasks import async_task

from common.andon import current_cord
from common.errors import DomainError
from common.models import RunState
from sync import sources
from sync.models import SourceName, SourceState
from sync.services.polling import polled_sources, queue_due_polls, wake

READ_TASK = "sync.tasks.read_now"


def ask_for_reading(*, source: SourceName, everything: bool, now: datetime, actor: User) -> bool:
    """Queue a reading of `source`, parked or not; `everything` even where changes would do.

    False where one is under way or queued already: then it is read again after that. Raises DomainError where the
    source is not set.
    """
    if not sources.is_set(source):
        raise DomainError(f"{source.label} is not set up: set {sources.setting_of(source)}.")
    if everything or source not in polled_sources() or _is_parked(source) or current_cord().is_pulled:
        async_task(READ_TASK, source.value, actor.pk, everything, task_name=f"read {source.value}")
        return True
    wake(source=source, now=now)
    return source in queue_due_polls(now=now)


def _is_parked(source: SourceName) -> bool:
    return SourceState.objects.filter(source=source, last_run__state=RunState.PARKED).exists()
