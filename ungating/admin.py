"""What each store may receive, as staff see it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_base import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    InfinitePaginator,
    RadioFilter,
    RangeDateFilter,
    ReadOnlyAdmin,
    form_page,
)
from common.admin_columns import badge, counted, link, link_to, origin, state, usd
from common.admin_sourced import SourcedAdmin
from common.import_export import ImportExportAdmin
from common.people import signed_in
from common.sources import Source
from inventory.search import asins_in
from ungating.forms import OverrideForm, UngatingStatusForm
from ungating.models import Status, TaskState, UngatingChange, UngatingStatus, UngatingTask
from ungating.resources import UngatingStatusResource
from ungating.services import record_change, reset_override, set_override

STATUS_COLOURS = {
    Status.UNGATED: "green",
    Status.INVOICE_NEEDED: "orange",
    Status.GATED: "red",
    Status.NOT_ELIGIBLE: "red",
}


class OverriddenFilter(RadioFilter):  # type: ignore[misc]
    title = _("override")
    parameter_name = "overridden"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Overridden")), ("no", _("As the feed says"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> QuerySet[UngatingStatus]:
        if self.value() == "yes":
            return queryset.exclude(override="")
        return queryset.filter(override="") if self.value() == "no" else queryset


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
    readonly_fields = ("counts_as", "origin", "created_at", "updated_at")
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
        """The status that counts now; an override is marked as such."""
        if not row.pk:
            return ""
        effective = Status(row.effective(timezone.now()))
        label = badge(effective.label, STATUS_COLOURS.get(effective, ""))
        return format_html("{} {}", label, badge(_("override"), "blue")) if row.override else label

    @admin.display(description=_("expires"))
    def expires(self, row: UngatingStatus) -> Any:
        if row.expires_at and row.expires_at <= timezone.now():
            return badge(_("Expired"), "orange")
        return row.expires_at

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The override and the status itself each leave a line in the history."""
        override, reason = obj.override, obj.override_reason
        before = form.initial if change else {}
        obj.override, obj.override_reason = before.get("override", ""), before.get("override_reason", "")
        super().save_model(request, obj, form, change)
        if change and obj.source == Source.MANUAL:
            old = before.get("status", obj.status)
            record_change(status=obj, old=old, reason="Changed by hand", actor=signed_in(request))
        if override:
            set_override(statuses=[obj], status=override, reason=reason, actor=signed_in(request))
        else:
            reset_override(statuses=[obj], actor=signed_in(request))

    @admin.action(description=_("Override…"), permissions=["change"])
    def override_selected(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> HttpResponse:
        chosen = list(queryset)

        def act(values: dict[str, Any]) -> str:
            count = set_override(statuses=chosen, actor=signed_in(request), **values)
            return f"{counted(count, 'status', 'statuses')} overridden as “{Status(values['status']).label}”."

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
            facts=[(row.store.name, f"{row.get_scope_display()} {row.value}") for row in chosen[:20]],
            hidden=hidden,
        )

    @admin.action(description=_("Reset override"), permissions=["change"])
    def reset_selected(self, request: HttpRequest, queryset: QuerySet[UngatingStatus]) -> None:
        count = reset_override(statuses=queryset, actor=signed_in(request))
        self.message_user(request, f"{counted(count, 'override')} reset: the feed counts again.", messages.SUCCESS)


@admin.register(UngatingChange)
class UngatingChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "what", "store_link", "old_badge", "new_badge", "is_override", "reason", "actor")
    list_display_links = ("changed_at",)
    list_filter = (("is_override", BooleanRadioFilter), ("changed_at", RangeDateFilter))
    list_select_related = ("status__store", "actor")
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("status__key",)
    search_help_text = _("ASIN, brand or category")
    key_search = ("status__key",)
    fields = ("changed_at", "what", "store_link", ("old_badge", "new_badge"), "is_override", "reason", "actor")
    empty_title = _("No changes yet")
    empty_text = _("Each change of an ungating status, by the feed or by hand, leaves a line here.")

    old_badge = state("old", _("from"), STATUS_COLOURS)
    new_badge = state("new", _("to"), STATUS_COLOURS)

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(status__scope="asin", status__key__in=codes) if codes else None

    @admin.display(description=_("status"))
    def what(self, change: UngatingChange) -> Any:
        return link_to(change.status, f"{change.status.get_scope_display()} {change.status.value}")

    @admin.display(description=_("store"))
    def store_link(self, change: UngatingChange) -> Any:
        return link_to(change.status.store, change.status.store.name)


@admin.register(UngatingTask)
class UngatingTaskAdmin(ReadOnlyAdmin):
    list_display = ("brand", "store_link", "ask", "unlocks_usd", "state_badge", "created_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("ask", ChoicesDropdownFilter),
        ("store", AutocompleteSelectFilter),
    )
    list_select_related = ("store",)
    sortable_by = ()
    ordering = (F("unlocks").desc(), "id")
    search_fields = ("brand",)
    search_help_text = _("Brand or store ID")
    exact_search = ("store__panel_id",)
    key_search = ("brand_key",)
    actions = ("mark_done", "dismiss")
    fields = ("brand", "store_link", "ask", "unlocks_usd", "state_badge", ("created_at", "updated_at"))
    empty_title = _("No ungating tasks")
    empty_text = _("A task appears where only gating keeps goods worth $500 or more from a store.")

    store_link = link("store", _("store"), name="name")
    unlocks_usd = usd("unlocks", _("unlocks up to"))
    state_badge = state("state", _("state"), {TaskState.OPEN: "orange", TaskState.DONE: "green"})

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ungating.change_ungatingtask")

    @admin.action(description=_("Mark as done"), permissions=["settle"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[UngatingTask]) -> None:
        self._settle(request, queryset, TaskState.DONE, "done")

    @admin.action(description=_("Dismiss"), permissions=["settle"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[UngatingTask]) -> None:
        self._settle(request, queryset, TaskState.DISMISSED, "dismissed")

    def _settle(self, request: HttpRequest, queryset: QuerySet[UngatingTask], to: TaskState, word: str) -> None:
        count = queryset.filter(state=TaskState.OPEN).update(state=to, updated_at=timezone.now())
        self.message_user(request, f"{counted(count, 'task')} {word}.", messages.SUCCESS)
