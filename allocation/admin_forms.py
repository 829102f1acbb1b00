"""Forms of policies."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allocation.models import Policy


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
