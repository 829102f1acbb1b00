"""What the worker runs by schedule, and what webhooks and people ask it to."""

import time
from collections.abc import Callable

from django.contrib.auth.models import User
from django.utils import timezone

from common.andon import CordPulled, automatic
from common.errors import Conflict
from notifications.services import drop_old_emails
from sync.models import SourceName
from sync.services import SyncReport, polling, sync_source
from sync.services.held import release_run
from sync.services.report import BUSY
from sync.services.tidy import drop_old_runs
from sync.services.webhooks import forget_old_deliveries
from sync.services.words import headline

TRIES, PAUSE = 30, 2.0  # seconds


@automatic
def tick() -> list[str]:
    """Queue the readings that are due and tell of stale sources; the sources queued. Safe to start twice at once."""
    now = timezone.now()
    polling.warn_of_stale_sources(now=now)
    return [source.value for source in polling.queue_due_polls(now=now)]


def tidy() -> dict[str, int]:
    """Drop what nobody needs any more of runs, webhooks and e-mails; how many of each."""
    now = timezone.now()
    return {
        "runs": drop_old_runs(now=now),
        "webhooks": forget_old_deliveries(now=now),
        "emails": drop_old_emails(now=now),
    }


def poll(source: str) -> str:
    """Read one source, unless the Andon cord is pulled; the headline becomes the task's result."""
    try:
        return headline(polling.poll_source(source=SourceName(source)))
    except CordPulled as stopped:
        return str(stopped)


def read_now(source: str, actor_id: int, everything: bool = False) -> str:
    """Read one source because a person asks for it, parked or not; `everything` even where changes would do."""
    actor = User.objects.get(pk=actor_id)
    return _when_free(lambda: sync_source(source=SourceName(source), sweep=everything, actor=actor))


def release(run_id: int, actor_id: int) -> str:
    """Take over what a held run would do, in the name of whoever released it; asked twice it is done once."""
    actor = User.objects.get(pk=actor_id)
    try:
        return _when_free(lambda: release_run(run_id=run_id, actor=actor))
    except Conflict as done:
        return str(done)


def _when_free(read: Callable[[], SyncReport]) -> str:
    """The headline of what a person asked for; while another run is under way it waits, a minute at most."""
    for _ in range(TRIES):
        report = read()
        if report.state != BUSY:
            break
        time.sleep(PAUSE)
    return headline(report)
