"""Preorders as staff see them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from allocation.admin_forms import PaymentForm, PreorderForm, price_preorder
from allocation.models import Preorder
from allocation.resources import PreorderResource
from allocation.services.preorders import cancel_preorders, record_payment
from allocation.states import PreorderState
from common.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    form_page,
    page_action,
)
from common.admin_columns import (
    admin_url,
    badge,
    buyer,
    counted,
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
from common.money import usd as as_usd
from inventory.search import asins_in

STATE_COLOURS = {
    PreorderState.PENDING: "orange",
    PreorderState.ARRIVED: "blue",
    PreorderState.ALLOCATED: "green",
}


@admin.register(Preorder)
class PreorderAdmin(ImportExportAdmin, SourcedAdmin):
    form = PreorderForm
    resource_classes = (PreorderResource,)
    list_display = (
        "expected", "asin_link", "buyer", "quantity_units", "amount_usd", "paid_usd", "due_usd", "states",
    )  # fmt: skip
    list_display_links = ("expected",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
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
    actions = ("cancel", "deactivate", "reactivate")
    readonly_fields = (
        "asin_link", "client_link", "store_link", "cost_usd", "amount_usd", "paid_usd", "due_usd", "arrived_units",
        "state_badge", "attention", "origin", "created_at", "updated_at",
    )  # fmt: skip
    feed_name = _("the preorder file")
    feed_fields = ("quantity", "expected_arrival")
    fieldsets = (
        (None, {"fields": (("asin_link", "client_link", "store_link"), ("state_badge", "attention"))}),
        (_("What and when"), {"fields": (("quantity", "arrived_units"), "expected_arrival")}),
        (
            _("Money"),
            {
                "description": _("USD. Amount = quantity x unit cost when the preorder was made."),
                "fields": (("cost_usd", "amount_usd"), ("paid_usd", "due_usd")),
            },
        ),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
    )
    add_fieldsets = (
        (None, {"fields": ("client", "store", "asin", ("quantity", "expected_arrival"))}),
        (_("Money"), {"fields": (("unit_cost", "paid"),)}),
    )
    actions_detail = ("record_payment_page",)
    empty_title = _("No preorders yet")
    empty_text = _("Load a file with “manage.py sync preorders”, import a CSV, or add one by hand.")

    origin = origin
    buyer = buyer
    asin_link = link("asin", "ASIN")
    client_link = link("client", _("client"), name="name")
    store_link = link("store", _("store"), name="name")
    arrived_units = units("arrived", _("arrived"))
    cost_usd = usd("unit_cost", _("unit cost"))
    amount_usd = usd("amount", _("amount"))
    paid_usd = usd("paid", _("paid"))
    due_usd = usd("due", _("balance due"))
    state_badge = state("state", _("status"), STATE_COLOURS)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("client", "store", "asin")

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(asin__code__in=codes) if codes else None

    @admin.display(description=_("expected"), ordering="expected_arrival")
    def expected(self, preorder: Preorder) -> Any:
        late = preorder.state == PreorderState.PENDING and preorder.expected_arrival < timezone.localdate()
        day = date_format(preorder.expected_arrival)
        return format_html("{} {}", day, badge(_("late"), "red")) if late else day

    @admin.display(description=_("quantity"))
    def quantity_units(self, preorder: Preorder) -> Any:
        return two_lines(f"{preorder.quantity:,}", f"{preorder.arrived:,} arrived" if preorder.arrived else "")

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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        price_preorder(obj)
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Cancel"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Preorder]) -> None:
        count, credit = cancel_preorders(preorders=queryset)
        owed = f" A credit of {as_usd(credit)} is due." if credit else ""
        done = f"{counted(count, 'preorder')} cancelled; only pending ones can be.{owed}"
        self.message_user(request, done, messages.SUCCESS)

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("allocation.change_preorder"))

    @page_action(description=_("Record payment"), url_path="record-payment", icon="payments", permissions=["pay"])
    def record_payment_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        preorder = self.get_object(request, object_id)
        if preorder is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]

        def act(values: dict[str, Any]) -> str:
            record_payment(preorder=preorder, amount=values["amount"])
            return f"{dollars(values['amount'])} recorded as paid."

        return form_page(
            self,
            request,
            form=PaymentForm(request.POST or None),
            title=f"Record a payment for {preorder.quantity:,} units of {preorder.asin.code}",
            submit=_("Record payment"),
            back=admin_url(preorder),
            subject=preorder,
            act=act,
            facts=[
                (_("client"), preorder.client.name),
                (_("amount"), dollars(preorder.amount)),
                (_("paid"), dollars(preorder.paid)),
                (_("balance due"), dollars(preorder.due)),
            ],
        )
