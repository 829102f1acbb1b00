"""Forms of ungating statuses: one by hand, and the override of one or many."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoiceInput, TextInput
from inventory.validators import is_asin
from ungating.models import Scope, Status, TaskState, UngatingStatus, scope_key


def status_problems(*, store_id: Any, scope: str, value: str, own_id: Any) -> dict[str, str]:
    """What is wrong with what a status speaks of, by field, in words: one status per store and thing."""
    key = scope_key(scope, value)
    if not key:
        return {"value": "Say which ASIN, brand or category."}
    if scope == Scope.ASIN and not is_asin(key):
        return {"value": f"“{value}” is not an ASIN: B and nine letters or digits, or an ISBN-10."}
    same = UngatingStatus.objects.filter(store_id=store_id, scope=scope, key=key).exclude(pk=own_id)
    if store_id and same.exists():
        return {"value": f"This store has a status for {Scope(scope).label} “{value}” already; change that one."}
    return {}


class UngatingStatusForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = UngatingStatus
        fields = (
            "store", "scope", "value", "status", "reason", "approval_url", "checked_at", "expires_at", "override",
            "override_reason", "is_active",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if {"store", "scope", "value"} <= values.keys():
            problems = status_problems(
                store_id=values["store"].pk, scope=values["scope"], value=values["value"], own_id=self.instance.pk
            )
            for name, message in problems.items():
                self.add_error(name, message)
        if values.get("override") and not values.get("override_reason", "").strip():
            self.add_error("override_reason", _("Say why the feed is overridden."))
        return values


class OverrideForm(forms.Form):
    status = forms.ChoiceField(label=_("Override"), choices=[*Status.choices], widget=ChoiceInput)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput, help_text=_("Kept with the status and in its history.")
    )


class SettleForm(forms.Form):
    """What became of one ungating task."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(TaskState.DONE, _("Done: it was asked for")), (TaskState.DISMISSED, _("Dismissed: not worth it"))],
        widget=ChoiceInput,
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=TextInput, help_text=_("Kept in the task's history.")
    )
