"""Forms of preorders."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allocation.models import Preorder
from allocation.services.preorders import money_problems, preorder_problems, price_preorder, quantity_problems
from common.admin_base import AmountInput, TextInput
from common.money import cents


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
        quantity = values.get("quantity")
        found = preorder_problems(**given, quantity=quantity)
        found |= money_problems(unit_cost=values.get("unit_cost"), paid=values.get("paid"), amount=self._amount(values))
        if self.instance.pk and "quantity" in self.fields:
            # Locked, because units may arrive at this moment.
            stored = Preorder.objects.select_for_update().get(pk=self.instance.pk)
            found = quantity_problems(stored, quantity) | found
        for name, message in found.items():
            self.add_error(name if name in self.fields else None, message)
        return values

    def _amount(self, values: dict[str, Any]) -> Decimal | None:
        """USD of what is typed, or None where that is not known."""
        asin, quantity = (
            values.get("asin") or (self.instance.asin if self.instance.pk else None),
            values.get("quantity"),
        )
        cost = values.get("unit_cost") or self.instance.unit_cost or (asin.unit_cost if asin else None)
        return None if cost is None or quantity is None else cents(cost * quantity)

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
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=TextInput, help_text=_("How it was paid, for example.")
    )


class RefundForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount given back"), max_digits=14, decimal_places=2, widget=AmountInput, help_text=_("USD.")
    )
    note = forms.CharField(label=_("How it was given back"), max_length=200, widget=TextInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=TextInput)
