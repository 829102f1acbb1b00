"""Serializer fields that guess nothing, and the base of what the API shows."""

import re
import unicodedata
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from common.fields import MoneyField

NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)


class StrictCharField(serializers.CharField):
    """Text. Refuses numbers, booleans, control characters (NUL and line breaks too) and lone surrogates."""

    default_error_messages = {
        "invalid": "This must be text in quotes.",
        "control": "Character {position} is a control character or no character at all.",
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            for position, character in enumerate(data, start=1):
                if unicodedata.category(character) in {"Cc", "Cs"}:
                    self.fail("control", position=position)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictDecimalField(serializers.DecimalField):
    """An exact number: a string such as "1234.50", or a JSON number. Shown as a string with all its places.

    Refuses booleans, NaN, Infinity, exponents, underscores, spaces and digits other than 0 to 9.
    """

    default_error_messages = {"invalid": 'This must be a plain number such as "1234.50".'}

    def to_internal_value(self, data: Any) -> Decimal:
        plain = isinstance(data, str | int | Decimal) and not isinstance(data, bool)
        # 1E+400 stays in that form as text: never expanded, always refused.
        if not plain or not NUMBER.fullmatch(str(data)):
            self.fail("invalid")
        value: Decimal = super().to_internal_value(str(data))
        return value


class StrictIntegerField(serializers.IntegerField):
    """A whole JSON number. Refuses booleans, text and 1.0."""

    default_error_messages = {"invalid": "This must be a whole number without quotes."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


def camel(name: str) -> str:
    """The API's name of a model field: `unit_cost` is `unitCost`, `client_id` is `clientID`."""
    first, *rest = name.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)


class PublicSerializer(serializers.ModelSerializer[Any]):
    """A model as the API shows it: fields are named as on the model and come out in camel case.

    Money is a decimal string with all its places. Name every field: internal keys must not get out.
    """

    serializer_field_mapping: ClassVar[Any] = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: StrictCharField,
        models.TextField: StrictCharField,
        models.IntegerField: StrictIntegerField,
        models.DecimalField: StrictDecimalField,
        MoneyField: StrictDecimalField,
    }

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = {}
        for name, field in super().get_fields().items():
            public = camel(name)
            if public != name and field.source is None:
                field.source = name
            fields[public] = field
        return fields


def text_from(source: str) -> serializers.CharField:
    """Read-only text of the model or behind a foreign key, such as `store.panel_id`."""
    return serializers.CharField(source=source, read_only=True)


def money(source: str | None = None, *, places: int = 2) -> StrictDecimalField:
    """A read-only amount of USD that the model computes."""
    return StrictDecimalField(source=source, max_digits=28, decimal_places=places, read_only=True)
