"""Columns of the admin's lists and pages: money, counts, badges, links. Names end in `_usd` or `_units` where
they are numbers, which the stylesheet aligns to the right.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.sources import Source

Column = Callable[[Any, Any], Any]
EMPTY = "—"


def dollars(value: Decimal | None, places: int = 2) -> str:
    """`value` in USD as people read it, with `places` decimals: $1,234.50 or $0.3125; a dash for none."""
    if value is None:
        return EMPTY
    return f"{'-' if value < 0 else ''}${abs(value):,.{places}f}"


def usd(field: str, label: Any, *, places: int = 2, sortable: bool = False) -> Column:
    """An amount in USD, negative ones in red."""

    @admin.display(description=label, ordering=field if sortable else None)
    def column(self: Any, obj: Any) -> SafeString | str:
        value = getattr(obj, field)
        text = dollars(value, places)
        return format_html('<span class="negative">{}</span>', text) if value is not None and value < 0 else text

    return column


def units(field: str, label: Any, *, sortable: bool = False) -> Column:
    """A count of units or cases."""

    @admin.display(description=label, ordering=field if sortable else None)
    def column(self: Any, obj: Any) -> str:
        value = getattr(obj, field)
        return EMPTY if value is None else f"{value:,}"

    return column


def counted(number: int, word: Any, plural: Any = "") -> str:
    """A count with its word: 1 cart, 1,200 carts."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def change_of(field: str, label: Any, *, money: bool = False) -> Column:
    """A signed change, blank where there is none."""

    @admin.display(description=label)
    def column(self: Any, obj: Any) -> SafeString | str:
        value = getattr(obj, field)
        if not value:
            return ""
        text = dollars(abs(value)) if money else f"{abs(value):,}"
        colour, sign = ("negative", "−") if value < 0 else ("positive", "+")
        return format_html('<span class="{}">{}{}</span>', colour, sign, text)

    return column


def badge(text: Any, colour: str = "") -> SafeString:
    """A coloured label; colours are green, orange, red, blue, or grey by default."""
    return format_html('<span class="pill pill-{}">{}</span>', colour or "grey", text)


def state(field: str, label: Any, colours: Mapping[Any, str]) -> Column:
    """A choice field as a coloured label."""

    @admin.display(description=label)
    def column(self: Any, obj: Any) -> SafeString | str:
        value = getattr(obj, field)
        return badge(getattr(obj, f"get_{field}_display")(), colours.get(value, "")) if value else EMPTY

    return column


def admin_url(obj: Model) -> str:
    """The address of an object's page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def list_url(model: str, query: str = "") -> str:
    """The address of the list of a model, such as inventory_asin."""
    return reverse(f"admin:{model}_changelist") + query


def link_to(obj: Model | None, text: Any = "") -> SafeString | str:
    """A link to an object's page, by its own name unless `text` says otherwise."""
    return format_html('<a class="text-link" href="{}">{}</a>', admin_url(obj), text or obj) if obj else EMPTY


def link(field: str, label: Any, *, name: str = "") -> Column:
    """A link to the object in a foreign key, shown by its attribute `name`."""

    @admin.display(description=label)
    def column(self: Any, obj: Any) -> SafeString | str:
        other = getattr(obj, field)
        return link_to(other, getattr(other, name) if name and other else "")

    return column


def origin(self: Any, obj: Any) -> SafeString:
    """Where the object came from, and whether it is in use."""
    if not obj.is_active:
        return badge(_("Not in use"), "red")
    return badge(obj.get_source_display(), "blue" if obj.source == Source.FEED else "")


origin.short_description = _("source")  # type: ignore[attr-defined]


def two_lines(first: Any, second: Any) -> SafeString:
    """A cell with a smaller second line; a first line that is too long is cut on screen and told by the pointer."""
    tip = "" if isinstance(first, SafeString) else first
    head = format_html('<span class="line-1" title="{}">{}</span>', tip, first or EMPTY)
    return format_html('<span class="lines">{}<span class="line-2">{}</span></span>', head, second) if second else head


def buyer(self: Any, obj: Any) -> SafeString:
    """Links to the client and, below it, to the store."""
    return two_lines(link_to(obj.client, obj.client.name), link_to(obj.store, obj.store.name))


buyer.short_description = _("client and store")  # type: ignore[attr-defined]


def bar(share: Decimal) -> SafeString:
    """A share from 0 to 1 as a bar with its percentage."""
    percent = max(Decimal(0), min(Decimal(1), share)) * 100
    return format_html(
        '<span class="bar"><span class="bar-fill" style="width: {}%"></span></span> <span class="bar-text">{}%</span>',
        f"{percent:.0f}",
        f"{percent:.1f}",
    )
