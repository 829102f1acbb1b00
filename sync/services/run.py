"""One run of one source: fetch and parse, compare and write in one transaction, record how it ended."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from common.errors import DomainError
from common.models import Run, RunState
from common.transactions import Busy, durable
from notifications.models import AlertKind
from notifications.services import close_alert, raise_alert
from sync import sources
from sync.models import SourceName
from sync.services import panel, portal, preorders, ungating
from sync.services.context import Context, Write
from sync.services.guard import HeldRun
from sync.services.issues import record_issues
from sync.services.lease import LeaseLost, SyncBusy, claim_run, lock_state
from sync.services.report import BUSY, SyncReport

log = structlog.get_logger(__name__)

# (where it is, the moment) -> what is left to be written. Raises UnusableFile.
Read = Callable[[Path, datetime], Write]
READERS: dict[SourceName, Read] = {
    SourceName.PORTAL: portal.read,
    SourceName.PANEL: panel.read,
    SourceName.UNGATING: ungating.read,
    SourceName.PREORDERS: preorders.read,
}


def sync_every_source(
    *, now: datetime | None = None, accepted: bool = False, actor: AbstractBaseUser | None = None
) -> list[SyncReport]:
    """Run every source that is set, in the order in which they build on each other.

    A source that fails does not keep the others from running; a sync under way elsewhere ends this one.
    """
    reports = []
    for source in sources.ORDER:
        reports.append(sync_source(source=source, now=now, accepted=accepted, actor=actor))
        if reports[-1].state == BUSY:
            break
    return reports


def sync_source(
    *,
    source: SourceName,
    now: datetime | None = None,
    file: Path | None = None,
    accepted: bool = False,
    actor: AbstractBaseUser | None = None,
) -> SyncReport:
    """Take over what `source`, or the `file` or folder given by hand, says now.

    `accepted` releases a run that would be held for changing too much. `now` is the clock.
    Never raises for what is wrong with the data: then the report says it, and nothing is written but the run
    and an alert.
    """
    clock = now or timezone.now()
    if not sources.is_set(source, file):
        return SyncReport(source, RunState.SKIPPED)
    try:
        run = claim_run(source=source, now=clock, actor=actor)
    except (SyncBusy, Busy) as busy:
        return SyncReport(source, BUSY, str(busy))
    with bound_contextvars(run_id=run.pk, sync_source=str(source)):
        log.info("sync started")
        report = _run(run, source, clock, file, accepted)
        log.info("sync ended", state=str(report.state), changed=report.changed, refused=len(report.refused))
    return report


def _run(run: Run, source: SourceName, now: datetime, file: Path | None, accepted: bool) -> SyncReport:
    """The run from its claim to its end, however it ends."""
    try:
        write = READERS[source](sources.locate(source, file), now)
        return _write(run=run, source=source, write=write, now=now, accepted=accepted)
    except HeldRun as held:
        return _stop(run=run, source=source, state=RunState.HELD, error=f"{held} {_release_words(source, file)}")
    except LeaseLost as lost:
        return SyncReport(source, RunState.FAILED, str(lost), run_id=run.pk)
    except DomainError as error:
        return _stop(run=run, source=source, state=RunState.FAILED, error=str(error))
    except Exception as error:
        log.exception("sync failed")
        words = f"An unexpected error ({type(error).__name__}) ended the run; nothing was written. See the log."
        return _stop(run=run, source=source, state=RunState.FAILED, error=words)
    except BaseException:  # Ctrl-C, a worker told to end: the lease is given back at once
        _stop(
            run=run,
            source=source,
            state=RunState.FAILED,
            error="The run was interrupted; nothing was written.",
        )
        raise


def _release_words(source: SourceName, file: Path | None) -> str:
    given = f" --file {file}" if file else ""
    return f"Nothing was written. If this is right: manage.py sync {source}{given} --accept-mass-change"


@durable
def _write(*, run: Run, source: SourceName, write: Write, now: datetime, accepted: bool) -> SyncReport:
    """Everything that the run changes, its success and its row issues, together or not at all."""
    state = lock_state(source=source, run=run)
    outcome = write(Context(run, now, state.header_hash, accepted))
    record_issues(source=source, run=run, issues=outcome.issues, now=now)
    state.as_of, state.header_hash = now, outcome.header_hash
    state.save(update_fields=["as_of", "header_hash"])
    close_alert(kind=AlertKind.SYNC_TROUBLE, fold_key=str(source))
    run.finish(RunState.SUCCEEDED, counts=outcome.counts())
    return SyncReport(source, RunState.SUCCEEDED, run_id=run.pk, outcome=outcome)


@durable
def _stop(*, run: Run, source: SourceName, state: RunState, error: str) -> SyncReport:
    """The run ended without writing: record why, and tell a person."""
    run.finish(state, error=error)
    raise_alert(
        kind=AlertKind.SYNC_TROUBLE,
        title=f"{source.label}: the sync {'was held' if state == RunState.HELD else 'failed'}",
        body=error,
        link=f"/admin/common/run/{run.pk}/change/",
        fold_key=str(source),
    )
    return SyncReport(source, state, error, run_id=run.pk)
