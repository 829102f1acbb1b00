"""What a browser sends as the key of an object: made sure of before the database is asked for it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple

# Larger numbers do not fit the databases' integers.
MAX_DIGITS = 18


def is_key(value: Any) -> bool:
    """`value` can be the primary key of one of our objects: a whole number of ASCII digits."""
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


class _Picker:
    """Django's own pickers show no placeholder, and fail on what is no key when they show a form again."""

    attrs: dict[str, Any]

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)  # type: ignore[misc]
        return attrs | {"data-placeholder": self.attrs.get("data-placeholder", "")}

    def optgroups(self, name: str, value: Iterable[Any], attr: Any = None) -> list[Any]:
        groups: list[Any] = super().optgroups(name, [key for key in value if is_key(key)], attr)  # type: ignore[misc]
        return groups


class ObjectPicker(_Picker, AutocompleteSelect):
    """One object, by typing its name."""


class ObjectsPicker(_Picker, AutocompleteSelectMultiple):
    """Any number of objects, by typing their names."""
