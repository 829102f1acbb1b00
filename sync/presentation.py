"""How fresh each source is, in the words and colours of every screen that tells it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, TextChoices
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.admin_columns import EMPTY, badge, counted
from common.models import Run, RunState
from sync import sources
from sync.models import RowIssue, SourceName, SourceState
from sync.services.polling import is_stale, poll_period, polled_sources

# Work that waits longer than this waits for a worker that is not there.
NO_WORKER = timedelta(minutes=1)
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class Freshness(TextChoices):
    """What a source most needs told; the first that is true, from the bottom up."""

    NOT_SET = "not_set", _("Not set")
    BY_HAND = "by_hand", _("By hand")
    NEVER_READ = "never_read", _("Never read")
    FRESH = "fresh", _("Fresh")
    STALE = "stale", _("Stale")
    FAILED = "failed", _("Failed")
    PARKED = "parked", _("Parked")
    HELD = "held", _("Held")


COLOURS = {
    Freshness.FRESH: "green",
    Freshness.STALE: "orange",
    Freshness.FAILED: "red",
    Freshness.PARKED: "red",
    Freshness.HELD: "orange",
}
# Where a person has something to do on the page of the source.
TROUBLE = {Freshness.HELD, Freshness.PARKED, Freshness.FAILED}


def freshness(source: SourceName, state: SourceState | None, *, now: datetime) -> Freshness:
    """How `source` stands at `now`. Reads the state's last run, so select it along.

    A file given by hand that failed says nothing of a source that is read by itself.
    """
    polled = source in polled_sources()
    run = state.last_run if state else None
    if state is not None and state.held_run_id is not None:
        return Freshness.HELD
    if run is not None and run.state == RunState.PARKED:
        return Freshness.PARKED
    if run is not None and run.state == RunState.FAILED and not (polled and run.target):
        return Freshness.FAILED
    if state is None or state.as_of is None:
        return Freshness.NEVER_READ if sources.is_set(source) else Freshness.NOT_SET
    if not polled:
        return Freshness.BY_HAND
    return Freshness.STALE if is_stale(source, state.as_of, now=now) else Freshness.FRESH


@dataclass(frozen=True)
class SourceView:
    """One source as staff see it at `now`; `state` is None where nothing was ever read."""

    source: SourceName
    state: SourceState | None
    refusals: int
    warnings: int
    now: datetime

    @property
    def freshness(self) -> Freshness:
        return freshness(self.source, self.state, now=self.now)

    @property
    def badge(self) -> SafeString:
        found = self.freshness
        return badge(found.label, COLOURS.get(found, ""))

    @property
    def is_set(self) -> bool:
        return sources.is_set(self.source)

    @property
    def setting(self) -> str:
        return sources.setting_of(self.source)

    @property
    def run(self) -> Run | None:
        return self.state.last_run if self.state else None

    @property
    def needs_a_person(self) -> bool:
        return self.freshness in TROUBLE

    @property
    def age(self) -> str:
        """How old what we know is."""
        return ago(self.state.as_of if self.state else None, self.now)

    @property
    def swept(self) -> str:
        """How long ago everything was read, not only what had changed."""
        return ago(self.state.swept_at if self.state else None, self.now)

    @property
    def period(self) -> str:
        if self.source not in polled_sources():
            return EMPTY
        return f"every {span(poll_period(self.source))}"

    @property
    def next_reading(self) -> str:
        """When it is read next by itself, or what it waits for."""
        state = self.state
        if self.source not in polled_sources():
            return "when a person asks for it" if self.is_set else EMPTY
        if state is None:
            return "as soon as a worker runs"
        if self.run is not None and self.run.state == RunState.RUNNING:
            return _progress(self.run)
        if self.freshness == Freshness.PARKED:
            return "when a person starts it"
        if state.queued_at is not None:
            return _waits("queued", state.queued_at, self.now)
        if state.next_poll_at is None or state.next_poll_at <= self.now:
            return _waits("due", state.next_poll_at or self.now, self.now)
        return f"in {span(state.next_poll_at - self.now)}"


def _progress(run: Run) -> str:
    return f"being read now, {run.done:,} of {run.total:,}" if run.total else "being read now"


def _waits(what: str, since: datetime, now: datetime) -> str:
    waited = now - since
    return what if waited < NO_WORKER else f"{what} since {span(waited)}: is a worker running?"


def span(length: timedelta) -> str:
    """A length of time in words: seconds below two minutes, then the largest unit."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 120:
        return counted(seconds, "second")
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= size)
    return counted(seconds // size, unit)


def ago(moment: datetime | None, now: datetime) -> str:
    return f"{span(now - moment)} ago" if moment else EMPTY


def source_views(*, now: datetime) -> list[SourceView]:
    """Every source in the order in which they are read, with its last run and its open row issues: one query."""
    known = {row.source: row for row in _counted(SourceState.objects.all())}
    return [_view(source, known.get(source), now) for source in sources.ORDER]


def source_view(state_pk: Any, *, now: datetime) -> SourceView | None:
    """The source with this key, or None: one query."""
    state = _counted(SourceState.objects.filter(pk=state_pk)).first()
    return _view(SourceName(state.source), state, now) if state else None


def _view(source: SourceName, state: Any, now: datetime) -> SourceView:
    if state is None:
        return SourceView(source, None, 0, 0, now)
    return SourceView(source, state, state.refusals, state.warnings, now)


def _counted(states: QuerySet[SourceState]) -> QuerySet[SourceState]:
    return (
        states.select_related("last_run")
        .defer("marks", "last_run__changes")
        .annotate(refusals=_open_issues(is_warning=False), warnings=_open_issues(is_warning=True))
    )


def _open_issues(*, is_warning: bool) -> Coalesce:
    own = RowIssue.objects.filter(source=OuterRef("source"), closed_at=None, is_warning=is_warning)
    number = own.order_by().values("source").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)
