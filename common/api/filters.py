"""Filters of lists: an unknown, empty or doubled parameter is an error, never silently ignored."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

PAGING = ("cursor", "page_size")
MAX_TEXT = 200
RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


class StrictFilters(DjangoFilterBackend):
    """A list knows its filters and the paging parameters; a single object knows no parameter at all."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.detail:
            refuse_unknown(request.query_params, ())
            return queryset
        refuse_unknown(request.query_params, (*view.filterset_class.base_filters, *PAGING))
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


def refuse_unknown(parameters: QueryDict, known: Iterable[str]) -> None:
    """Raises ValidationError (400) naming every parameter that is unknown, empty or given more than once."""
    names = sorted(known)
    wrong: dict[str, list[str]] = {}
    for name, values in parameters.lists():
        if name not in names:
            wrong[name[:60]] = [_unknown(name, names)]
        elif len(values) > 1:
            wrong[name] = ["This parameter is given more than once."]
        elif not values[0].strip():
            wrong[name] = ["This parameter has no value."]
    if wrong:
        raise ValidationError(wrong)


def _unknown(name: str, names: list[str]) -> str:
    if not names:
        return "There is no such parameter here: this address takes none."
    by_lower = {known.lower(): known for known in names}
    close = get_close_matches(name[:60].lower(), by_lower, n=1)
    hint = f"Did you mean {by_lower[close[0]]}?" if close else f"Known: {', '.join(names)}."
    return f"There is no such parameter. {hint}"


class MomentField(forms.Field):
    """An RFC 3339 date and time with its offset from UTC, such as 2026-11-22T10:00:00Z."""

    default_error_messages = {
        "invalid": "“%(value)s” is not a date and time with an offset, such as 2026-11-22T10:00:00Z."
    }

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        # A + that was not escaped in the address arrives as a space.
        text = re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", value.strip()) if len(value) > 19 else value
        try:
            if RFC3339.fullmatch(text):
                return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise FormError(self.error_messages["invalid"], code="invalid", params={"value": value[:60]})


class MomentFilter(filters.Filter):
    field_class = MomentField


class ListFilter(filters.FilterSet):
    """Filters that every list of objects with a time of change has."""

    modified_since = MomentFilter(field_name="updated_at", lookup_expr="gte")


def text(field: str | None = None, **options: Any) -> filters.CharFilter:
    """Matches the whole text of `field`; give `lookup_expr="iexact"` where the databases differ in case."""
    return filters.CharFilter(field_name=field, max_length=MAX_TEXT, **options)


def choice(values: Iterable[str], field: str | None = None, **options: Any) -> filters.ChoiceFilter:
    """Matches one of `values`; any other value is refused with the list of them."""
    known = list(values)
    return filters.ChoiceFilter(
        field_name=field,
        choices=[(value, value) for value in known],
        error_messages={"invalid_choice": f"“%(value)s” is not one of: {', '.join(known)}."},
        **options,
    )


def flag(field: str | None = None, **options: Any) -> filters.TypedChoiceFilter:
    """Matches true or false."""
    return filters.TypedChoiceFilter(
        field_name=field,
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda value: value == "true",
        error_messages={"invalid_choice": "“%(value)s” is not one of: true, false."},
        **options,
    )
