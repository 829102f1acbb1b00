"""Tables inside pages, and how statuses look."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.admin_columns import EMPTY, badge
from common.sources import Source
from ungating.models import Status, UngatingChange

STATUS_COLOURS = {
    Status.UNGATED: "green",
    Status.INVOICE_NEEDED: "orange",
    Status.GATED: "red",
    Status.NOT_ELIGIBLE: "red",
}


def status_badge(status: str) -> SafeString | str:
    """A status as a coloured label; a dash for none."""
    return badge(Status(status).label, STATUS_COLOURS.get(Status(status), "")) if status else EMPTY


def table(headers: Sequence[Any], rows: Iterable[Sequence[Any]]) -> SafeString:
    """A plain table that scrolls sideways where it is too wide."""
    head = format_html_join("", "<th>{}</th>", ((header,) for header in headers))
    cells = (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((row,) for row in cells))
    return format_html(
        '<div style="overflow-x: auto; max-width: calc(100vw - 3.5rem)">'
        '<table class="plain-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )


def who(change: UngatingChange) -> str:
    """Who made a change: a person, else the feed, or the date to which a person set it."""
    if change.actor is not None:
        return change.actor.get_full_name() or change.actor.get_username()
    return _("The feed") if change.status.source == Source.FEED else _("By itself")
