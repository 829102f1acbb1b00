"""What one searches the history by."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoiceInput, TextInput
from operations.history import kinds_of_objects
from operations.history_entries import Kind
from operations.history_scope import Term, Wanted

KINDS = {
    Kind.EDIT: _("Edits and states"),
    Kind.FEED: _("Changes by feeds"),
    Kind.STOCK: _("Stock"),
    Kind.MONEY: _("Money"),
    Kind.UNGATING: _("Ungating"),
}
SYSTEM = "system"
MOST_USERS = 500
# Nothing is older, and no calendar or database ends before a day that is later.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


class DayInput(TextInput):  # type: ignore[misc]
    input_type = "date"


class HistoryForm(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=TextInput(attrs={"placeholder": _("ASIN, client or store ID, C-000123, brand, user")}),
    )
    of = forms.ChoiceField(label=_("Kind of object"), required=False, widget=ChoiceInput)
    kind = forms.ChoiceField(
        label=_("Kind of change"), required=False, widget=ChoiceInput, choices=[("", _("Any")), *KINDS.items()]
    )
    who = forms.ChoiceField(label=_("Who"), required=False, widget=ChoiceInput)
    since = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_("To"), required=False, widget=DayInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.users = {str(one.pk): one for one in User.objects.order_by("username")[:MOST_USERS]}
        labels = {label: capfirst(str(apps.get_model(label)._meta.verbose_name)) for label in kinds_of_objects(user)}
        self._set_choices("of", sorted(labels.items(), key=lambda pair: pair[1].lower()))
        people = [(key, one.get_full_name() or one.username) for key, one in self.users.items()]
        self._set_choices("who", [(SYSTEM, _("The system and feeds")), *people])

    def _set_choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("Any")), *choices]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for name in ("since", "until"):
            if values.get(name) and not FIRST_DAY <= values[name] <= LAST_DAY:
                self.add_error(name, _("Enter a day from 2000 to 2999."))
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the first day."))
        return values

    def wanted(self, ends: dict[str, int]) -> Wanted:
        """What a valid form asks for, below where the page begins."""
        values = self.cleaned_data
        since, until = values["since"], values["until"]
        return Wanted(
            user=self.user,
            term=Term(values["q"]) if values["q"].strip() else None,
            who=self.users.get(values["who"]),
            system=values["who"] == SYSTEM,
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
            model=values["of"],
            kind=Kind(values["kind"]) if values["kind"] else None,
            ends=ends,
        )


def _midnight(day: date) -> datetime:
    """When `day` begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))
