"""The forms of the cart generator and of the cart and pallet pages."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from allocation.models import Cart, Policy
from clients.models import Client, Store
from common.admin_base import AmountInput, CheckInput, ChoiceInput, DateInput, TextInput
from common.admin_keys import ObjectPicker


def _lookup(field: str, placeholder: Any) -> ObjectPicker:
    return ObjectPicker(
        Cart._meta.get_field(field), admin.site, attrs={"data-placeholder": placeholder, "style": "width: 100%"}
    )


class GeneratorForm(forms.Form):
    """Client or store, amount and policy. A client with one store needs no store."""

    client = forms.ModelChoiceField(Client.objects.all(), label=_("Client"), required=False)
    store = forms.ModelChoiceField(
        Store.objects.select_related("client"),
        label=_("Store"),
        required=False,
        help_text=_("May be left empty where the client has one active store."),
    )
    amount = forms.DecimalField(
        label=_("Amount to allocate"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        widget=AmountInput(attrs={"placeholder": "Everything available", "step": "0.01"}),
        help_text=_("USD for units and shipping together. Empty = the client's whole available balance."),
    )
    policy = forms.ModelChoiceField(
        Policy.objects.all(), label=_("Policy"), empty_label=None, to_field_name="slug", widget=ChoiceInput()
    )
    build_anyway = forms.BooleanField(
        label=_("Build a pallet even when it is not filled enough"), required=False, widget=CheckInput()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].widget = _lookup("client", _("Type a name or an ID"))
        self.fields["store"].widget = _lookup("store", _("Type a name, an ID or its client"))
        for name in ("client", "store"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.widget.choices = field.choices  # type: ignore[attr-defined]
        default = Policy.objects.filter(is_default=True).first()
        self.fields["policy"].initial = default.slug if default else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        client, store = cleaned.get("client"), cleaned.get("store")
        if store is None and client is None and not self.errors:
            self.add_error("store", _("Choose a store, or a client with one store."))
        elif store is None and client is not None:
            stores = list(Store.objects.receiving().filter(client=client)[:2])
            if len(stores) == 1:
                cleaned["store"] = stores[0]
            else:
                words = _("has several active stores: choose one.") if stores else _("has no active store.")
                self.add_error("store", f"{client} {words}")
        elif client is not None and store is not None and store.client_id != client.pk:
            self.add_error("store", f"{store} belongs to {store.client}, not to {client}.")
        return cleaned


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput(), help_text=_("Kept with the cart and its movements.")
    )


class ShipForm(forms.Form):
    """When and how the pallet left."""

    shipped_on = forms.DateField(label=_("Date shipped"), initial=timezone.localdate, widget=DateInput())
    carrier = forms.CharField(label=_("Carrier"), max_length=80, required=False, widget=TextInput())
    tracking = forms.CharField(label=_("Tracking number"), max_length=80, required=False, widget=TextInput())

    def __init__(self, *args: Any, planned_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.planned_on = planned_on

    def clean_shipped_on(self) -> date:
        shipped_on: date = self.cleaned_data["shipped_on"]
        if shipped_on < self.planned_on:
            day = date_format(self.planned_on)
            raise forms.ValidationError(f"The pallet was planned on {day}; it cannot have left before.")
        return shipped_on
