"""How the system is, for load balancers, monitors and the dashboard. Tells nothing secret."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.models import Min
from django_q.models import OrmQ, Schedule

from common.models import Run, RunState
from operations.backups.services import KIND as BACKUP
from sync.models import SourceState
from sync.services.polling import is_stale, polled_sources, stale_after

# A schedule is started within half a minute of its time while a worker lives.
QUEUE_LATE = timedelta(minutes=5)
BACKUP_LATE = timedelta(hours=26)


class Level(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class Check:
    """One thing looked at; `facts` holds plain JSON values."""

    level: Level
    message: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"status": self.level.value, "message": self.message, **self.facts}


@dataclass(frozen=True)
class Health:
    """All checks; the whole is down only when the database is, and degraded when anything else is wrong."""

    checks: dict[str, Check]

    @property
    def level(self) -> Level:
        levels = {check.level for check in self.checks.values()}
        return next((level for level in (Level.DOWN, Level.DEGRADED) if level in levels), Level.OK)

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.level.value,
            "checks": {name: check.as_json() for name, check in self.checks.items()},
        }


def look(now: datetime) -> Health:
    """The health at `now`; asks the database a handful of small queries."""
    database = check_database()
    rest: dict[str, Callable[[datetime], Check]] = {
        "queue": check_queue,
        "sources": check_sources,
        "backups": check_backups,
    }
    if database.level is Level.DOWN:
        unknown = Check(Level.DEGRADED, "Not known while the database does not answer.")
        return Health({"database": database, **dict.fromkeys(rest, unknown)})
    return Health({"database": database, **{name: _safely(check, now) for name, check in rest.items()}})


def _safely(check: Callable[[datetime], Check], now: datetime) -> Check:
    """A table that is missing or locked makes one check degraded, not the page an error."""
    try:
        return check(now)
    except AnyDatabaseError:
        return Check(Level.DEGRADED, "Cannot be read. Is the database migrated?")


def check_database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except AnyDatabaseError:
        return Check(Level.DOWN, "The database does not answer.")
    return Check(Level.OK, "The database answers.")


def check_queue(now: datetime) -> Check:
    """Late work means that no worker lives, or that it hangs: a due task or schedule waits over 5 minutes."""
    due = OrmQ.objects.filter(lock__lte=now)
    oldest = due.aggregate(oldest=Min("lock"))["oldest"]
    overdue = Schedule.objects.filter(next_run__lte=now).exclude(repeats=0).aggregate(oldest=Min("next_run"))["oldest"]
    facts = {
        "waiting": due.count(),
        "oldest_task_seconds": _age(now, oldest),
        "schedule_late_seconds": _age(now, overdue),
    }
    if any(since is not None and now - since > QUEUE_LATE for since in (oldest, overdue)):
        return Check(Level.DEGRADED, "Work waits: is a worker running?", facts)
    return Check(Level.OK, "Work is done as it comes.", facts)


def check_sources(now: datetime) -> Check:
    """Every source that is set and read by itself was read within its time; `held` where one waits for a person."""
    known = {row.source: row for row in SourceState.objects.all()}
    watched = polled_sources()
    as_of = {source: known[source].as_of if source in known else None for source in watched}
    facts = {
        source.value: {
            "as_of": _iso(as_of[source]),
            "age_seconds": _age(now, as_of[source]),
            "stale_after_seconds": int(stale_after(source).total_seconds()),
            "held": source in known and known[source].held_run_id is not None,
        }
        for source in watched
    }
    stale = [source.label for source in watched if is_stale(source, as_of[source], now=now)]
    if stale:
        return Check(Level.DEGRADED, f"Not read in time: {', '.join(map(str, stale))}.", facts)
    return Check(Level.OK, "Every source is fresh." if watched else "No source is set.", facts)


def check_backups(now: datetime) -> Check:
    """The newest good backup is at most 26 hours old; a new installation has as long for its first."""
    newest = Run.objects.filter(kind=BACKUP, state=RunState.SUCCEEDED).order_by("-finished_at").first()
    last = newest.finished_at if newest else None
    facts = {"newest": _iso(last), "age_seconds": _age(now, last)}
    since = last or Run.objects.aggregate(first=Min("started_at"))["first"]
    if since is not None and now - since > BACKUP_LATE:
        return Check(Level.DEGRADED, "The newest backup is too old." if last else "There is no backup yet.", facts)
    return Check(Level.OK, "The newest backup is fresh." if last else "The first backup is yet to come.", facts)


def _age(now: datetime, since: datetime | None) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
