"""Runs of which only one of a kind may be under way: claimed, kept alive, taken up again, parked.

A run's slot is a unique column that is set while it runs, so the database lets only one in. Its lease says for how
long its worker is believed to live; whoever finds it over takes the run up with one conditional UPDATE. The number of
starts is counted before the work begins and is the fencing token: a worker that slept through its lease finds another
number and writes nothing.
"""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from common.errors import Conflict
from common.models import Run, RunState
from common.transactions import is_busy

LEASE = timedelta(seconds=90)
MOST_STARTS = 3


class RunBusy(Conflict):
    """Another run of the kind is under way."""

    code = "run_busy"
    title = "Another run is under way"


class LeaseLost(Conflict):
    """This run was so slow that another worker has taken it over, or a person has ended it."""

    code = "lease_lost"
    title = "The run was taken over"


class Poisonous(Conflict):
    """The run was started as often as is allowed and never came to its end. `run` is still open."""

    code = "poisonous"
    title = "The run never ends"

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__(f"{run} was started {run.attempts} times and never came to its end.")


def claim_run(*, kind: str, target: str = "", actor: AbstractBaseUser | None = None) -> Run:
    """Start a run of `kind`, or take up one that a lost worker left behind, if it is of the same `target`.

    Raises RunBusy while another is under way, and Poisonous for one left behind after its last start.
    """
    left = Run.objects.filter(slot=kind).first()
    if left is None:
        return _start(kind, target, actor)
    if left.lease_until is not None and left.lease_until > timezone.now():
        raise _busy(left)
    if left.target != target:
        give_up(run=left)
        return _start(kind, target, actor)
    if left.attempts >= MOST_STARTS:
        raise Poisonous(left)
    return _take_up(left)


def _start(kind: str, target: str, actor: AbstractBaseUser | None) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=kind,
                slot=kind,
                target=target,
                lease_until=timezone.now() + LEASE,
                started_by=actor,  # type: ignore[misc]
            )
    except IntegrityError:
        raise _busy(Run.objects.filter(slot=kind).first()) from None


def _take_up(left: Run) -> Run:
    """One conditional UPDATE; a worker that is slow but writing holds the row, which is not worth waiting for."""
    now = timezone.now()
    expired = Run.objects.filter(pk=left.pk, state=RunState.RUNNING, attempts=left.attempts, lease_until__lte=now)
    try:
        with transaction.atomic():
            expired.select_for_update(nowait=True).first()
            if not expired.update(attempts=F("attempts") + 1, lease_until=now + LEASE, done=0, total=0):
                raise _busy(left)
    except OperationalError as error:
        if is_busy(error):
            raise _busy(left) from error
        raise
    return Run.objects.get(pk=left.pk)


def _busy(other: Run | None) -> RunBusy:
    which = ""
    if other is not None:
        minutes = int((timezone.now() - other.started_at).total_seconds() // 60)
        which = f" ({other}, started {minutes} min ago)"
    return RunBusy(f"Another run{which} is under way. Try again when it has ended.")


def keep_alive(*, run: Run, done: int = 0, total: int = 0) -> None:
    """Renew the lease and tell the progress. Raises LeaseLost where the run is no longer this worker's."""
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts)
    if not mine.update(lease_until=timezone.now() + LEASE, done=done, total=max(done, total)):
        raise _lost(run)


def lock_run(*, run: Run) -> None:
    """Lock the run's row until the transaction ends. Raises LeaseLost where the run is no longer this worker's."""
    if not is_mine(run=run):
        raise _lost(run)


def is_mine(*, run: Run) -> bool:
    """Whether the run, locked until the transaction ends, is still under way and this worker's."""
    mine = Run.objects.select_for_update().filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts)
    return mine.first() is not None


def give_up(*, run: Run) -> None:
    """End a run whose worker is lost; should it still live, it finds that the run is no longer its own."""
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts)
    if mine.update(attempts=F("attempts") + 1):
        run.finish(RunState.FAILED, error="Its worker was lost before the end; nothing was written.")


def _lost(run: Run) -> LeaseLost:
    return LeaseLost(f"{run} was taken over by another worker, or ended by a person; this one wrote nothing.")
