"""The stock as staff see it: ASINs and every movement."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.admin_base import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    InfinitePaginator,
    RadioFilter,
    RangeDateFilter,
    ReadOnlyAdmin,
    form_page,
    page_action,
)
from common.admin_columns import EMPTY, admin_url, badge, change_of, dollars, link, origin, state, two_lines, usd
from common.admin_sourced import SourcedAdmin
from common.import_export import ImportExportAdmin
from common.people import signed_in
from inventory.forms import PORTAL_FIELDS, AdjustStockForm, AsinForm
from inventory.models import Asin, MovementKind, Priority, StockMovement
from inventory.resources import AsinResource
from inventory.search import asins_in
from inventory.services import adjust_stock

COMPUTED = ("stock", "worth", "estimated")


class StockFilter(RadioFilter):  # type: ignore[misc]
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("available", _("Available")),
            ("none", _("None available")),
            ("reserved", _("Partly reserved")),
            ("short", _("Short: less than reserved")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Asin]) -> QuerySet[Asin]:
        conditions = {
            "available": Q(on_hand__gt=F("reserved")),
            "none": Q(on_hand=F("reserved")),
            "reserved": Q(reserved__gt=0),
            "short": Q(shortage__gt=0),
        }
        condition = conditions.get(self.value() or "")
        return queryset.filter(condition) if condition else queryset


@admin.register(Asin)
class AsinAdmin(ImportExportAdmin, SourcedAdmin):
    form = AsinForm
    resource_classes = (AsinResource,)
    list_display = (
        "code", "product", "date_added", "priority_badge", "available_units", "cases_units", "cost_usd", "value_usd",
        "marks",
    )  # fmt: skip
    list_filter = (
        StockFilter,
        ("priority", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
        ("estimated", BooleanRadioFilter),
        ("fragile", BooleanRadioFilter),
        ("date_added", RangeDateFilter),
    )
    sortable_by = ("date_added",)
    ordering = ("date_added", "code")
    search_fields = ("code",)
    search_help_text = _("ASIN (or several), brand, words of the title")
    exact_search = ("code",)
    key_search = ("brand_key",)
    text_search = ("title",)
    readonly_fields = ("stock", "worth", "estimated", "origin", "created_at", "updated_at")
    feed_name = _("the buying portal")
    feed_fields = ("code", *PORTAL_FIELDS)
    fieldsets: Any = (
        (None, {"fields": (("code", "title"), ("brand", "category", "supplier"), ("date_added", "priority"))}),
        (_("Stock"), {"fields": ("stock", "worth", ("quantity_purchased", "case_pack"))}),
        (
            _("Money per unit"),
            {"fields": (("unit_cost", "sale_price", "amazon_fees"), ("min_shipping", "max_shipping"))},
        ),
        (
            _("Size and weight"),
            {
                "description": _(
                    "Inches and pounds. The case's own figures are used; without them they are worked out from a unit."
                ),
                "fields": (
                    ("case_length", "case_width", "case_height", "case_weight"),
                    ("unit_length", "unit_width", "unit_height", "unit_weight"),
                    "estimated",
                ),
            },
        ),
        (_("Handling"), {"fields": (("upright_only", "fragile", "group"),)}),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
    )
    add_fieldsets = tuple(
        (title, {**options, "fields": tuple(row for row in options["fields"] if row not in COMPUTED)})
        for title, options in fieldsets[:-1]
    )
    actions_detail = ("adjust_stock_page",)
    empty_title = _("No ASINs yet")
    empty_text = _("Load the buying portal's sheet with “manage.py sync portal”, import a CSV, or add one by hand.")

    origin = origin
    priority_badge = state("priority", _("priority"), {Priority.HIGH: "red", Priority.MEDIUM: "", Priority.LOW: "blue"})
    cost_usd = usd("unit_cost", _("unit cost"))

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(code__in=codes) if codes else None

    @admin.display(description=_("product"))
    def product(self, asin: Asin) -> Any:
        return two_lines(asin.title, asin.brand)

    @admin.display(description=_("available"))
    def available_units(self, asin: Asin) -> Any:
        return two_lines(f"{asin.available:,}", f"{asin.reserved:,} reserved" if asin.reserved else "")

    @admin.display(description=_("cases"))
    def cases_units(self, asin: Asin) -> Any:
        return two_lines(f"{asin.available_cases:,}", f"of {asin.case_pack:,}")

    @admin.display(description=_("stock value"))
    def value_usd(self, asin: Asin) -> str:
        return dollars(max(asin.available, 0) * asin.unit_cost)

    @admin.display(description=_("marks"))
    def marks(self, asin: Asin) -> Any:
        """The one thing about this ASIN that staff should notice first, else where it comes from."""
        for present, text, colour in (
            (not asin.is_active, _("Not in use"), "red"),
            (asin.shortage, _("Short"), "red"),
            (asin.estimated, _("Size estimated"), "orange"),
            (asin.fragile, _("Fragile"), "blue"),
            (asin.upright_only, _("This side up"), "blue"),
        ):
            if present:
                return badge(text, colour)
        return self.origin(asin)

    @admin.display(description=_("stock"))
    def stock(self, asin: Asin) -> str:
        parts = [
            f"{asin.available:,} units available ({asin.available_cases:,} cases, {asin.loose:,} loose)",
            f"{asin.on_hand:,} on hand",
            f"{asin.reserved:,} reserved",
        ]
        return " · ".join([*parts, f"{asin.shortage:,} short"] if asin.shortage else parts)

    @admin.display(description=_("worth"))
    def worth(self, asin: Asin) -> str:
        profit = EMPTY if asin.profit is None else f"{dollars(asin.profit)} profit per unit"
        return f"{dollars(max(asin.available, 0) * asin.unit_cost)} available · {profit}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"date_added": timezone.localdate(), "min_shipping": Decimal(0)} | given

    def has_adjust_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("inventory.change_asin"))

    @page_action(description=_("Adjust stock"), url_path="adjust-stock", icon="inventory", permissions=["adjust"])
    def adjust_stock_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asin = self.get_object(request, object_id)
        if asin is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]

        def act(values: dict[str, Any]) -> str:
            adjust_stock(asin_id=asin.pk, actor=signed_in(request), **values)
            return f"{asin.code}: stock changed by {values['change']:+,} units."

        return form_page(
            self,
            request,
            form=AdjustStockForm(request.POST or None),
            title=f"Adjust stock of {asin.code}",
            submit=_("Adjust stock"),
            back=admin_url(asin),
            subject=asin,
            act=act,
            facts=[(_("title"), asin.title or EMPTY), (_("stock"), self.stock(asin))],
            note=_("For a count or a loss. What the buying portal says later is added to or taken from this.")
            if asin.from_feed
            else "",
        )


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "asin_link", "kind_badge", "on_hand_units", "reserved_units", "short_units", "reference",
        "reason", "actor",
    )  # fmt: skip
    list_display_links = ("created_at",)
    list_filter = (("kind", ChoicesDropdownFilter), ("created_at", RangeDateFilter))
    list_select_related = ("asin", "actor")
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = _("ASIN, or the reference, for example C-000123")
    exact_search = ("reference",)
    fields = (
        "created_at", "asin_link", "kind_badge", ("on_hand_units", "reserved_units", "short_units"), "reference",
        "reason", "actor",
    )  # fmt: skip
    empty_title = _("No stock movements yet")
    empty_text = _("Every change of stock leaves a line here that can never be changed.")

    asin_link = link("asin", "ASIN")
    kind_badge = state(
        "kind",
        _("kind"),
        {
            MovementKind.OPENING: "green",
            MovementKind.PORTAL: "blue",
            MovementKind.ADJUSTMENT: "orange",
            MovementKind.RESERVE: "",
            MovementKind.SHIP: "green",
        },
    )
    on_hand_units = change_of("on_hand_change", _("on hand"))
    reserved_units = change_of("reserved_change", _("reserved"))
    short_units = change_of("shortage_change", _("shortage"))

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(asin__code__in=codes) if codes else None
