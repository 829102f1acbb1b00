"""What a person does with a run that was held: look at it, release it, discard it."""

from dataclasses import asdict

from django.contrib.auth.models import User
from django_q.tasks import async_task

from common.errors import Conflict, DomainError, NotFound
from common.models import Run, RunState
from common.transactions import durable
from sync.models import SheetUpload, SourceName, SourceState
from sync.services.alerts import trouble_is_over
from sync.services.context import Given
from sync.services.guard import ANY_CHANGE
from sync.services.lease import slot_of
from sync.services.report import SyncReport
from sync.services.run import sync_source

RELEASE_TASK = "sync.tasks.release"
MOST_BYTES = 10 * 1024 * 1024
MOST_ISSUES = 100  # kept to be shown
# What a person can give as a file of one table.
SHEETS = (SourceName.PORTAL, SourceName.PREORDERS)


def source_of(run: Run) -> SourceName:
    """The source that a sync's run read. Raises NotFound for a run of another kind."""
    for source in SourceName:
        if run.kind == slot_of(source):
            return source
    raise NotFound(f"{run} is not a run of a source.")


def look_at_sheet(*, source: SourceName, name: str, content: bytes, actor: User) -> SyncReport:
    """Read a sheet that a person uploads and keep it, with what it would change, until its run is released.

    Raises DomainError where the source takes no sheet, or the file is empty or over 10 MB.
    """
    if source not in SHEETS:
        raise DomainError(f"{source.label} takes no sheet.", field="source")
    if not content or len(content) > MOST_BYTES:
        raise DomainError(f"The file must have content, and at most {MOST_BYTES // 1024 // 1024} MB.", field="file")
    report = sync_source(source=source, given=Given(name[:200], content), look_first=True, actor=actor)
    if report.state == RunState.HELD and report.run_id is not None:
        run = Run.objects.get(pk=report.run_id)
        issues = [asdict(one.issue) for one in (*report.refused, *report.warnings)[:MOST_ISSUES]]
        SheetUpload.objects.create(run=run, name=name[:200], content=content, issues=issues)
    return report


def ask_for_release(*, run_id: int, actor: User) -> None:
    """Queue the release of a held run. Raises NotFound, or Conflict where it is held no longer."""
    _held(run_id)
    async_task(RELEASE_TASK, run_id, actor.pk, task_name=f"release run {run_id}")


def release_run(*, run_id: int, actor: User) -> SyncReport:
    """Take over what the held run would do: the source is read again, and written if it still says just that.

    An upload is written as it was shown. Raises NotFound, or Conflict where the run is held no longer.
    """
    run = _held(run_id)
    source = source_of(run)
    upload = SheetUpload.objects.filter(run=run).first()
    if upload is None:
        state = SourceState.objects.get(source=source)
        if state.held_run_id != run.pk:
            raise Conflict(f"{run} is held no longer: another change came in its place.")
        return sync_source(source=source, accepted=state.held_digest, actor=actor)
    given = Given(upload.name, bytes(upload.content))
    report = sync_source(source=source, given=given, accepted=ANY_CHANGE, actor=actor)
    if report.state == RunState.SUCCEEDED:
        _end_upload(run=run, state=RunState.RELEASED, words=f"See run #{report.run_id}.")
    return report


@durable
def discard_run(*, run_id: int, reason: str, actor: User) -> None:
    """Leave everything as it is: the source is not written while it asks for just this change.

    Raises DomainError without a reason, NotFound, or Conflict where the run is held no longer.
    """
    if not reason.strip():
        raise DomainError("Say why it is discarded.", field="reason")
    run = _held(run_id)
    source = source_of(run)
    words = f"Discarded by {actor}: {reason.strip()[:200]}"
    if SheetUpload.objects.filter(run=run).exists():
        _end_upload(run=run, state=RunState.DISCARDED, words=words)
        return
    state = SourceState.objects.select_for_update().get(source=source)
    if state.held_run_id != run.pk:
        raise Conflict(f"{run} is held no longer: another change came in its place.")
    run.finish(RunState.DISCARDED, error=f"{run.error} {words}")
    state.held_run, state.refused_digest, state.held_digest = None, state.held_digest, ""
    state.save(update_fields=["held_run", "refused_digest", "held_digest"])
    trouble_is_over(source.value)


def _end_upload(*, run: Run, state: RunState, words: str) -> None:
    run.finish(state, error=words)
    SheetUpload.objects.filter(run=run).delete()


def _held(run_id: int) -> Run:
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    if run.state != RunState.HELD:
        raise Conflict(f"{run} is not held: it is {run.get_state_display().lower()}.")
    return run
