"""The programs that a host runs, and when one of them hangs."""

import sys
import time

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ

from operations.supervisor import Program

# Seconds. No task may take longer than the queue's timeout of 5 minutes: where the same one waits twice as long, the
# queue hangs, as django-q2 does when one of its idle processes is killed.
HANGS_AFTER = 600.0


def manage(*arguments: str) -> list[str]:
    """The command line of `manage.py` with these arguments."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def worker_programs() -> list[Program]:
    """What does the work in the background."""
    return [
        Program("queue", manage("qcluster"), restarts=True, hangs=QueueWatch()),
        Program("ticker", manage("ticker"), restarts=True),
    ]


class QueueWatch:
    """Asked now and then whether the queue in the database hangs: the task that is first in it stays first too long.

    A long backlog that is worked off is none.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.since = time.monotonic()

    def __call__(self) -> bool:
        try:
            first = OrmQ.objects.filter(lock__lte=timezone.now()).order_by("pk").values_list("pk", flat=True).first()
        except OperationalError:
            return False  # the database is away: starting the queue again would not help
        finally:
            connection.close()
        if first is None or first != self.first:
            self.first, self.since = first, time.monotonic()
        return time.monotonic() - self.since > HANGS_AFTER and first is not None
