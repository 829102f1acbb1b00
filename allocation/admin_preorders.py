"""Preorders as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from allocation.arrival_pages import ArrivalPages
from allocation.forms import PreorderForm
from allocation.models import Preorder
from allocation.preorder_inlines import AllocationInline, ArrivalInline, PaymentInline
from allocation.preorder_pages import PreorderPages
from allocation.resources import PreorderResource
from allocation.services.preorder_payments import open_payments
from allocation.services.preorders import price_preorder, settle_state
from allocation.states import PreorderState
from common.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RadioFilter,
    RangeDateFilter,
)
from common.admin_columns import (
    EMPTY,
    badge,
    buyer,
    dollars,
    link,
    origin,
    state,
    two_lines,
    units,
    usd,
)
from common.admin_sourced import SourcedAdmin
from common.import_export import ImportExportAdmin
from common.people import signed_in
from inventory.search import asins_in

STATE_COLOURS = {
    PreorderState.PENDING: "orange",
    PreorderState.ARRIVED: "blue",
    PreorderState.ALLOCATED: "green",
}


class AttentionFilter(RadioFilter):  # type: ignore[misc]
    title = _("needs a person")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("overdue", _("Overdue")),
            ("promised", _("Here, not allocated")),
            ("credit", _("Credit due")),
            ("flagged", _("Flagged")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        found = {
            "overdue": queryset.overdue(timezone.localdate()),
            "promised": queryset.promised(),
            "credit": queryset.with_credit_due(),
            "flagged": queryset.exclude(flag=""),
        }
        return found.get(self.value() or "", queryset)


@admin.register(Preorder)
class PreorderAdmin(PreorderPages, ArrivalPages, ImportExportAdmin, SourcedAdmin):
    form = PreorderForm
    resource_classes = (PreorderResource,)
    list_display = (
        "expected", "asin_link", "buyer", "quantity_units", "amount_usd", "paid_usd", "owed_usd", "states",
    )  # fmt: skip
    list_display_links = ("expected",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        AttentionFilter,
        ("client", AutocompleteSelectFilter),
        ("store", AutocompleteSelectFilter),
        ("source", ChoicesDropdownFilter),
        ("expected_arrival", RangeDateFilter),
    )
    list_select_related = ("client", "store", "asin")
    autocomplete_fields = ("client", "store", "asin")
    sortable_by = ("expected",)
    ordering = ("expected_arrival", "id")
    search_fields = ("asin__code",)
    search_help_text = _("ASIN, client or store")
    exact_search = ("client__panel_id", "store__panel_id")
    text_search = ("client__name", "store__name")
    actions = ("deactivate", "reactivate")
    inlines = (ArrivalInline, PaymentInline, AllocationInline)
    readonly_fields = (
        "asin_link", "client_link", "store_link", "cost_usd", "amount_usd", "paid_usd", "due_usd", "credit",
        "arrived_units", "allocated_units", "promised_units", "state_badge", "attention", "note", "origin",
        "created_at", "updated_at",
    )  # fmt: skip
    feed_name = _("the preorder file")
    feed_fields = ("quantity", "expected_arrival")
    fieldsets = (
        (None, {"fields": (("asin_link", "client_link", "store_link"), ("state_badge", "attention"), "note")}),
        (
            _("What and when"),
            {
                "description": _("Units. What is here and not allocated is kept for this preorder."),
                "fields": (
                    ("quantity", "expected_arrival"),
                    ("arrived_units", "allocated_units", "promised_units"),
                ),
            },
        ),
        (
            _("Money"),
            {
                "description": _("USD. Amount = quantity x unit cost when the preorder was made."),
                "fields": (("cost_usd", "amount_usd"), ("paid_usd", "due_usd"), "credit"),
            },
        ),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
    )
    add_fieldsets = (
        (None, {"fields": ("client", "store", "asin", ("quantity", "expected_arrival"))}),
        (_("Money"), {"fields": (("unit_cost", "paid"),)}),
    )
    actions_list = ("arrivals_page",)
    actions_detail = ("record_payment_page", "record_refund_page", "arrivals_of_page", "cancel_page", "credit_page")
    empty_title = _("No preorders yet")
    empty_text = _("Load a file with “manage.py sync preorders”, import a CSV, or add one by hand.")

    origin = origin
    buyer = buyer
    asin_link = link("asin", "ASIN")
    client_link = link("client", _("client"), name="name")
    store_link = link("store", _("store"), name="name")
    arrived_units = units("arrived", _("arrived"))
    allocated_units = units("allocated", _("allocated"))
    promised_units = units("promised", _("kept for it"))
    cost_usd = usd("unit_cost", _("unit cost"))
    amount_usd = usd("amount", _("amount"))
    paid_usd = usd("paid", _("paid"))
    due_usd = usd("due", _("balance due"))
    state_badge = state("state", _("status"), STATE_COLOURS)

    class Media:
        js = ("clients/stores_of_client.js",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("client", "store", "asin")

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(asin__code__in=codes) if codes else None

    @admin.display(description=_("expected"), ordering="expected_arrival")
    def expected(self, preorder: Preorder) -> Any:
        day = date_format(preorder.expected_arrival)
        late = preorder.is_overdue(timezone.localdate())
        return format_html("{} {}", day, badge(_("overdue"), "red")) if late else day

    @admin.display(description=_("arrived of quantity"))
    def quantity_units(self, preorder: Preorder) -> Any:
        kept = f"{preorder.promised:,} to allocate" if preorder.promised else ""
        return two_lines(f"{preorder.arrived:,} / {preorder.quantity:,}", kept)

    @admin.display(description=_("balance due"))
    def owed_usd(self, preorder: Preorder) -> Any:
        if preorder.credit_due:
            return two_lines(dollars(preorder.due), badge(f"{dollars(preorder.credit_due)} credit due", "orange"))
        return two_lines(dollars(preorder.due), _("credited") if preorder.credited_at else "")

    @admin.display(description=_("credit"))
    def credit(self, preorder: Preorder) -> Any:
        if preorder.credit_due:
            return badge(f"{dollars(preorder.credit_due)} due to the client", "orange")
        if preorder.credited_at is None:
            return EMPTY
        day = date_format(timezone.localtime(preorder.credited_at))
        by = f" by {preorder.credited_by}" if preorder.credited_by else ""
        return f"{dollars(preorder.paid)} credited on {day}{by}: {preorder.credit_note}"

    @admin.display(description=_("status"))
    def states(self, preorder: Preorder) -> Any:
        return two_lines(self.state_badge(preorder), preorder.flag)

    @admin.display(description=_("needs attention"))
    def attention(self, preorder: Preorder) -> Any:
        return badge(preorder.flag, "red") if preorder.flag else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What has arrived, or was cancelled, is settled: only a pending preorder can be changed."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, *self.feed_fields] if obj and obj.state != PreorderState.PENDING else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        # Nobody edits these rows, so a form that is sent has nothing of them.
        return self.inlines if obj and request.method == "GET" else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        price_preorder(obj)
        super().save_model(request, obj, form, change)
        if change:
            obj.refresh_from_db(fields=["arrived", "allocated", "state"])
        else:
            open_payments(preorder=obj, actor=signed_in(request))
        settle_state(preorder=obj, actor=signed_in(request))
