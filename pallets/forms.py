"""The forms of the cart generator and of the batch."""

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from allocation.models import Batch, Cart, Policy
from allocation.models.batch import FAIRNESS, Effort
from clients.models import Client, Store
from common.admin_base import AmountInput, CheckInput, ChoiceInput, WholeInput
from common.admin_keys import ObjectPicker, ObjectsPicker, is_key
from pallets.requests import Wishes


def _lookup(field: str, placeholder: Any) -> ObjectPicker:
    return ObjectPicker(
        Cart._meta.get_field(field), admin.site, attrs={"data-placeholder": placeholder, "style": "width: 100%"}
    )


def _limits_shown(policy: Policy) -> dict[str, str]:
    """The policy's limits by field, as placeholders."""
    units, roi = policy.max_units_per_asin, policy.min_roi_percent
    none = str(_("No limit"))
    return {
        "max_units_per_asin": none if units is None else str(units),
        "min_roi_percent": str(_("No minimum")) if roi is None else str(roi),
    }


class GeneratorForm(forms.Form):
    """Client or store, amount, policy and limits in place of the policy's. A client with one store needs no store."""

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
    max_units_per_asin = forms.IntegerField(
        label=_("Most units per ASIN"), required=False, widget=WholeInput(), help_text=_("Empty = as the policy says.")
    )
    min_roi_percent = forms.DecimalField(
        label=_("Minimum ROI, percent"),
        required=False,
        widget=AmountInput(attrs={"step": "0.01"}),
        help_text=_("Of unit cost and max shipping. Empty = as the policy says."),
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
        policies = list(Policy.objects.all())
        default = next((policy for policy in policies if policy.is_default), None)
        self.fields["policy"].initial = default.slug if default else None
        limits = {policy.slug: _limits_shown(policy) for policy in policies}
        self.fields["policy"].widget.attrs["data-limits"] = json.dumps(limits)
        for name, shown in limits.get(str(self["policy"].value()), {}).items():
            self.fields[name].widget.attrs["placeholder"] = shown

    def wishes(self) -> Wishes:
        """The limits asked for in place of the policy's."""
        return Wishes(self.cleaned_data["max_units_per_asin"], self.cleaned_data["min_roi_percent"])

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


class ClientsField(forms.ModelMultipleChoiceField):
    def clean(self, value: Any) -> Any:
        """What is no key is refused here: not every database takes any number."""
        for key in value or ():
            if not is_key(key):
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": key[:20]})
        return super().clean(value)


class BatchForm(forms.Form):
    """Policy, fairness in per cent, effort, and for whom."""

    policy = forms.ModelChoiceField(
        Policy.objects.all(), label=_("Policy"), empty_label=None, to_field_name="slug", widget=ChoiceInput()
    )
    fairness = forms.IntegerField(
        label=_("Fairness"),
        min_value=0,
        max_value=100,
        initial=int(FAIRNESS * 100),
        widget=forms.NumberInput(attrs={"type": "range", "step": 1}),
    )
    effort = forms.ChoiceField(
        label=_("Effort"),
        choices=Effort.choices,
        initial=Effort.NORMAL,
        widget=ChoiceInput(),
        help_text=_("Fast for a first look; thorough searches longer for the last tenths of a per cent."),
    )
    clients = ClientsField(
        Client.objects.all(),
        label=_("Clients"),
        required=False,
        help_text=_("Empty = every client but the house."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clients"]
        assert isinstance(field, ClientsField)
        field.widget = ObjectsPicker(
            Batch._meta.get_field("clients"),
            admin.site,
            attrs={"data-placeholder": _("Every client but the house"), "style": "width: 100%"},
        )
        field.widget.choices = field.choices
        default = Policy.objects.filter(is_default=True).first()
        self.fields["policy"].initial = default.slug if default else None

    def clean_fairness(self) -> Decimal:
        """As a share from 0 to 1."""
        return Decimal(self.cleaned_data["fairness"]) / 100
