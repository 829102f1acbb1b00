"""One run of one source: fetch and parse, compare and write in one transaction, record how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from allocation.services.arrival_proposals import propose_arrivals
from common.andon import CordPulled, check_cord, current_cord
from common.errors import DomainError
from common.models import Run, RunState
from common.runs import LeaseLost, RunBusy, keep_alive
from common.transactions import Busy
from sync import sources
from sync.adapters.reading import Unreachable
from sync.models import RowIssue, SourceName, SourceState
from sync.services import panel, portal, preorders, ungating
from sync.services.context import Ask, Given, Read
from sync.services.ending import Job, fail, hold, preview, write_all
from sync.services.guard import HeldRun
from sync.services.lease import Parked, begin_run, state_of
from sync.services.report import BUSY, SyncReport
from sync.services.write_back import write_back

log = structlog.get_logger(__name__)

READERS: dict[SourceName, Read] = {
    SourceName.PORTAL: portal.read,
    SourceName.PANEL: panel.read,
    SourceName.UNGATING: ungating.read,
    SourceName.PREORDERS: preorders.read,
}
SWEEP_EVERY = timedelta(days=7)
# A refused object is not sent again until it changes; what it waits for may have come meanwhile.
SWEEP_WITH_REFUSALS = timedelta(minutes=10)
TELL_EVERY = timedelta(seconds=1)


def sync_every_source(
    *, now: datetime | None = None, accepted: str = "", sweep: bool = False, actor: AbstractBaseUser | None = None
) -> list[SyncReport]:
    """Run every source that is set, in the order in which they build on each other.

    A source that fails, or is being read elsewhere, does not keep the others from running.
    """
    return [sync_source(source=one, now=now, accepted=accepted, sweep=sweep, actor=actor) for one in sources.ORDER]


def sync_source(
    *,
    source: SourceName,
    now: datetime | None = None,
    file: Path | None = None,
    given: Given | None = None,
    accepted: str = "",
    sweep: bool = False,
    by_hand: bool = True,
    look_first: bool = False,
    actor: AbstractBaseUser | None = None,
) -> SyncReport:
    """Take over what `source`, or the `file` or folder given by hand, says now.

    `accepted` (the digest of a held run, or ANY_CHANGE) releases a run that would be held for changing too much;
    `sweep` reads everything even where only changes could be asked for; `look_first` holds the run whatever it would
    do; `by_hand` = a person started it. `now` is the clock.
    Never raises for what is wrong with the data: then the report says it, and nothing is written but the run
    and an alert.
    """
    given = given or (Given(str(file), file) if file is not None else None)
    if not sources.is_set(source, given):
        return SyncReport(source, RunState.SKIPPED)
    try:
        run = begin_run(source=source, target=given.name[:200] if given else "", by_hand=by_hand, actor=actor)
    except (RunBusy, Busy) as busy:
        return SyncReport(source, BUSY, str(busy))
    except Parked as parked:
        return SyncReport(source, RunState.PARKED, str(parked))
    job = Job(source, run, now or timezone.now(), given, by_hand=by_hand, look_first=look_first, accepted=accepted)
    with bound_contextvars(run_id=run.pk, sync_source=str(source)):
        log.info("sync started", attempt=run.attempts)
        report = _run(job, sweep)
        if source == SourceName.PORTAL and report.state == RunState.SUCCEEDED and _may_go_on(job):
            if given is None:
                write_back(report=report)
            _propose(job)
        log.info("sync ended", state=str(report.state), changed=report.changed, refused=len(report.refused))
    return report


def _may_go_on(job: Job) -> bool:
    return job.by_hand or not current_cord().is_pulled


def _propose(job: Job) -> None:
    """What has come in may be what preorders wait for."""
    try:
        units = propose_arrivals(now=job.now)
    except Busy:
        log.warning("arrivals were not proposed, the next reading does it")
        return
    if units:
        log.info("arrivals proposed", units=units)


def _run(job: Job, sweep: bool) -> SyncReport:
    """The run from its claim to its end, however it ends."""
    try:
        write = READERS[job.source](_ask(job, sweep))
        keep_alive(run=job.run)
        if not job.by_hand:
            check_cord()
        try:
            return write_all(job=job, write=write)
        except HeldRun as held:
            return hold(job=job, held=held, would=preview(job=job, write=write))
    except LeaseLost as lost:
        return SyncReport(job.source, RunState.FAILED, str(lost), run_id=job.run.pk)
    except CordPulled as stopped:
        return fail(job=job, error=f"{stopped} Nothing was written.", is_passing=True)
    except Unreachable as error:
        return fail(job=job, error=str(error), retry_after=error.retry_after, is_passing=True)
    except DomainError as error:
        return fail(job=job, error=str(error))
    except Exception as error:
        log.exception("sync failed")
        return fail(
            job=job,
            error=f"An unexpected error ({type(error).__name__}) ended the run; nothing was written. See the log.",
        )
    except BaseException:  # Ctrl-C, a worker told to end: the slot is given back at once
        fail(job=job, error="The run was interrupted; nothing was written.", is_passing=True)
        raise


def _ask(job: Job, sweep: bool) -> Ask:
    state = state_of(job.source)
    everything = sweep or job.given is not None or _sweep_due(state, job.now)
    return Ask(job.now, job.given, dict(state.marks), everything, _Progress(job.run))


def _sweep_due(state: SourceState, now: datetime) -> bool:
    """Whether everything should be read again, not only what has changed."""
    if state.swept_at is None or now - state.swept_at >= SWEEP_EVERY:
        return True
    open_refusals = RowIssue.objects.filter(source=state.source, closed_at=None, is_warning=False)
    return now - state.swept_at >= SWEEP_WITH_REFUSALS and open_refusals.exists()


@dataclass
class _Progress:
    """Told by the reader; renews the run's lease at most once a second. Raises LeaseLost, which ends the reading."""

    run: Run
    last: datetime | None = None

    def __call__(self, done: int, total: int) -> None:
        moment = timezone.now()
        if self.last is None or moment - self.last >= TELL_EVERY:
            keep_alive(run=self.run, done=done, total=total)
            self.last = moment
