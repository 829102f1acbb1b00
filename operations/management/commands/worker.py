import sys
from typing import Any

from django.core.management.base import BaseCommand

from operations.programs import worker_programs
from operations.supervisor import Supervisor

GRACE = 300.0  # seconds: a task in hand may end, and its time is at most this


class Command(BaseCommand):
    help = "Runs background work until SIGTERM or Ctrl-C: the queue and the ticker, each started again when it dies."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        sys.exit(Supervisor(worker_programs(), grace=GRACE, say=say).run())
