"""Alerts: what a person should know or do; and the e-mails that tell of them."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoicesDropdownFilter, RadioFilter, RangeDateFilter, ReadOnlyAdmin, form_page, page_action
from common.admin_columns import EMPTY, admin_url, badge, counted, link_to, state, units
from common.errors import DomainError
from common.people import signed_in
from notifications.admin_emails import EmailAdmin as EmailAdmin
from notifications.admin_emails import EmailInline
from notifications.forms import DONE, REOPEN, SNOOZES, DecisionForm, KindsForm
from notifications.mail_text import is_ours
from notifications.models import Alert, AlertKind, AlertState
from notifications.services import choose_kinds, kinds_of, mark_done, reopen, snooze

KIND_COLOURS = {
    AlertKind.ALLOCATED: "green",
    AlertKind.PREORDER_ARRIVED: "green",
    AlertKind.UNGATING_CHANGED: "blue",
    AlertKind.UNGATING_ACTION: "orange",
    AlertKind.INSUFFICIENT_BALANCE: "orange",
    AlertKind.SETTLEMENT: "orange",
    AlertKind.MAIL_TROUBLE: "orange",
    AlertKind.STOCK_SHORT: "red",
    AlertKind.SYNC_TROUBLE: "red",
    AlertKind.BACKUP_TROUBLE: "red",
    AlertKind.BALANCE_SHORT: "red",
    AlertKind.BATCH_TROUBLE: "red",
}
EARLIER_SHOWN = 10
SETTLED = {
    DONE: _("marked as done"),
    "day": _("put off for a day"),
    "week": _("put off for a week"),
    REOPEN: _("open again"),
}


class ShownFilter(RadioFilter):  # type: ignore[misc]
    """What needs a person, unless something else is asked for."""

    title = _("state")
    parameter_name = "show"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        # An address that names a state, as links on other pages do, is taken at its word.
        self.first = "all" if any(name.startswith("state") for name in request.GET) else "open"
        return [("open", _("Open")), ("snoozed", _("Put off")), ("done", _("Done")), ("all", _("All"))]

    def value(self) -> str:
        chosen: str | None = super().value()
        return chosen if chosen in ("open", "snoozed", "done", "all") else self.first

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        alerts, now = queryset.all(), timezone.now()
        match self.value():
            case "open":
                return alerts & Alert.objects.awake(now)
            case "snoozed":
                return alerts & Alert.objects.snoozed(now)
            case "done":
                return alerts.filter(state=AlertState.DONE)
        return alerts


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind_badge", "state_badge", "count_units", "last_at", "opens")
    list_filter = (
        ShownFilter,
        ("kind", ChoicesDropdownFilter),
        ("last_at", RangeDateFilter),
    )
    sortable_by = ("last_at",)
    ordering = ("-last_at", "-id")
    search_fields = ("title",)
    search_help_text = _("Words of the alert")
    text_search = ("title",)
    actions = ("mark_done", "snooze_day", "snooze_week", "reopen")
    actions_list = ("mine",)
    actions_detail = ("decide",)
    inlines = (EmailInline,)
    fields = (
        "title", ("kind_badge", "state_badge"), "body", "opens", ("count_units", "first_at", "last_at"), "earlier",
    )  # fmt: skip
    empty_title = _("All quiet")
    empty_text = _("An alert appears when something needs a person: a shortage, a failed sync, an odd charge.")

    kind_badge = state("kind", _("kind"), KIND_COLOURS)
    count_units = units("count", _("times"))

    @admin.display(description=_("state"))
    def state_badge(self, alert: Alert) -> Any:
        if alert.state == AlertState.DONE:
            return badge(_("Done"), "green")
        if alert.is_snoozed(timezone.now()):
            return badge(_("Put off until %(when)s") % {"when": _told(alert.snoozed_until)})
        return badge(_("Open"), "orange")

    @admin.display(description=_("about"))
    def opens(self, alert: Alert) -> Any:
        """Only addresses of this site become links."""
        if not is_ours(alert.link):
            return alert.link
        return format_html('<a class="text-link" href="{}">{}</a>', alert.link, _("Go there"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Alert | None:
        """With the earlier ones of its condition: the page asks several times what it shows."""
        alert: Alert | None = super().get_object(request, object_id, from_field)
        if alert is not None:
            others = Alert.objects.filter(fold_key=alert.fold_key, pk__lt=alert.pk).order_by("-pk")
            alert.before = list(others[:EARLIER_SHOWN])  # type: ignore[attr-defined]
        return alert

    @admin.display(description=_("earlier alerts of the same"))
    def earlier(self, alert: Any) -> Any:
        lines = [(link_to(other), counted(other.count, _("time")), _told(other.last_at)) for other in alert.before]
        return format_html_join("", "<div>{} · {} · {}</div>", lines) or EMPTY

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("notifications.change_alert")

    def has_see_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.view_alert")

    @admin.action(description=_("Mark as done"), permissions=["settle"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        self._tell(request, queryset, DONE)

    @admin.action(description=_("Put off for a day"), permissions=["settle"])
    def snooze_day(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        self._tell(request, queryset, "day")

    @admin.action(description=_("Put off for a week"), permissions=["settle"])
    def snooze_week(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        self._tell(request, queryset, "week")

    @admin.action(description=_("Open again"), permissions=["settle"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        self._tell(request, queryset, REOPEN)

    def _tell(self, request: HttpRequest, queryset: QuerySet[Alert], decision: str) -> None:
        try:
            done = _settle(request, list(queryset), decision)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)

    @page_action(description=_("My notifications"), url_path="mine", icon="mail", permissions=["see"])
    def mine(self, request: HttpRequest) -> HttpResponse:
        """Which kinds the signed-in user gets by e-mail; nobody's but their own."""
        user = signed_in(request)
        form = KindsForm(request.POST or None, chosen=kinds_of(user))

        def act(values: dict[str, Any]) -> str:
            choose_kinds(user=user, kinds=form.kinds)
            return f"You get {counted(len(form.kinds), 'kind')} of e-mail."

        note = _("They go to %(email)s. Alerts are shown here in any case.") % {"email": user.email}
        return form_page(
            self,
            request,
            form=form,
            title=str(_("My notifications")),
            submit=_("Save"),
            back=reverse("admin:notifications_alert_changelist"),
            act=act,
            note=note if user.email else _("You have no e-mail address: ask an administrator to enter one."),
        )

    @page_action(description=_("Done or put off"), url_path="decide", icon="done", permissions=["settle"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = self.get_object(request, object_id)
        if alert is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        form = DecisionForm(request.POST or None)
        return form_page(
            self,
            request,
            form=form,
            title=alert.title,
            submit=_("Apply"),
            back=admin_url(alert),
            subject=alert,
            act=lambda values: _settle(request, [alert], values["decision"]),
            facts=[(_("state"), self.state_badge(alert)), (_("times"), f"{alert.count:,}")],
        )


@transaction.atomic
def _settle(request: HttpRequest, chosen: list[Alert], decision: str) -> str:
    """Do to the alerts what was decided, and keep who did; the result in words. Raises DomainError where it cannot be
    done.
    """
    now = timezone.now()
    changed = [alert for alert in chosen if _is_changed(alert, decision, now)]
    keys = [alert.pk for alert in changed]
    if decision == DONE:
        count = mark_done(alerts=keys)
    elif decision == REOPEN:
        count = reopen(alerts=keys, now=now)
    else:
        count = snooze(alerts=keys, until=now + SNOOZES[decision], now=now)
    words = f"{SETTLED[decision]}"
    LogEntry.objects.log_actions(signed_in(request).pk, changed, CHANGE, change_message=words.capitalize())
    return f"{counted(count, 'alert')} {words}."


def _is_changed(alert: Alert, decision: str, now: datetime) -> bool:
    """Whether the decision makes a difference: what is done stays done, and is put off no more."""
    is_open = alert.state == AlertState.OPEN
    return is_open if decision != REOPEN else not is_open or alert.is_snoozed(now)


def _told(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "N j, P")
