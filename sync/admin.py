"""What the feeds left behind: how fresh each source is, and the rows that could not be taken over."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from common.admin import RUN_COLOURS
from common.admin_base import BooleanRadioFilter, ChoicesDropdownFilter, InfinitePaginator, RadioFilter, ReadOnlyAdmin
from common.admin_columns import EMPTY, badge, link_to
from sync.models import RowIssue, SourceState


class OpenFilter(RadioFilter):  # type: ignore[misc]
    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Open")), ("no", _("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowIssue]) -> QuerySet[RowIssue]:
        return queryset.filter(closed_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(SourceState)
class SourceStateAdmin(ReadOnlyAdmin):
    list_display = ("source", "as_of", "age", "run_badge", "run_link")
    list_select_related = ("last_run",)
    sortable_by = ()
    fields = ("source", "as_of", "age", "run_badge", "run_link")
    empty_title = _("No source was read yet")
    empty_text = _("Read them with “manage.py sync all”; a source that is not set up is skipped.")

    @admin.display(description=_("age"))
    def age(self, source: SourceState) -> str:
        return timesince(source.as_of, timezone.now(), depth=1) if source.as_of else EMPTY

    @admin.display(description=_("result"))
    def run_badge(self, source: SourceState) -> Any:
        run = source.last_run
        return badge(run.get_state_display(), RUN_COLOURS.get(run.state, "")) if run else EMPTY  # type: ignore[call-overload]

    @admin.display(description=_("last run"))
    def run_link(self, source: SourceState) -> Any:
        return link_to(source.last_run)


@admin.register(RowIssue)
class RowIssueAdmin(ReadOnlyAdmin):
    list_display = ("where", "key", "severity", "field", "value", "message", "created_at", "is_open")
    list_filter = (
        OpenFilter,
        ("source", ChoicesDropdownFilter),
        ("is_warning", BooleanRadioFilter),
    )
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("key",)
    search_help_text = _("ASIN or ID, or the reason, for example invalid_asin")
    exact_search = ("key", "reason")
    fields = (
        "where", "key", "severity", ("field", "value"), "reason", "message", "run_link", ("created_at", "closed_at"),
    )  # fmt: skip
    empty_title = _("No row issues")
    empty_text = _("Rows of a feed that cannot be taken over are listed here with the row, the field and the reason.")

    @admin.display(description=_("row"))
    def where(self, issue: RowIssue) -> str:
        part = f" {issue.part}" if issue.part else ""
        row = f", row {issue.row:,}" if issue.row else ""
        return f"{issue.get_source_display()}{part}{row}"

    @admin.display(description=_("kind"))
    def severity(self, issue: RowIssue) -> Any:
        return badge(_("Warning"), "orange") if issue.is_warning else badge(_("Refused"), "red")

    @admin.display(description=_("state"))
    def is_open(self, issue: RowIssue) -> Any:
        return badge(_("Closed"), "green") if issue.closed_at else badge(_("Open"), "orange")

    @admin.display(description=_("run"))
    def run_link(self, issue: RowIssue) -> Any:
        return link_to(issue.run)
