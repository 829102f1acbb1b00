"""One sync at a time: a lease on the source's run, taken by compare-and-swap, given up after 10 minutes."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser

from common.errors import Conflict
from common.models import Run, RunState
from common.transactions import durable
from sync.models import SourceName, SourceState

LEASE = timedelta(minutes=10)


class SyncBusy(Conflict):
    """Another sync is under way."""

    code = "sync_busy"
    title = "Another sync is running"


class LeaseLost(Conflict):
    """This run was so slow that another has taken over; what it read may be out of date."""

    code = "lease_lost"


def claim_run(*, source: SourceName, now: datetime, actor: AbstractBaseUser | None = None) -> Run:
    """Start a run of `source`. Only one run of any source at a time, so that the sources' order holds.

    A run that has not ended within its lease is marked failed and taken over. Raises SyncBusy.
    """
    _active_runs(now)  # without locks: a run that is writing holds its row, which is not worth waiting for
    return _claim(source=source, now=now, actor=actor)


@durable
def _claim(*, source: SourceName, now: datetime, actor: AbstractBaseUser | None) -> Run:
    for name in SourceName.values:
        SourceState.objects.get_or_create(source=name)
    states = {state.source: state for state in SourceState.objects.select_for_update().order_by("pk")}
    for dead in _active_runs(now):
        dead.finish(RunState.FAILED, error="It did not report its end within its lease and was given up.")
    run = Run.objects.create(
        kind=f"sync.{source}",
        lease_until=now + LEASE,
        started_at=now,
        started_by=actor,  # type: ignore[misc]
    )
    seen = states[source]
    if not SourceState.objects.filter(pk=seen.pk, last_run_id=seen.last_run_id).update(last_run=run):
        raise SyncBusy(f"Another sync of the {seen} has just started.")
    return run


def _active_runs(now: datetime) -> list[Run]:
    """Runs that have not ended although their lease is over. Raises SyncBusy for one whose lease holds."""
    running = Run.objects.filter(sourcestate__isnull=False, state=RunState.RUNNING).order_by("pk")
    for run in running:
        if run.lease_until is not None and run.lease_until > now:
            minutes = int((now - run.started_at).total_seconds() // 60)
            raise SyncBusy(
                f"Another sync ({run.kind} #{run.pk}, started {minutes} min ago) is running. "
                "Try again when it has ended."
            )
    return list(running)


def lock_state(*, source: SourceName, run: Run) -> SourceState:
    """The source's state, locked until the transaction ends. Raises LeaseLost where `run` was taken over."""
    state = SourceState.objects.select_for_update().get(source=source)
    if state.last_run_id != run.pk or Run.objects.filter(pk=run.pk, state=RunState.FAILED).exists():
        raise LeaseLost(f"{run} took longer than its lease of {LEASE.seconds // 60} minutes; nothing was written.")
    return state
