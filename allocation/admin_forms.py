"""Forms of policies and preorders."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allocation.models import Policy, Preorder
from clients.models import Client, Store, StoreStatus
from common.admin_base import AmountInput
from common.money import cents
from inventory.models import MAX_COST, MAX_UNITS, Asin


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Making a policy the default takes that from the one before; there is always one."""

    class Meta:
        model = Policy
        fields = (
            *("name", "slug", "base", "age", "priority", "profit", "standalone_fill", "is_default"),
            *("max_units_per_asin", "cool_down_days", "max_stores_per_asin", "min_roi_percent"),
        )
        help_texts = {
            "slug": _("Its name for programs and the command line; it stays as it is."),
            "is_default": _("Used where no policy is chosen. Turning this on turns it off at the other one."),
        }

    def clean_is_default(self) -> bool:
        chosen = bool(self.cleaned_data["is_default"])
        if self.instance.pk and self.initial.get("is_default") and not chosen:
            raise forms.ValidationError(_("One policy is the default: make another one the default instead."))
        return chosen

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        weights = [values.get(name) for name in ("base", "age", "priority", "profit")]
        if None not in weights and not any(weights):
            self.add_error("base", _("At least one weight must be above 0, else nothing is worth anything."))
        return values


def preorder_problems(
    *, client: Client | None, store: Store | None, asin: Asin | None, quantity: int | None
) -> dict[str, str]:
    """What is wrong with a preorder, by field, in words; quantity in units. What is missing is not judged here."""
    found = {}
    if client and store and store.client_id != client.pk:
        found["store"] = f"Store {store} is not a store of {client}."
    if quantity is not None and not 1 <= quantity <= MAX_UNITS:
        found["quantity"] = f"Must be between 1 and {MAX_UNITS:,} units; this is {quantity:,}."
    elif quantity is not None and asin and quantity % asin.case_pack:
        low, pack = quantity // asin.case_pack * asin.case_pack, asin.case_pack
        choice = f"{low:,} or {low + pack:,}" if low else f"{pack:,}"
        found["quantity"] = f"Whole cases only: {asin.code} comes in cases of {pack:,}, so order {choice} units."
    return found


def price_preorder(preorder: Preorder) -> None:
    """Set the amount, quantity x unit cost, which is the ASIN's at creation; flag a store that may not receive."""
    if preorder.unit_cost is None and preorder.asin_id:
        preorder.unit_cost = preorder.asin.unit_cost
    if preorder.unit_cost is not None and preorder.quantity is not None:
        preorder.amount = cents(preorder.unit_cost * preorder.quantity)
    if not preorder.pk and preorder.store_id:
        suspended = preorder.store.status == StoreStatus.SUSPENDED
        preorder.flag = f"{preorder.store.name} is suspended." if suspended else ""


class PreorderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Preorder
        fields = ("client", "store", "asin", "quantity", "unit_cost", "paid", "expected_arrival", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "unit_cost" in self.fields:
            self.fields["unit_cost"].required = False
            self.fields["unit_cost"].help_text = _("USD per unit. Blank = the ASIN's unit cost now.")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given = {
            name: values.get(name) or (getattr(self.instance, name) if self.instance.pk else None)
            for name in ("client", "store", "asin")
        }
        for name, message in preorder_problems(**given, quantity=values.get("quantity")).items():
            self.add_error(name if name in self.fields else None, message)
        cost, paid = values.get("unit_cost"), values.get("paid")
        if cost is not None and not Decimal("0.01") <= cost <= MAX_COST:
            self.add_error("unit_cost", f"Must be between $0.01 and ${MAX_COST:,}.")
        if paid is not None and paid < 0:
            self.add_error("paid", _("What was paid cannot be negative."))
        quantity = values.get("quantity")
        if quantity is not None and quantity < self.instance.arrived:
            self.add_error("quantity", f"{self.instance.arrived:,} units have arrived already.")
        return values

    def _post_clean(self) -> None:
        """The amount is known only now that quantity and ASIN are, and before the model checks it."""
        if not self.errors:
            preorder = Preorder(
                asin=self.cleaned_data.get("asin") or self.instance.asin,
                unit_cost=self.cleaned_data.get("unit_cost") or self.instance.unit_cost,
                quantity=self.cleaned_data.get("quantity") or self.instance.quantity,
            )
            price_preorder(preorder)
            self.instance.amount = preorder.amount
            if "unit_cost" in self.cleaned_data:
                self.cleaned_data["unit_cost"] = preorder.unit_cost
        super()._post_clean()  # type: ignore[misc]


class PaymentForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount paid"),
        max_digits=14,
        decimal_places=2,
        widget=AmountInput,
        help_text=_("USD, up to what is due."),
    )
