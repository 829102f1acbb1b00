"""Pallets as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from allocation.admin import CartAdmin
from allocation.models import Cart
from common.admin_base import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    ReadOnlyAdmin,
)
from common.admin_columns import badge, bar, link, state
from pallets.admin_batches import BatchAdmin as BatchAdmin
from pallets.admin_pages import CartPages, PalletPages
from pallets.models import Pallet
from pallets.states import PalletState

STATE_COLOURS = {
    PalletState.PLANNED: "blue",
    PalletState.PACKED: "orange",
    PalletState.SHIPPED: "green",
    PalletState.CANCELLED: "",
}


@admin.register(Pallet)
class PalletAdmin(PalletPages, ReadOnlyAdmin):
    list_display = (
        "code", "store_link", "state_badge", "fill_bar", "cartons", "weight_text", "height_text", "marks", "shipped_on",
        "created_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("store", AutocompleteSelectFilter),
        ("has_estimates", BooleanRadioFilter),
        ("created_at", RangeDateFilter),
    )
    list_select_related = ("store",)
    sortable_by = ("created_at",)
    ordering = ("-id",)
    search_fields = ("code",)
    search_help_text = _("Pallet code (P-000123 or 123), store ID or tracking number")
    exact_search = ("store__panel_id", "tracking")
    empty_title = _("No pallets yet")
    empty_text = _("Pallets are planned when a cart is confirmed that fills at least the policy's share of one.")

    store_link = link("store", _("destination store"), name="name")
    state_badge = state("state", _("state"), STATE_COLOURS)

    def search_named(self, term: str) -> Q | None:
        """`P-000123` and plain `123` alike, beside a store of that ID."""
        code = term.upper()
        if code.startswith("P-"):
            return Q(code=code)
        if code.isascii() and code.isdigit() and len(code) <= 9:
            return Q(code=f"P-{int(code):06d}") | Q(store__panel_id=term)
        return None

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
        return badge(_("Estimated sizes"), "orange") if pallet.has_estimates else ""


admin.site.unregister(Cart)


@admin.register(Cart)
class CartAdminWithPages(CartPages, CartAdmin):
    """The list of carts with the pages that need pallets: the generator and a cart's own page."""
