"""The words of e-mails: a subject on one line, a text and the same as HTML. Nothing in them comes from a template
that a user wrote.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from notifications.models import DIGEST, MAIL_KINDS, Alert, AlertKind

LONGEST_SUBJECT = 150
# Control characters and the other ends of a line; and what turns the direction of text around.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

OPENINGS: dict[str, Any] = {
    AlertKind.ALLOCATED: _("Goods were allocated: their stock is reserved and the client's balance is held."),
    AlertKind.INSUFFICIENT_BALANCE: _("A client's balance is too small for what could be allocated to it."),
    AlertKind.UNGATING_CHANGED: _("A store may list something that it could not list before, or no longer may."),
    AlertKind.UNGATING_ACTION: _("Only gating keeps these goods from a store. Asking for approval would unlock them."),
    AlertKind.PREORDER_ARRIVED: _("Units have arrived that a client has ordered ahead."),
    AlertKind.STOCK_SHORT: _("The sheet says that there is less than what is reserved for carts."),
    AlertKind.SYNC_TROUBLE: _("A source could not be read or written as it should be. Its figures may be old."),
    AlertKind.BACKUP_TROUBLE: _("The last backup is not good. Until there is a new one, older ones are all there is."),
    AlertKind.BALANCE_SHORT: _("A client's balance in the panel no longer covers what is held for its carts."),
    AlertKind.SETTLEMENT: _("The panel charged something else than what is held for the cart."),
    AlertKind.BATCH_TROUBLE: _("A batch of allocations did not come to its end as it should."),
}


@dataclass(frozen=True)
class Mail:
    """What an e-mail says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Section:
    """A part of the daily digest: a heading, its lines, and the address on this site that shows more (`/admin/…`)."""

    title: str
    lines: Sequence[str]
    link: str = ""


def one_line(text: str, most: int) -> str:
    """`text` as a header may hold it: no ends of lines, no control characters, nothing that a reader would decode, at
    most `most` characters.
    """
    flat = _TURNS.sub("", _BREAKS.sub(" ", storable(text))).replace("=?", "= ?").strip()
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def storable(text: str) -> str:
    """`text` without lone surrogates, which no database and no mail can hold, and without unprintable characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub(" ", whole.replace("\r\n", "\n").replace("\r", "\n"))


def absolute(link: str) -> str:
    """The whole address of a page of this site; nothing for any other."""
    return f"{settings.SITE_URL}{link}" if is_ours(link) else ""


def is_ours(link: str) -> bool:
    """Whether a browser that is on this site stays on it: `/\\evil.com` and `//evil.com` lead elsewhere."""
    return link.startswith("/") and url_has_allowed_host_and_scheme(link, allowed_hosts=None)


def kind_label(kind: str) -> str:
    return str(dict(MAIL_KINDS)[kind])


def alert_mail(alert: Alert, *, to: str, is_shared: bool) -> Mail:
    """What tells of `alert`, for the first time or again; `is_shared` where `to` is the address that gets all."""
    times, title = alert.count, one_line(alert.title, 200)
    again = f"still open, {times} times: " if times > 1 else ""
    context = {
        "alert": alert,
        "title": title,
        "body": storable(alert.body),
        "kind": kind_label(alert.kind),
        "opening": OPENINGS.get(alert.kind, ""),
        "page": absolute(alert.link),
        "alert_page": absolute(reverse("admin:notifications_alert_change", args=[alert.pk])),
        "is_repeat": times > 1,
    }
    return _mail("alert", f"{kind_label(alert.kind)}: {again}{title}", context, alert.kind, to, is_shared)


def digest_mail(sections: Sequence[Section], *, day: date, to: str, is_shared: bool) -> Mail:
    """What tells of `day` and of what is open."""
    told = formats.date_format(day, "l, F j, Y")
    rows = [
        {
            "title": one_line(section.title, 200),
            "lines": [one_line(line, 500) for line in section.lines],
            "page": absolute(section.link),
        }
        for section in sections
    ]
    context = {"day": told, "sections": rows, "home": absolute(reverse("admin:index"))}
    return _mail("digest", f"Daily digest of {told}", context, DIGEST, to, is_shared)


def _mail(name: str, subject: str, context: dict[str, Any], kind: str, to: str, is_shared: bool) -> Mail:
    line = one_line(subject, LONGEST_SUBJECT)
    whole = context | {
        "subject": line,
        "kind": kind_label(kind),
        "to": to,
        "is_shared": is_shared,
        "choices_page": absolute(reverse("admin:notifications_alert_mine")),
    }
    return Mail(
        subject=line,
        text=render_to_string(f"notifications/mail/{name}.txt", whole).strip() + "\n",
        html=render_to_string(f"notifications/mail/{name}.html", whole),
    )
