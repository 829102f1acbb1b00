"""Row issues as staff see them: what came, why it was refused, and the object it is about."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clients.models import Client, PanelTransaction, Store
from common.admin_base import (
    BooleanRadioFilter,
    ChangeList,
    ChoicesDropdownFilter,
    InfinitePaginator,
    RadioFilter,
    ReadOnlyAdmin,
)
from common.admin_columns import EMPTY, badge, link_to, two_lines
from inventory.models import Asin
from sync.models import RowIssue, SourceName
from ungating.models import UngatingStatus

# Source and part -> the objects that its keys name, and the field that holds the key.
OBJECTS: dict[tuple[str, str], tuple[type[Model], str]] = {
    (SourceName.PORTAL, ""): (Asin, "code"),
    (SourceName.PANEL, "clients"): (Client, "panel_id"),
    (SourceName.PANEL, "stores"): (Store, "panel_id"),
    (SourceName.PANEL, "transactions"): (PanelTransaction, "panel_id"),
    (SourceName.UNGATING, ""): (UngatingStatus, "upstream_id"),
}


def find_objects(issues: Iterable[RowIssue]) -> dict[int, Model]:
    """The objects that these issues are about, by the issue's key: one query for each kind of object among them."""
    wanted: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for issue in issues:
        if issue.key and (issue.source, issue.part) in OBJECTS:
            wanted[issue.source, issue.part][issue.key].append(issue.pk)
    found: dict[int, Model] = {}
    for kind, keys in wanted.items():
        model, field = OBJECTS[kind]
        named = model._default_manager.filter(**{f"{field}__in": list(keys)}).only("pk", field)
        for obj in named.order_by():
            found |= dict.fromkeys(keys[getattr(obj, field)], obj)
    return found


class IssueList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """The page's rows, each with the object it is about."""
        super().get_results(request)
        found = find_objects(self.result_list)
        for issue in self.result_list:
            issue.about = found.get(issue.pk)


class OpenFilter(RadioFilter):  # type: ignore[misc]
    """Open ones, unless something else is asked for; of one run all."""

    title = _("state")
    parameter_name = "open"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        self.first = "all" if "run__id__exact" in request.GET else "yes"
        return [("yes", _("Open")), ("no", _("Closed")), ("all", _("All"))]

    def value(self) -> str:
        chosen: str | None = super().value()
        return chosen if chosen in ("yes", "no", "all") else self.first

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowIssue]) -> QuerySet[RowIssue]:
        return queryset if self.value() == "all" else queryset.filter(closed_at__isnull=self.value() == "yes")


@admin.register(RowIssue)
class RowIssueAdmin(ReadOnlyAdmin):
    list_display = ("where", "about_link", "severity", "value_text", "message", "created_at", "is_open")
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
        "where", "about_link", "severity", ("field", "value"), "reason", "message", "run_link",
        ("created_at", "closed_at"),
    )  # fmt: skip
    empty_title = _("No open row issues")
    empty_text = _("Rows of a feed that cannot be taken over are listed here with the row, the field and the reason.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IssueList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> RowIssue | None:
        issue: RowIssue | None = super().get_object(request, object_id, from_field)
        if issue is not None:
            issue.about = find_objects([issue]).get(issue.pk)  # type: ignore[attr-defined]
        return issue

    @admin.display(description=_("row"))
    def where(self, issue: RowIssue) -> str:
        part = f" {issue.part}" if issue.part else ""
        row = f", row {issue.row:,}" if issue.row else ""
        return f"{issue.get_source_display()}{part}{row}"

    @admin.display(description=_("object"))
    def about_link(self, issue: Any) -> Any:
        return link_to(issue.about, issue.key) if issue.about else issue.key or EMPTY

    @admin.display(description=_("value"))
    def value_text(self, issue: RowIssue) -> Any:
        return two_lines(issue.value, issue.field)

    @admin.display(description=_("kind"))
    def severity(self, issue: RowIssue) -> Any:
        return badge(_("Warning"), "orange") if issue.is_warning else badge(_("Refused"), "red")

    @admin.display(description=_("state"))
    def is_open(self, issue: RowIssue) -> Any:
        return badge(_("Closed"), "green") if issue.closed_at else badge(_("Open"), "orange")

    @admin.display(description=_("run"))
    def run_link(self, issue: RowIssue) -> Any:
        return link_to(issue.run)
