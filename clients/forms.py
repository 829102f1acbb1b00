"""Forms of clients and stores made by hand, and the correction of a balance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Store
from clients.services import MAX_CHANGE
from common.admin_base import AmountInput, TextInput

OWN_ID = "IDs beginning with L- are given by the system: leave this blank to get one."


def own_id_problem(panel_id: str) -> str:
    """Why `panel_id` cannot be given to a new object, or nothing. `L-<n>` is numbered by the system."""
    return OWN_ID if panel_id.strip().upper().startswith("L-") else ""


class PanelIdForm(forms.ModelForm):  # type: ignore[type-arg]
    """An object whose ID is the panel's, or an own one where it is left blank."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "panel_id" in self.fields:
            self.fields["panel_id"].help_text = _("As in the AutoFBA panel. Leave blank to get an own one, L-1, L-2, …")

    def clean_panel_id(self) -> str:
        panel_id = self.cleaned_data["panel_id"].strip()
        if panel_id != self.instance.panel_id and (problem := own_id_problem(panel_id)):
            raise forms.ValidationError(problem)
        if self.instance.pk and not panel_id:
            raise forms.ValidationError(_("An ID that is in use cannot be taken away."))
        return str(panel_id)


class ClientForm(PanelIdForm):
    class Meta:
        model = Client
        fields = ("panel_id", "name", "email", "status", "priority", "is_active")


class StoreForm(PanelIdForm):
    class Meta:
        model = Store
        fields = ("panel_id", "client", "name", "marketplace", "is_mutual", "status", "is_active")

    def clean_client(self) -> Client:
        """What a store was promised was promised to its client, so a store with a history stays with it."""
        client: Client = self.cleaned_data["client"]
        if self.instance.pk and client.pk != self.instance.client_id:
            raise forms.ValidationError(_("A store stays with its client. Add another store for the other client."))
        return client


class AdjustBalanceForm(forms.Form):
    change = forms.DecimalField(
        label=_("Change"),
        max_digits=10,
        decimal_places=2,
        min_value=-MAX_CHANGE,
        max_value=MAX_CHANGE,
        widget=AmountInput,
        help_text=_("USD to add, or with a minus to take away: 250.00 or -12.50."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput, help_text=_("Kept in the ledger for good.")
    )
