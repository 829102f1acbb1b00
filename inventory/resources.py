"""ASINs as a table."""

from typing import Any

from django.utils import timezone

from common.import_cells import ChoiceCell, DateCell, NumberCell, TextCell, UpperCell, YesNoCell
from common.import_export import ListResource, column, shown
from common.sources import Source
from inventory.forms import PORTAL_FIELDS, asin_problems
from inventory.models import Asin, Priority


def _money(places: int = 2) -> NumberCell:
    return NumberCell(places=places, money=True)


class AsinResource(ListResource):
    code = column("ASIN", "code", UpperCell())
    title = column("Title", "title", TextCell())
    brand = column("Brand", "brand", TextCell())
    category = column("Category", "category", TextCell())
    supplier = column("Supplier", "supplier", TextCell())
    date_added = column("Date added", "date_added", DateCell())
    quantity_purchased = column("Quantity purchased", "quantity_purchased", NumberCell(), default=0)
    unit_cost = column("Unit cost", "unit_cost", _money())
    min_shipping = column("Min shipping", "min_shipping", _money(4))
    max_shipping = column("Max shipping", "max_shipping", _money(4))
    sale_price = column("Sale price", "sale_price", _money())
    amazon_fees = column("Amazon fees", "amazon_fees", _money())
    priority = column("Priority", "priority", ChoiceCell(Priority.choices, blank=""))
    case_pack = column("Case pack", "case_pack", NumberCell())
    unit_length = column("Unit length", "unit_length", NumberCell(places=2))
    unit_width = column("Unit width", "unit_width", NumberCell(places=2))
    unit_height = column("Unit height", "unit_height", NumberCell(places=2))
    unit_weight = column("Unit weight", "unit_weight", NumberCell(places=4))
    case_length = column("Case length", "case_length", NumberCell(places=2))
    case_width = column("Case width", "case_width", NumberCell(places=2))
    case_height = column("Case height", "case_height", NumberCell(places=2))
    case_weight = column("Case weight", "case_weight", NumberCell(places=4))
    upright_only = column("This side up", "upright_only", YesNoCell())
    fragile = column("Fragile", "fragile", YesNoCell())
    group = column("Handling group", "group", TextCell())
    on_hand = shown("On hand", "on_hand", NumberCell())
    reserved = shown("Reserved", "reserved", NumberCell())
    available = shown("Available", "available", NumberCell())
    estimated = shown("Estimated", "estimated", YesNoCell())
    source = shown("Source", "source", ChoiceCell(Source.choices))
    is_active = shown("In use", "is_active", YesNoCell())

    identity = ("ASIN",)
    feed_fields = PORTAL_FIELDS

    class Meta(ListResource.Meta):
        model = Asin
        fields: tuple[str, ...] = (
            "code", *PORTAL_FIELDS, "upright_only", "fragile", "group", "on_hand", "reserved", "available", "estimated",
            "source", "is_active",
        )  # fmt: skip
        import_id_fields = ("code",)

    def problems(self, instance: Any) -> dict[str, str]:
        return asin_problems({name: getattr(instance, name) for name in self.feed_fields}, timezone.localdate())
