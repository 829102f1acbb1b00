"""Forms of the stock: an ASIN by hand, and the correction of its stock."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.admin_base import TextInput, WholeInput
from inventory.models import MAX_COST, MAX_SHIPPING, MAX_UNITS, Asin

FIRST_DATE = date(2000, 1, 1)
# What the buying portal says about an ASIN, besides its code: read-only here on ASINs that come from it.
PORTAL_FIELDS = (
    "title", "brand", "category", "supplier", "date_added", "quantity_purchased", "unit_cost", "min_shipping",
    "max_shipping", "sale_price", "amazon_fees", "priority", "case_pack", "unit_length", "unit_width", "unit_height",
    "unit_weight", "case_length", "case_width", "case_height", "case_weight",
)  # fmt: skip


def asin_problems(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with the numbers of an ASIN, by field, in words; limits are those of the buying portal.

    `values` may lack fields that were not given; money in USD, quantities in units.
    """
    found: dict[str, str] = {}
    for name, low, high in (
        ("unit_cost", Decimal("0.01"), MAX_COST),
        ("min_shipping", Decimal(0), MAX_SHIPPING),
        ("max_shipping", Decimal(0), MAX_SHIPPING),
        ("sale_price", Decimal("0.01"), MAX_COST),
        ("amazon_fees", Decimal(0), MAX_COST),
    ):
        value = values.get(name)
        if value is not None and not low <= value <= high:
            found[name] = f"Must be between ${low:,} and ${high:,}; this is ${value:,}."
    quantity = values.get("quantity_purchased")
    if quantity is not None and not 0 <= quantity <= MAX_UNITS:
        found["quantity_purchased"] = f"Must be between 0 and {MAX_UNITS:,} units; this is {quantity:,}."
    low_price, high_price = values.get("min_shipping"), values.get("max_shipping")
    if low_price is not None and high_price is not None and low_price > high_price:
        found.setdefault("min_shipping", f"Min shipping ${low_price} is above max shipping ${high_price}.")
    added = values.get("date_added")
    if added is not None and not FIRST_DATE <= added <= today.replace(year=today.year + 1, day=min(today.day, 28)):
        found["date_added"] = f"{added:%b %d, %Y} is before 2000 or more than a year ahead."
    return found


class AsinForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Asin
        fields = "__all__"  # noqa: DJ007  (the admin chooses; stock and keys are not editable fields)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, message in asin_problems(values, timezone.localdate()).items():
            if name in self.fields:
                self.add_error(name, message)
        return values


class AdjustStockForm(forms.Form):
    change = forms.IntegerField(
        label=_("Change"),
        min_value=-MAX_UNITS,
        max_value=MAX_UNITS,
        widget=WholeInput,
        help_text=_("Units to add, or with a minus to take away: -3 after three were found broken."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput, help_text=_("Kept with the movement for good.")
    )
