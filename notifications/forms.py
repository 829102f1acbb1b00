"""What a person decides about alerts and e-mails."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.admin_base import CheckInput, ChoiceInput
from notifications.models import MAIL_KINDS

DONE, REOPEN = "done", "reopen"
SNOOZES = {"day": timedelta(days=1), "week": timedelta(days=7)}
DECISIONS = [
    (DONE, _("Mark as done")),
    ("day", _("Put off for a day")),
    ("week", _("Put off for a week")),
    (REOPEN, _("Open it again")),
]


class DecisionForm(forms.Form):
    """What becomes of one alert."""

    decision = forms.ChoiceField(label=_("What to do"), choices=DECISIONS, widget=ChoiceInput())


class KindsForm(forms.Form):
    """A switch for each kind of e-mail."""

    def __init__(self, *args: Any, chosen: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in MAIL_KINDS:
            self.fields[kind] = forms.BooleanField(
                label=label, required=False, initial=kind in chosen, widget=CheckInput()
            )

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, is_wanted in self.cleaned_data.items() if is_wanted}
