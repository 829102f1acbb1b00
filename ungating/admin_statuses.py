"""Ungating statuses: what the feed says, what staff override, and what happened to each."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_base import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RadioFilter,
    form_page,
)
from common.admin_columns import badge, counted, link, origin
from common.admin_sourced import SourcedAdmin
from common.errors import DomainError
from common.import_export import ImportExportAdmin
from common.people import signed_in
from common.sources import Source
from inventory.search import asins_in
from ungating.admin_tables import status_badge, table, who
from ungating.forms import OverrideForm, UngatingStatusForm
from ungating.models import Status, UngatingStatus
from ungating.resources import UngatingStatusResource
from ungating.services import record_edit, record_use, reset_override, set_override

SOON_DAYS = 14
HISTORY_SHOWN = 50
ROWS_SHOWN = 20
NAMED = 10
MOST_AT_ONCE = 10_000


class OverriddenFilter(RadioFilter):  # type: ignore[misc]
    title = _("override")
    parameter_name = "overridden"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Overridden")), ("no", _("As the feed says"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> QuerySet[UngatingStatus]:
        if self.value() == "yes":
            return queryset.exclude(override="")
        return queryset.filter(override="") if self.value() == "no" else queryset


class ExpiryFilter(RadioFilter):  # type: ignore[misc]
    title = _("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("expired", _("Expired")), ("soon", _("Within %(days)s days") % {"days": SOON_DAYS})]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "expired":
            return queryset.expired(timezone.now())
        return queryset.expiring(timezone.now(), days=SOON_DAYS) if self.value() == "soon" else queryset


@admin.register(UngatingStatus)
class UngatingStatusAdmin(ImportExportAdmin, SourcedAdmin):
    form = UngatingStatusForm
    resource_classes = (UngatingStatusResource,)
    list_display = ("value", "scope", "store_link", "counts_as", "reason", "checked_at", "expires", "origin")
    list_filter = (
        ("store", AutocompleteSelectFilter),
        ("scope", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        OverriddenFilter,
        ExpiryFilter,
        ("source", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    list_select_related = ("store",)
    autocomplete_fields = ("store",)
    sortable_by = ()
    ordering = ("store", "scope", "key")
    search_fields = ("value",)
    search_help_text = _("ASIN, brand, category or store ID")
    exact_search = ("store__panel_id",)
    key_search = ("key",)
    actions = ("override_selected", "reset_selected", "deactivate", "reactivate")
    readonly_fields = ("counts_as", "origin", "changes_made", "created_at", "updated_at")
    feed_name = _("the ungating software")
    feed_fields = ("store", "scope", "value", "status", "reason", "approval_url", "checked_at", "expires_at")
    fieldsets = (
        (None, {"fields": ("store", ("scope", "value"), ("status", "counts_as"))}),
        (_("Details"), {"fields": ("reason", "approval_url", ("checked_at", "expires_at"))}),
        (
            _("Override"),
            {
                "description": _("Beats the status above until it is set back to blank."),
                "fields": (("override", "override_reason"),),
            },
        ),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
        (_("History"), {"fields": ("changes_made",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("store", ("scope", "value"), "status", "reason", "approval_url", "expires_at")}),
    )
    empty_title = _("No ungating statuses yet")
    empty_text = _("Without one, a store receives nothing. Load them with “manage.py sync ungating”, or import a CSV.")

    origin = origin
    store_link = link("store", _("store"), name="name")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store")

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(scope="asin", key__in=codes) if codes else None

    @admin.display(description=_("may receive"))
    def counts_as(self, row: UngatingStatus) -> Any:
        """The status that counts now; an override is marked as such, and one that has expired."""
        if not row.pk:
            return ""
        now = timezone.now()
        label = status_badge(row.effective(now))
        if row.override:
            return format_html("{} {}", label, badge(_("override"), "blue"))
        return format_html("{} {}", label, badge(_("expired"), "orange")) if row.is_expired(now) else label

    @admin.display(description=_("expires"))
    def expires(self, row: UngatingStatus) -> Any:
        if row.is_expired(timezone.now()):
            return badge(_("Expired"), "orange")
        if row.expires_at is None:
            return None
        days = (row.expires_at - timezone.now()).days
        return badge(_("in %(days)s") % {"days": counted(days, "day")}, "") if days < SOON_DAYS else row.expires_at

    @admin.display(description=_("changes"))
    def changes_made(self, row: UngatingStatus) -> Any:
        """The latest changes: from, to, who and why."""
        changes = row.changes.select_related("actor", "status").order_by("-pk")[:HISTORY_SHOWN] if row.pk else ()
        rows = [
            (
                timezone.localtime(change.changed_at).strftime("%b %d, %Y, %H:%M"),
                status_badge(change.old),
                status_badge(change.new),
                badge(_("override"), "blue") if change.is_override else "",
                who(change),
                change.reason,
            )
            for change in changes
        ]
        return table((_("When"), _("From"), _("To"), "", _("Who"), _("Why")), rows) if rows else _("No change yet.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The override and the status itself each leave a line in the history. Of a feed's status only the override is
        written: the feed may have written the rest since it was read.
        """
        override, reason = obj.override, obj.override_reason
        before = form.initial if change else {}
        if obj.source == Source.MANUAL:
            obj.override, obj.override_reason = before.get("override", ""), before.get("override_reason", "")
            super().save_model(request, obj, form, change)
            record_edit(status=obj, before=before, actor=signed_in(request))
        if override:
            set_override(statuses=[obj], status=override, reason=reason, actor=signed_in(request))
        else:
            reset_override(statuses=[obj], actor=signed_in(request))

    @transaction.atomic
    def _use(self, request: HttpRequest, queryset: QuerySet[UngatingStatus], in_use: bool) -> None:
        changed = list(queryset.filter(is_active=not in_use))
        super()._use(request, queryset, in_use)
        record_use(statuses=changed, in_use=in_use, actor=signed_in(request))

    @admin.action(description=_("Override…"), permissions=["change"])
    def override_selected(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> HttpResponse:
        chosen = list(queryset[: MOST_AT_ONCE + 1])

        def act(values: dict[str, Any]) -> str:
            if len(chosen) > MOST_AT_ONCE:
                raise DomainError(f"Choose at most {MOST_AT_ONCE:,} statuses at once: narrow the list by a filter.")
            set_override(statuses=chosen, actor=signed_in(request), **values)
            return _overridden(chosen, **values)

        everything = request.POST.get("select_across") == "1"
        picked = [row.pk for row in (chosen[:1] if everything else chosen)]
        hidden = [
            ("action", "override_selected"),
            ("select_across", int(everything)),
            *((ACTION_CHECKBOX_NAME, pk) for pk in picked),
        ]
        return form_page(
            self,
            request,
            form=OverrideForm(request.POST if "apply" in request.POST else None),
            title=f"Override {counted(len(chosen), 'ungating status', 'ungating statuses')}",
            submit=_("Override"),
            back=reverse("admin:ungating_ungatingstatus_changelist"),
            act=act,
            facts=_facts(chosen),
            hidden=hidden,
            note=_("It beats what the feed says, whatever comes from there, until you reset it."),
        )

    @admin.action(description=_("Reset override"), permissions=["change"])
    def reset_selected(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> None:
        if queryset.count() > MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {MOST_AT_ONCE:,} statuses at once.", messages.ERROR)
            return
        chosen = [row for row in queryset if row.override]
        count = reset_override(statuses=chosen, actor=signed_in(request))
        named = _named([f"{row} ({row.get_status_display()})" for row in chosen])
        words = f"{counted(count, 'override')} reset: the status itself counts again"
        self.message_user(request, f"{words}{': ' if named else ''}{named}.", messages.SUCCESS)


def _facts(rows: list[UngatingStatus]) -> list[tuple[Any, Any]]:
    """The first rows with what counts for each now, and how many more there are."""
    now = timezone.now()
    facts: list[tuple[Any, Any]] = [
        (row.store.name, f"{row.get_scope_display()} {row.value}: {Status(row.effective(now)).label}")
        for row in rows[:ROWS_SHOWN]
    ]
    return facts + ([(_("and"), f"{len(rows) - ROWS_SHOWN:,} more")] if len(rows) > ROWS_SHOWN else [])


def _overridden(rows: list[UngatingStatus], status: str, reason: str) -> str:
    """What became of each of `rows`, which are as they were before."""
    now = timezone.now()
    asked = (status, reason.strip()[:200])
    changed = [row for row in rows if (row.override, row.override_reason) != asked]
    same = [str(row) for row in rows if (row.override, row.override_reason) == asked]
    was = _named([f"{row} (was {Status(row.effective(now)).label})" for row in changed])
    count = counted(len(changed), "status", "statuses")
    told = f"{count} overridden as “{Status(status).label}”{': ' if was else ''}{was}."
    return f"{told} {len(same):,} as before: {_named(same)}." if same else told


def _named(texts: list[str]) -> str:
    more = len(texts) - NAMED
    return "; ".join(texts[:NAMED]) + (f"; and {more:,} more" if more > 0 else "")
