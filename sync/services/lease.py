"""One run of a source at a time; a source whose reading kills its worker is left alone until a person starts it."""

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse

from common.errors import Conflict
from common.models import Run, RunState
from common.runs import Poisonous, claim_run
from common.transactions import durable
from sync.models import SourceName, SourceState
from sync.services.alerts import tell_trouble


class Parked(Conflict):
    """The last run was started three times and never ended: nothing starts it by itself any more."""

    code = "parked"
    title = "Parked"


def state_of(source: SourceName) -> SourceState:
    """The source's row, made where it is not there yet."""
    return SourceState.objects.select_related("last_run").get_or_create(source=source)[0]


def slot_of(source: SourceName) -> str:
    """The kind of a source's runs, and the slot that only one of them has at a time."""
    return f"sync.{source.value}"


def begin_run(*, source: SourceName, target: str, by_hand: bool, actor: AbstractBaseUser | None) -> Run:
    """Start a run of `source`, or take up the one that a lost worker left behind.

    Raises RunBusy while another is under way; Parked where only a person may start it (`by_hand`).
    """
    state = state_of(source)
    if not by_hand and state.last_run is not None and state.last_run.state == RunState.PARKED:
        raise _parked(source, state.last_run)
    kind = slot_of(source)
    try:
        run = claim_run(kind=kind, target=target, actor=actor)
    except Poisonous as poison:
        _park(source=source, run=poison.run)
        if not by_hand:
            raise _parked(source, poison.run) from poison
        run = claim_run(kind=kind, target=target, actor=actor)
    if not (target and state.last_run is not None and state.last_run.state == RunState.PARKED):
        SourceState.objects.filter(pk=state.pk).update(last_run=run)  # a file says nothing of what the address does
    return run


@durable
def _park(*, source: SourceName, run: Run) -> None:
    if not Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts).exists():
        return
    run.finish(
        RunState.PARKED,
        error=f"It was started {run.attempts} times and each time its worker was lost before the end. "
        f"Nothing was written. Look at the log; then start it by hand: manage.py sync {source}",
    )
    title = f"{source.label}: its sync is parked after {run.attempts} starts"
    tell_trouble(title, run.error, link=reverse("admin:common_run_change", args=[run.pk]), key=str(source))


def _parked(source: SourceName, run: Run) -> Parked:
    return Parked(
        f"{run} was started {run.attempts} times and never ended: it waits until a person starts it "
        f"(manage.py sync {source}, or “Read now” on the page of the source)."
    )


def lock_source(*, source: SourceName) -> SourceState:
    """The source's state, locked until the transaction ends. Must run in a transaction."""
    return SourceState.objects.select_for_update().get(source=source)
