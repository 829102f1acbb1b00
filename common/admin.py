"""Runs: what the system did, when, and what came of it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoicesDropdownFilter, InfinitePaginator, RangeDateFilter, ReadOnlyAdmin
from common.admin_columns import EMPTY, state
from common.models import Run, RunState

RUN_COLOURS = {
    RunState.RUNNING: "blue",
    RunState.SUCCEEDED: "green",
    RunState.FAILED: "red",
    RunState.HELD: "orange",
    RunState.PARKED: "red",
}


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state_badge", "started_at", "took", "progress", "what_came", "started_by")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("started_at", RangeDateFilter),
    )
    list_select_related = ("started_by",)
    search_fields = ("kind",)
    search_help_text = _("Kind, for example sync.portal")
    exact_search = ("kind",)
    text_search = ("kind",)
    sortable_by = ("__str__",)
    paginator = InfinitePaginator
    fields = (
        "kind", "state_badge", "attempts", "started_at", "finished_at", "took", "progress", "what_came",
        "error", "started_by",
    )  # fmt: skip
    empty_title = _("No runs yet")
    empty_text = _("Each sync, batch and backup leaves a line here. Start one with: manage.py sync all")

    state_badge = state("state", _("state"), RUN_COLOURS)

    @admin.display(description=_("took"))
    def took(self, run: Run) -> str:
        return EMPTY if run.seconds is None else f"{run.seconds:,.1f} s"

    @admin.display(description=_("progress"))
    def progress(self, run: Run) -> str:
        return f"{run.done:,} of {run.total:,}" if run.total else EMPTY

    @admin.display(description=_("result"))
    def what_came(self, run: Run) -> str:
        """The counts in one line, or the first line of the error."""
        if run.error:
            return run.error.splitlines()[0][:120]
        counts = run.counts if isinstance(run.counts, dict) else {}
        whole = {name.replace("_", " "): value for name, value in counts.items() if isinstance(value, int)}
        return ", ".join(f"{name} {value:,}" for name, value in whole.items())
