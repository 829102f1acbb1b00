"""Filters of the list of ASINs."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import F, Q

from common.api.filters import ListFilter, choice, flag, text
from common.text import text_key
from inventory.models import Asin, Priority
from inventory.querysets import AsinQuerySet
from inventory.validators import is_asin, validate_asin


class AsinParameter(filters.CharFilter):
    """An ASIN in either case; anything else is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, validators=[_form], **options)

    def filter(self, queryset: Any, value: str) -> Any:
        return super().filter(queryset, value.upper())


def _form(code: str) -> None:
    try:
        validate_asin(code)
    except ValidationError as error:
        # One finished sentence: the list's errors are not formatted again.
        raise ValidationError("%(message)s", code="invalid", params={"message": error.messages[0]}) from error


class AsinFilter(ListFilter):
    """Brand and category match as statuses do (case and spaces do not count)."""

    asin = AsinParameter(field_name="code")
    brand = text("brand_key", method="match_key")
    category = text("category_key", method="match_key")
    supplier = text("supplier", lookup_expr="iexact")
    priority = choice(Priority.values, "priority", method="match_priority")
    inStock = flag(method="match_stock")
    estimated = flag("estimated")
    isActive = flag("is_active")
    search = text(method="match_search")

    class Meta:
        model = Asin
        fields: tuple[str, ...] = ()

    def match_key(self, queryset: AsinQuerySet, name: str, value: str) -> AsinQuerySet:
        return queryset.filter(**{name: text_key(value)})

    def match_priority(self, queryset: AsinQuerySet, name: str, value: str) -> AsinQuerySet:
        """Blank counts as medium."""
        return queryset.filter(priority__in=["", value] if value == Priority.MEDIUM else [value])

    def match_stock(self, queryset: AsinQuerySet, name: str, value: bool) -> AsinQuerySet:
        in_stock = Q(on_hand__gt=F("reserved"))
        return queryset.filter(in_stock if value else ~in_stock)

    def match_search(self, queryset: AsinQuerySet, name: str, value: str) -> AsinQuerySet:
        """The one ASIN where it looks like one; without digits it may as well be a word ("basketball")."""
        code = value.strip().upper()
        if is_asin(code) and any(character.isdigit() for character in code):
            return queryset.filter(code=code)
        return queryset.filter(
            Q(title__icontains=value) | Q(brand_key__contains=text_key(value)) | Q(code__contains=code)
        )
