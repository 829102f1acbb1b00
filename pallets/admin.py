"""Pallets and shipments as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from allocation.admin import CartAdmin, code_search
from allocation.models import Cart
from common.admin_base import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    ReadOnlyAdmin,
)
from common.admin_columns import EMPTY, badge, bar, link, state, units
from pallets.admin_batches import BatchAdmin as BatchAdmin
from pallets.admin_documents import PalletDocuments, ShipmentDocuments
from pallets.admin_pages import CartPages
from pallets.admin_pallets import PalletPages
from pallets.admin_shipments import ShipmentPages
from pallets.flow_pages import light
from pallets.models import Pallet, Shipment
from pallets.states import PalletState, ShipmentState
from pallets.suggestion_pages import SuggestionAdminWithPages as SuggestionAdminWithPages

STATE_COLOURS = {
    PalletState.PLANNED: "blue",
    PalletState.PACKED: "orange",
    PalletState.SHIPPED: "green",
    PalletState.CANCELLED: "",
}
SHIPMENT_COLOURS = {ShipmentState.OPEN: "blue", ShipmentState.SHIPPED: "green", ShipmentState.CANCELLED: ""}


@admin.register(Pallet)
class PalletAdmin(PalletDocuments, PalletPages, ReadOnlyAdmin):
    list_display = (
        "code", "store_link", "state_badge", "fill_bar", "cartons", "weight_text", "height_text", "marks",
        "shipment_link", "shipped_on", "created_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("store", AutocompleteSelectFilter),
        ("is_pooled", BooleanRadioFilter),
        ("has_estimates", BooleanRadioFilter),
        ("created_at", RangeDateFilter),
    )
    list_select_related = ("store", "shipment")
    sortable_by = ("created_at",)
    ordering = ("-id",)
    search_fields = ("code",)
    search_help_text = _("Pallet (P-000123 or 123), shipment (S-000012), store ID, tracking number or FBA shipment ID")
    exact_search = ("store__panel_id", "tracking", "shipment__amazon_id")
    empty_title = _("No pallets yet")
    empty_text = _("Pallets are planned when a cart is confirmed that fills at least the policy's share of one.")

    store_link = link("store", _("destination store"), name="name")
    state_badge = state("state", _("state"), STATE_COLOURS)
    shipment_link = link("shipment", _("shipment"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pallet]:
        pallets: QuerySet[Pallet] = light(super().get_queryset(request))
        return pallets

    def search_named(self, term: str) -> Q | None:
        """`P-000123` and plain `123` alike, beside a store of that ID."""
        if (shipment := term.upper()).startswith("S-"):
            return Q(shipment__code=shipment)
        named = code_search("P", term)
        return named | Q(store__panel_id=term) if named else None

    @admin.display(description=_("fill"))
    def fill_bar(self, pallet: Pallet) -> Any:
        return bar(pallet.fill)

    @admin.display(description=_("gross weight"))
    def weight_text(self, pallet: Pallet) -> str:
        return f"{pallet.weight:,.0f} lb"

    @admin.display(description=_("height"))
    def height_text(self, pallet: Pallet) -> str:
        return f"{pallet.height:,.1f} in"

    @admin.display(description=_("marks"))
    def marks(self, pallet: Pallet) -> Any:
        pooled = badge(_("Pooled"), "blue") if pallet.is_pooled else ""
        return format_html("{} {}", pooled, badge(_("Estimated sizes"), "orange") if pallet.has_estimates else "")


@admin.register(Shipment)
class ShipmentAdmin(ShipmentDocuments, ShipmentPages, ReadOnlyAdmin):
    list_display = (
        "code", "store_link", "state_badge", "pallets_units", "cartons_units", "weight_text", "amazon_id", "carrier",
        "tracking", "shipped_on", "created_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("store", AutocompleteSelectFilter),
        ("created_at", RangeDateFilter),
    )
    list_select_related = ("store",)
    sortable_by = ("created_at",)
    ordering = ("-id",)
    search_fields = ("code",)
    search_help_text = _("Shipment (S-000012 or 12), store ID, tracking number or FBA shipment ID")
    exact_search = ("store__panel_id", "tracking", "amazon_id")
    empty_title = _("No shipments yet")
    empty_text = _("Choose pallets of one store in the list of pallets and take “Put on one shipment”.")

    store_link = link("store", _("destination store"), name="name")
    state_badge = state("state", _("state"), SHIPMENT_COLOURS)
    pallets_units = units("pallet_count", _("pallets"))
    cartons_units = units("carton_count", _("cartons"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shipment]:
        shipments: QuerySet[Shipment] = super().get_queryset(request)
        return shipments.annotate(
            pallet_count=Count("pallets"), carton_count=Sum("pallets__cartons"), pounds=Sum("pallets__weight")
        )

    def search_named(self, term: str) -> Q | None:
        named = code_search("S", term)
        return named | Q(store__panel_id=term) if named else None

    @admin.display(description=_("gross weight"))
    def weight_text(self, shipment: Any) -> str:
        return EMPTY if shipment.pounds is None else f"{shipment.pounds:,.0f} lb"


admin.site.unregister(Cart)


@admin.register(Cart)
class CartAdminWithPages(CartPages, CartAdmin):
    """The list of carts with the pages that need pallets: the generator and a cart's own page."""
