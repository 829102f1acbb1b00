"""The outbox: what was sent, what waits, and what the mail server says."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoicesDropdownFilter, InfinitePaginator, RangeDateFilter, ReadOnlyAdmin, ReadOnlyInline
from common.admin_columns import counted, link, state, two_lines, units
from common.people import signed_in
from notifications.models import Email, EmailState
from notifications.services import try_again

STATE_COLOURS = {
    EmailState.WAITING: "blue",
    EmailState.SENDING: "blue",
    EmailState.SENT: "green",
    EmailState.REFUSED: "red",
    EmailState.FAILED: "red",
}
HEAVY = ("text", "html")


class EmailColumns:
    """What the list and an alert's page show of an e-mail."""

    state_badge = state("state", _("state"), STATE_COLOURS)
    attempts_units = units("attempts", _("tries"))

    @admin.display(description=_("sent or next try"))
    def when(self, email: Email) -> str:
        moment = email.sent_at or (email.next_try_at if email.state == EmailState.WAITING else None)
        return date_format(timezone.localtime(moment), "N j, P") if moment else ""


class EmailInline(EmailColumns, ReadOnlyInline):
    model = Email
    fields = readonly_fields = ("to", "subject", "state_badge", "attempts_units", "when", "last_error")
    ordering = ("-id",)
    show_change_link = True
    verbose_name_plural = _("E-mails")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        emails: QuerySet[Email] = super().get_queryset(request)
        return emails.defer(*HEAVY)


@admin.register(Email)
class EmailAdmin(EmailColumns, ReadOnlyAdmin):
    list_display = ("about", "kind", "state_badge", "attempts_units", "when", "last_error")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", RangeDateFilter),
    )
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("to",)
    search_help_text = _("The whole address, or words of the subject")
    exact_search = ("to", "message_id")
    text_search = ("subject",)
    actions = ("try_again",)
    fields = (
        "subject", ("to", "kind"), ("state_badge", "attempts_units"), "last_error",
        ("created_at", "next_try_at", "sent_at"), "alert_link", "message_id", "text_shown",
    )  # fmt: skip
    empty_title = _("No e-mails yet")
    empty_text = _("Each alert is e-mailed to ALLOCATION_EMAIL and to whoever chose its kind.")

    alert_link = link("alert", _("alert"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        emails: QuerySet[Email] = super().get_queryset(request)
        return emails.select_related("alert").defer(*HEAVY)

    @admin.display(description=_("e-mail"))
    def about(self, email: Email) -> Any:
        return two_lines(email.subject, email.to)

    @admin.display(description=_("text"))
    def text_shown(self, email: Email) -> Any:
        """The text alone: the HTML of a mail has no place on a page of ours."""
        return linebreaksbr(email.text, autoescape=True)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_email"))

    @admin.action(description=_("Try again now"), permissions=["send"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        chosen = list(queryset)
        with transaction.atomic():
            count = try_again(emails=[email.pk for email in chosen], now=timezone.now())
            tried = [email for email in chosen if email.state not in (EmailState.SENT, EmailState.SENDING)]
            LogEntry.objects.log_actions(signed_in(request).pk, tried, CHANGE, change_message=str(_("Tried again")))
        left = len(chosen) - count
        rest = f" {left} left as they are: sent, or just being sent." if left else ""
        self.message_user(request, f"{counted(count, 'e-mail')} to be tried at once.{rest}", messages.SUCCESS)
