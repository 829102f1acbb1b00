import signal
import time
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from notifications.services import queue_due_emails
from sync.services.polling import queue_due_polls

log = structlog.get_logger(__name__)

TICK = 1.0  # seconds


class Command(BaseCommand):
    help = "Queues readings of sources and e-mails when they are due, to the second; the schedules look twice a minute."

    def handle(self, *args: Any, **options: Any) -> None:
        self.ending = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        while not self.ending:
            close_old_connections()
            try:
                queue_due_polls(now=timezone.now())
                queue_due_emails(now=timezone.now())
            except OperationalError as error:  # the database is away or locked: it is tried again
                log.warning("nothing could be queued", error=type(error).__name__)
            time.sleep(TICK)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.ending = True
