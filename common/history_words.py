"""Stored values as people read them in a history: "unit cost $10.00 → $12.50"."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from common.fields import MoneyField

# Characters that are kept of an old or new value.
MOST = 200


def said(field: Field, value: Any) -> str:
    """A value of `field` in words, at most 200 characters; nothing for none. Of a relation, give the object."""
    if value is None or value == "":
        return ""
    if field.choices and value in (choices := dict(field.flatchoices)):
        return str(choices[value])
    text = " ".join(_plain(field, value).split())
    return text if len(text) <= MOST else Truncator(text).chars(MOST)


def _plain(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return _amount(value, is_money=isinstance(field, MoneyField))
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%b %d, %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value:%b %d, %Y}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _amount(value: Decimal, *, is_money: bool) -> str:
    """Without zeros at the end; money has two decimals at least."""
    whole, _point, decimals = f"{abs(value):,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(2 if is_money else 0, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{'$' if is_money else ''}{whole}{'.' if decimals else ''}{decimals}"


def field_label(model: type[Model], name: str) -> str:
    """What people call the field of `model`; the name itself where the model no longer has it."""
    try:
        return str(capfirst(str(model._meta.get_field(name).verbose_name)))  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name.replace("_", " ").capitalize()
