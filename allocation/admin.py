"""Carts, policies and preorders as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from allocation.admin_forms import PolicyForm
from allocation.admin_preorders import PreorderAdmin as PreorderAdmin
from allocation.models import Cart, Policy
from allocation.states import CartState
from common.admin_base import (
    Admin,
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
)
from common.admin_columns import badge, buyer, state, usd
from common.admin_sourced import is_referenced
from common.history import note_update
from common.people import signed_in

CART_COLOURS = {
    CartState.DRAFT: "",
    CartState.CONFIRMED: "orange",
    CartState.PALLETISED: "blue",
    CartState.SHIPPED: "green",
    CartState.CANCELLED: "",
    CartState.EXPIRED: "red",
}


def code_search(prefix: str, term: str, path: str = "code") -> Q | None:
    """`C-000123` and plain `123` alike, where `term` is one of them."""
    code = term.upper()
    if code.startswith(f"{prefix}-"):
        return Q(**{path: code})
    if code.isascii() and code.isdigit() and len(code) <= 9:
        return Q(**{path: f"{prefix}-{int(code):06d}"})
    return None


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    """The list of carts; a cart's own page needs pallets and is theirs."""

    list_display = (
        "code", "buyer", "state_badge", "goods_usd", "shipping_usd", "total_usd", "held_usd", "pallets_worth_units",
        "marks", "created_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("client", AutocompleteSelectFilter),
        ("store", AutocompleteSelectFilter),
        ("policy", RelatedDropdownFilter),
        ("is_pooled", BooleanRadioFilter),
        ("created_at", RangeDateFilter),
    )
    list_select_related = ("client", "store")
    sortable_by = ("created_at",)
    ordering = ("-id",)
    search_fields = ("code",)
    search_help_text = _("Cart code (C-000123 or 123), client or store")
    exact_search = ("client__panel_id", "store__panel_id")
    text_search = ("client__name", "store__name")
    empty_title = _("No carts yet")
    empty_text = _("Choose a client and store under “New cart”, or run: manage.py generate_pallets --store ID")

    buyer = buyer
    state_badge = state("state", _("state"), CART_COLOURS)
    goods_usd = usd("goods", _("goods"))
    shipping_usd = usd("shipping", _("shipping"))
    total_usd = usd("total", _("total"))
    held_usd = usd("hold_open", _("still held"))

    def search_named(self, term: str) -> Q | None:
        named = code_search("C", term)
        return named | Q(client__panel_id=term) | Q(store__panel_id=term) if named else None

    @admin.display(description=_("pallets' worth"))
    def pallets_worth_units(self, cart: Cart) -> str:
        return f"{cart.pallets_worth:,.2f}"

    @admin.display(description=_("marks"))
    def marks(self, cart: Cart) -> Any:
        return badge(_("Pooled"), "blue") if cart.is_pooled else ""


@admin.register(Policy)
class PolicyAdmin(Admin):
    form = PolicyForm
    list_display = ("name", "slug", "base", "age", "priority", "profit", "standalone", "default_badge")
    sortable_by = ("name",)
    ordering = ("name",)
    search_fields = ("name",)
    text_search = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": (("name", "slug"), "is_default")}),
        (
            _("What a unit is worth"),
            {
                "description": _(
                    "Worth of a unit = (cost x (base + age x days/365 + priority x p) + profit x margin) x client "
                    "weight. p is 0 for low, 0.5 for medium, 1 for high priority. Carts keep the weights they had."
                ),
                "fields": (("base", "age"), ("priority", "profit")),
            },
        ),
        (_("Pallets"), {"fields": ("standalone_fill",)}),
        (
            _("Limits"),
            {
                "description": _("What a store may get at most, whatever it is worth."),
                "fields": (
                    ("max_units_per_asin", "min_roi_percent"),
                    ("cool_down_days", "max_stores_per_asin"),
                ),
            },
        ),
    )
    empty_title = _("No policies")
    empty_text = _("A policy says what a good allocation is. Add one and make it the default.")

    @admin.display(description=_("stand-alone from"))
    def standalone(self, policy: Policy) -> str:
        return f"{policy.standalone_fill * 100:.0f} % of a pallet"

    @admin.display(description=_("default"))
    def default_badge(self, policy: Policy) -> Any:
        return badge(_("Default"), "green") if policy.is_default else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or not (obj.is_default or is_referenced(obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The default moves in one step, in the transaction of this request."""
        if obj.is_default:
            others = Policy.objects.exclude(pk=obj.pk).filter(is_default=True)
            note_update(
                others, {"is_default": False}, actor=signed_in(request), reason=f"{obj.name} is the default now"
            )
            others.update(is_default=False)
        super().save_model(request, obj, form, change)
