"""Runs: what the system did, when, and what came of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoicesDropdownFilter, InfinitePaginator, RangeDateFilter, ReadOnlyAdmin
from common.admin_columns import EMPTY, badge, counted, two_lines
from common.models import Run, RunState

RUN_COLOURS = {
    RunState.RUNNING: "blue",
    RunState.SUCCEEDED: "green",
    RunState.FAILED: "red",
    RunState.HELD: "orange",
    RunState.SKIPPED: "",
    RunState.RELEASED: "green",
    RunState.DISCARDED: "",
    RunState.PARKED: "red",
}
# The beginning of a run's kind -> the page (its URL's name, given the run's key) where a person decides on a held one.
REVIEW_PAGES: dict[str, str] = {}
# These end when a person decides: how long that took says nothing of the run.
DECIDED = (RunState.RELEASED, RunState.DISCARDED)
CHANGES_SHOWN = 100
SIGNS = {"+ ": ("positive", "+"), "~ ": ("", "~"), "- ": ("negative", "−")}


def state_label(run: Run) -> SafeString:
    """The state as a coloured label."""
    return badge(run.get_state_display(), RUN_COLOURS.get(RunState(run.state), ""))


def review_link(run: Run) -> SafeString | str:
    """Where a held run waits for a person, the link to the page where one decides; else nothing."""
    page = next((name for prefix, name in REVIEW_PAGES.items() if run.kind.startswith(prefix)), None)
    if run.state != RunState.HELD or page is None:
        return ""
    return format_html('<a class="text-link" href="{}">{}</a>', reverse(page, args=[run.pk]), _("Review"))


def counts_text(run: Run) -> str:
    """The counts in one line, without zeros and without those of single parts."""
    counts = run.counts if isinstance(run.counts, dict) else {}
    whole = {name: value for name, value in counts.items() if isinstance(value, int) and "." not in name}
    told = {name: value for name, value in whole.items() if value} or whole
    return ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in told.items())


def outcome_text(run: Run) -> str:
    """The counts in one line, or the first line of the error."""
    return Truncator(run.error.splitlines()[0]).chars(160) if run.error else counts_text(run)


def change_lines(changes: list[Any]) -> SafeString | str:
    """The first changes, one to a line, with the sign of what is new, changed or gone in its colour."""
    lines = [str(change) for change in changes[:CHANGES_SHOWN]]
    if not lines:
        return EMPTY
    signed = [(*SIGNS.get(line[:2], ("", "")), line[2:] if line[:2] in SIGNS else line) for line in lines]
    return format_html_join("", '<div class="left-out"><span class="{}">{}</span> {}</div>', signed)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("named", "state_badge", "started_at", "took", "progress", "what_came", "started_by")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("started_at", RangeDateFilter),
    )
    list_select_related = ("started_by",)
    search_fields = ("kind",)
    search_help_text = _("Kind, for example sync.portal")
    exact_search = ("kind",)
    text_search = ("kind",)
    sortable_by = ("named",)
    paginator = InfinitePaginator
    fields = (
        "kind", "target", "state_badge", "error_text", "attempts", "started_at", "finished_at", "took", "progress",
        "started_by", "counted_text", "changes_text",
    )  # fmt: skip
    empty_title = _("No runs yet")
    empty_text = _("Each sync, batch and backup leaves a line here. Start one with: manage.py sync all")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """The list shows no changes, which may be a hundred lines for each run."""
        runs: QuerySet[Run] = super().get_queryset(request)
        return runs.defer("changes")

    @admin.display(description=_("run"), ordering="id")
    def named(self, run: Run) -> Any:
        return two_lines(str(run), run.target)

    @admin.display(description=_("state"))
    def state_badge(self, run: Run) -> Any:
        """With the number of starts where there were several, and the way to decide on a held one."""
        starts = counted(run.attempts, "start") if run.attempts > 1 and run.state != RunState.PARKED else ""
        return format_html("{} {} {}", state_label(run), review_link(run), starts)

    @admin.display(description=_("took"))
    def took(self, run: Run) -> str:
        return EMPTY if run.seconds is None or run.state in DECIDED else f"{run.seconds:,.1f} s"

    @admin.display(description=_("progress"))
    def progress(self, run: Run) -> str:
        return f"{run.done:,} of {run.total:,}" if run.total else EMPTY

    @admin.display(description=_("result"))
    def what_came(self, run: Run) -> str:
        return outcome_text(run)

    @admin.display(description=_("counts"))
    def counted_text(self, run: Run) -> str:
        return counts_text(run) or EMPTY

    @admin.display(description=_("error"))
    def error_text(self, run: Run) -> Any:
        return linebreaksbr(run.error) if run.error else EMPTY

    @admin.display(description=_("changes"))
    def changes_text(self, run: Run) -> Any:
        return change_lines(run.changes)
