"""Alerts: what a person should know or do."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoicesDropdownFilter, RangeDateFilter, ReadOnlyAdmin
from common.admin_columns import counted, state, units
from notifications.models import Alert, AlertKind, AlertState

KIND_COLOURS = {
    AlertKind.ALLOCATED: "green",
    AlertKind.PREORDER_ARRIVED: "green",
    AlertKind.UNGATING_CHANGED: "blue",
    AlertKind.UNGATING_ACTION: "orange",
    AlertKind.INSUFFICIENT_BALANCE: "orange",
    AlertKind.SETTLEMENT: "orange",
    AlertKind.STOCK_SHORT: "red",
    AlertKind.SYNC_TROUBLE: "red",
    AlertKind.BACKUP_TROUBLE: "red",
    AlertKind.BALANCE_SHORT: "red",
    AlertKind.BATCH_TROUBLE: "red",
}


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind_badge", "state_badge", "count_units", "last_at", "opens")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("last_at", RangeDateFilter),
    )
    sortable_by = ("last_at",)
    ordering = ("-last_at", "-id")
    search_fields = ("title",)
    search_help_text = _("Words of the alert")
    text_search = ("title",)
    actions = ("mark_done",)
    fields = ("title", ("kind_badge", "state_badge"), "body", "opens", ("count_units", "first_at", "last_at"))
    empty_title = _("All quiet")
    empty_text = _("An alert appears when something needs a person: a shortage, a failed sync, an odd charge.")

    kind_badge = state("kind", _("kind"), KIND_COLOURS)
    state_badge = state("state", _("state"), {AlertState.OPEN: "orange", AlertState.DONE: "green"})
    count_units = units("count", _("times"))

    @admin.display(description=_("about"))
    def opens(self, alert: Alert) -> Any:
        """Only addresses of this site become links."""
        if not alert.link.startswith("/") or alert.link.startswith("//"):
            return alert.link
        return format_html('<a class="text-link" href="{}">{}</a>', alert.link, _("Go there"))

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_alert")

    @admin.action(description=_("Mark as done"), permissions=["settle"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        count = queryset.filter(state=AlertState.OPEN).update(state=AlertState.DONE)
        self.message_user(request, f"{counted(count, 'alert')} marked as done.", messages.SUCCESS)
