"""When each source is read by itself: due times, wake-ups, what is queued, and sources that grow old."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_q.tasks import async_task

from common.andon import check_cord, current_cord
from common.models import Run
from notifications.models import Alert, AlertKind, AlertState
from sync import sources
from sync.models import SourceName, SourceState
from sync.services.alerts import tell_trouble
from sync.services.ending import STALE_PREFIX
from sync.services.lease import slot_of, state_of
from sync.services.report import SyncReport
from sync.services.run import sync_source

POLL_TASK = "sync.tasks.poll"
# A reading that was queued and not begun within this time is taken for lost.
LOST_AFTER = timedelta(minutes=5)
MISSED_POLLS = 3
# Without the ticker the worker notices what is due within half a minute.
SLACK = timedelta(seconds=30)


def poll_period(source: SourceName) -> timedelta:
    """How often `source` is read by itself: POLL_SECONDS_<SOURCE>."""
    return timedelta(seconds=settings.POLL_SECONDS[source.value])


def polled_sources() -> list[SourceName]:
    """The sources that are set and read by themselves."""
    return [source for source in sources.POLLED if sources.is_set(source)]


def stale_after(source: SourceName) -> timedelta:
    """A source is stale after three missed polls."""
    return MISSED_POLLS * (poll_period(source) + SLACK)


def wake(*, source: SourceName, now: datetime) -> None:
    """Have `source` read as soon as may be; what is asked for during a reading is read after it."""
    SourceState.objects.get_or_create(source=source)
    SourceState.objects.filter(source=source).update(next_poll_at=now)


def queue_due_polls(*, now: datetime) -> list[SourceName]:
    """Queue a reading of every source that is due, once, however many workers ask; those that were queued.

    A source that is being read, or waits in the queue already, is left until that is over; all are, while the Andon
    cord is pulled.
    """
    if current_cord().is_pulled:
        return []
    due_at = dict(SourceState.objects.values_list("source", "next_poll_at"))
    return [
        source
        for source in polled_sources()
        if (due_at.get(source) or now) <= now and _queue(source, now, is_known=source in due_at)
    ]


def _queue(source: SourceName, now: datetime, *, is_known: bool) -> bool:
    if Run.objects.filter(slot=slot_of(source), lease_until__gt=timezone.now()).exists():
        return False
    if not is_known:
        state_of(source)  # outside of the transaction: inserts of several workers in theirs would deadlock
    return _take(source, now)


@transaction.atomic
def _take(source: SourceName, now: datetime) -> bool:
    """Taken by one conditional UPDATE; the task is in the same transaction where the queue is in the database."""
    mine = SourceState.objects.filter(
        Q(next_poll_at=None) | Q(next_poll_at__lte=now),
        Q(queued_at=None) | Q(queued_at__lte=now - LOST_AFTER),
        source=source,
    )
    if not mine.update(queued_at=now, next_poll_at=now + poll_period(source)):
        return False
    async_task(POLL_TASK, source.value, task_name=f"poll {source.value}")
    return True


def poll_source(*, source: SourceName) -> SyncReport:
    """Read `source` as the schedule wants it: never one that is parked. Raises CordPulled."""
    SourceState.objects.filter(source=source).update(queued_at=None)
    check_cord()
    return sync_source(source=source, by_hand=False)


def warn_of_stale_sources(*, now: datetime) -> list[SourceName]:
    """Raise one alert for each source that was not read in time, unless its trouble is told already; the stale ones."""
    as_of = dict(SourceState.objects.values_list("source", "as_of"))
    started = dict(SourceState.objects.values_list("source", "last_run__started_at"))
    stale = [
        source
        for source in polled_sources()
        if started.get(source) is not None and is_stale(source, as_of.get(source), now=now)
    ]
    for source in stale:
        _tell_stale(source, as_of.get(source))
    return stale


def is_stale(source: SourceName, as_of: datetime | None, *, now: datetime) -> bool:
    """Whether what we know of `source` is older than three polls, or nothing is known of it."""
    return as_of is None or now - as_of > stale_after(source)


def _tell_stale(source: SourceName, as_of: datetime | None) -> None:
    keys = [f"{AlertKind.SYNC_TROUBLE}:{key}" for key in (source.value, f"{STALE_PREFIX}{source.value}")]
    if Alert.objects.filter(fold_key__in=keys, state=AlertState.OPEN).exists():
        return
    since = f"since {timezone.localtime(as_of):%Y-%m-%d %H:%M}" if as_of else "ever"
    last = SourceState.objects.select_related("last_run").get(source=source).last_run
    tell_trouble(
        f"{source.label}: stale, not read {since}",
        last.error if last and last.error else "No reading has ended. Is a worker running?",
        link=reverse("admin:sync_sourcestate_changelist"),
        key=f"{STALE_PREFIX}{source.value}",
    )
