"""The forms by which suggestions are answered."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoiceInput, TextInput, WholeInput
from pallets.pool_choices import StoreChoice
from pallets.suggestion_view import Row


class AcceptForm(forms.Form):
    """How many cases of each row, at first all that may go, and in which mutual store where there is a choice."""

    store = forms.ChoiceField(
        label=_("Mutual store"),
        widget=ChoiceInput(),
        error_messages={"invalid_choice": _("This store may not receive these goods (any more). Choose another one.")},
    )
    waiting = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(
        self, *args: Any, rows: Sequence[Row], choices: Sequence[StoreChoice], chosen: str | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        stores = self.fields["store"]
        assert isinstance(stores, forms.ChoiceField)
        stores.choices = [(choice.store.panel_id, choice.label) for choice in choices]
        stores.initial = chosen
        self.fields["waiting"].initial = sum(row.units for row in rows)
        for row in rows:
            self.fields[row.name] = forms.IntegerField(
                label=_("Cases of %(asin)s") % {"asin": row.asin.code},
                min_value=0,
                max_value=row.cases,
                required=False,
                initial=row.cases if row.may_go else 0,
                widget=WholeInput(attrs={"aria-label": f"Cases of {row.asin.code}", "style": "width: 6rem"}),
            )

    def cells(self) -> list[tuple[Row, Any]]:
        """Each row with its field."""
        return [(row, self[row.name]) for row in self.rows]

    def clean(self) -> dict[str, Any]:
        """A number for goods that wait no more must not be read as none, nor nothing at all as everything."""
        sent = {name for name in self.data if name.startswith("cases_")}
        if sent - {row.name for row in self.rows}:
            raise forms.ValidationError(_("Some of these goods do not wait any more. Look again at what does."))
        if not self.errors and not self.cases():
            raise forms.ValidationError(_("Choose at least one case."))
        return self.cleaned_data

    def cases(self) -> dict[str, int]:
        """Cases by ASIN code."""
        given = {row.asin.code: self.cleaned_data.get(row.name) for row in self.rows}
        return {code: count for code, count in given.items() if count}


class DismissForm(forms.Form):
    """Why not, and what becomes of the goods."""

    RELEASE, KEEP = "release", "keep"

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput(), help_text=_("Kept with the suggestion and the cart.")
    )
    cart = forms.ChoiceField(
        label=_("Its cart"),
        choices=[
            (RELEASE, _("Release what waits: units and balance are free again")),
            (KEEP, _("Keep it: it holds its units and balance, and waits without a date")),
        ],
        initial=RELEASE,
        widget=ChoiceInput(),
    )

    def __init__(self, *args: Any, is_for_house: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_for_house:
            del self.fields["cart"]
