"""The forms by which carts and pallets move on: pool, cancel, ship, put on a shipment."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from allocation.models import Cart, TransferSuggestion
from clients.models import Store
from common.admin_base import ChoiceInput, DateInput, TextInput, WholeInput
from pallets.models import FBA_ID
from pallets.standing import standing


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput(), help_text=_("Kept with what it moves.")
    )


class ShipForm(forms.Form):
    """When and how a pallet or a shipment left; `planned_on` is the day before which it cannot have."""

    shipped_on = forms.DateField(label=_("Date shipped"), initial=timezone.localdate, widget=DateInput())
    carrier = forms.CharField(label=_("Carrier"), max_length=80, required=False, widget=TextInput())
    tracking = forms.CharField(label=_("PRO / tracking number"), max_length=80, required=False, widget=TextInput())
    amazon_id = forms.CharField(
        label=_("FBA shipment ID"),
        max_length=40,
        required=False,
        widget=TextInput(attrs={"placeholder": "FBA15ABCDEF12"}),
        help_text=_("Amazon's own, from Seller Central."),
    )

    def __init__(self, *args: Any, planned_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.planned_on = planned_on

    def clean_shipped_on(self) -> date:
        shipped_on: date = self.cleaned_data["shipped_on"]
        if shipped_on < self.planned_on:
            day = date_format(self.planned_on)
            raise forms.ValidationError(f"The pallet was planned on {day}; it cannot have left before.")
        return shipped_on

    def clean_amazon_id(self) -> str:
        amazon_id: str = self.cleaned_data["amazon_id"].strip().upper()
        if amazon_id:
            FBA_ID(amazon_id)
        return amazon_id


class PoolForm(forms.Form):
    """In which mutual store, and how many cases of each ASIN that waits."""

    store = forms.ModelChoiceField(
        Store.objects.none(), label=_("Mutual store"), empty_label=None, widget=ChoiceInput()
    )

    def __init__(self, *args: Any, cart: Cart, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["store"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Store.objects.mutual().receiving().select_related("client")
        suggestion = TransferSuggestion.objects.transfers().filter(cart=cart).order_by("-pk").first()
        field.initial = suggestion.mutual_store_id if suggestion else None
        self.lines = {f"cases_{one.line.pk}": one for one in standing(cart) if one.waiting}
        for name, one in self.lines.items():
            most = one.waiting // one.line.case_pack
            self.fields[name] = forms.IntegerField(
                label=f"{one.asin.code} {one.asin.title[:60]}",
                min_value=0,
                max_value=most,
                required=False,
                widget=WholeInput(attrs={"placeholder": str(most)}),
                help_text=f"Cases, at most {most:,}. Leave every field empty to pool all that the store may receive.",
            )

    def clean(self) -> dict[str, Any]:
        """A number for goods that wait no more must not be read as none: that pools everything else."""
        sent = {name for name, value in self.data.items() if name.startswith("cases_") and str(value).strip()}
        if sent - self.lines.keys():
            raise forms.ValidationError(_("Some of these goods do not wait any more. Look again at what does."))
        return self.cleaned_data

    def cases(self) -> dict[str, int] | None:
        """Cases by ASIN code; None where no number was given: everything."""
        given = {one.asin.code: self.cleaned_data[name] for name, one in self.lines.items()}
        if all(count is None for count in given.values()):
            return None
        return {code: count for code, count in given.items() if count}
