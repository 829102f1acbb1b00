"""How a run ends: everything written, held for a person with what it would do, or failed with the way out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from common.models import Run, RunState
from common.runs import is_mine, lock_run
from common.transactions import durable
from sync.models import SourceName, SourceState
from sync.services.alerts import tell_trouble, trouble_is_over
from sync.services.context import Context, Given, Write
from sync.services.guard import ANY_CHANGE, Doubt, HeldRun
from sync.services.issues import record_issues
from sync.services.lease import lock_source, state_of
from sync.services.report import Outcome, SyncReport

STALE_PREFIX = "stale:"
LOOK_FIRST = "Nothing was written yet: this is what the file would change."


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a source and how it was started."""

    source: SourceName
    run: Run
    now: datetime
    given: Given | None
    by_hand: bool
    look_first: bool
    accepted: str


@durable
def write_all(*, job: Job, write: Write) -> SyncReport:
    """Everything that the run changes, its success and its row issues, together or not at all.

    Raises HeldRun where a person should look first, LeaseLost where another worker has taken the run over.
    """
    lock_run(run=job.run)
    if job.look_first:
        raise HeldRun([Doubt(LOOK_FIRST)])
    outcome = write(_context(job, job.accepted))
    record_issues(source=job.source, run=job.run, outcome=outcome, now=job.now)
    _keep_state(lock_source(source=job.source), outcome, job)
    trouble_is_over(str(job.source))
    trouble_is_over(f"{STALE_PREFIX}{job.source}")
    job.run.finish(RunState.SUCCEEDED, counts=outcome.counts(), changes=outcome.changes)
    return SyncReport(job.source, RunState.SUCCEEDED, run_id=job.run.pk, outcome=outcome)


def _context(job: Job, accepted: str) -> Context:
    """The source's row is not locked until the end: webhooks write there, and may not wait for a long sync."""
    return Context(job.run, job.now, state_of(job.source).header_hash, accepted)


def _keep_state(state: SourceState, outcome: Outcome, job: Job) -> None:
    """Up to where the source was read goes with what was read, never before it."""
    state.as_of, state.header_hash = job.now, outcome.header_hash
    if outcome.complete:
        state.swept_at = job.now
    if job.given is None:
        state.marks = dict(outcome.marks)
    if state.held_run is not None:
        accepted = job.accepted in (state.held_digest, ANY_CHANGE)
        _end_held(state.held_run, RunState.RELEASED if accepted else RunState.DISCARDED, f"See {job.run}.")
    state.held_run, state.held_digest, state.refused_digest = None, "", ""
    state.save()


def _end_held(run: Run, state: RunState, words: str) -> None:
    run.finish(state, error=f"{run.error} {words}".strip())


@durable
def preview(*, job: Job, write: Write) -> Outcome:
    """What `write` would do; it is done and taken back."""
    lock_run(run=job.run)
    outcome = write(_context(job, ANY_CHANGE))
    transaction.set_rollback(True)
    return outcome


@durable
def hold(*, job: Job, held: HeldRun, would: Outcome) -> SyncReport:
    """End the run with what it would do (`would`), for a person to release or discard; told once for each change."""
    state = lock_source(source=job.source)
    error = LOOK_FIRST if job.look_first else f"{held} {_release_words(job)}"
    report = SyncReport(job.source, RunState.HELD, error, run_id=job.run.pk, outcome=would)
    if not job.look_first and _is_known(state, held.digest):
        job.run.finish(RunState.SKIPPED, error=f"{held} {_known_words(state, held.digest)}")
        return report
    job.run.finish(RunState.HELD, counts=would.counts(), changes=would.changes, error=error)
    if job.look_first:
        return report
    if state.held_run is not None:
        _end_held(state.held_run, RunState.DISCARDED, f"Another change came in its place: {job.run}.")
    state.held_run, state.held_digest = job.run, held.digest
    state.save(update_fields=["held_run", "held_digest"])
    page = reverse("admin:sync_sourcestate_held", args=[job.run.pk])
    tell_trouble(f"{job.source.label}: the sync was held", error, link=page, key=str(job.source))
    return report


def _is_known(state: SourceState, digest: str) -> bool:
    return digest in (state.refused_digest, state.held_digest)


def _known_words(state: SourceState, digest: str) -> str:
    if digest == state.held_digest and state.held_run is not None:
        return f"It is still held: see {state.held_run}."
    return "A person has discarded this change; the source still asks for it."


def _release_words(job: Job) -> str:
    given = f" --file {job.given.name}" if job.given else ""
    return f"Nothing was written. If this is right: manage.py sync {job.source}{given} --accept-mass-change"


@durable
def fail(*, job: Job, error: str, retry_after: float | None = None, is_passing: bool = False) -> SyncReport:
    """The run ended without writing: record why, and tell a person.

    What may pass by itself (`is_passing`) is told only when the source becomes stale; whoever uploads a file sees it.
    `retry_after`: seconds that the source asks us to wait.
    """
    report = SyncReport(job.source, RunState.FAILED, error, run_id=job.run.pk)
    if not is_mine(run=job.run):
        return report  # another worker has it, or it was written after all and only the answer was lost
    job.run.finish(RunState.FAILED, error=error)
    if retry_after is not None:
        later = job.now + timedelta(seconds=retry_after)
        SourceState.objects.filter(source=job.source, next_poll_at__lt=later).update(next_poll_at=later)
    if not (is_passing or job.look_first):
        page = reverse("admin:common_run_change", args=[job.run.pk])
        tell_trouble(f"{job.source.label}: the sync failed", error, link=page, key=str(job.source))
    return report
