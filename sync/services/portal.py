"""The buying portal's sheet: ASINs and their stock."""

from collections.abc import Collection
from functools import partial

from django.db.models import QuerySet
from django.utils import timezone

from common.sources import Source
from inventory.models import Asin
from notifications.models import AlertKind
from sync import sources
from sync.parsing.portal import looks_shifted, parse_portal
from sync.parsing.portal_feed import PortalFeed
from sync.services.alerts import close_settled
from sync.services.context import Ask, Context, Write
from sync.services.guard import Doubt, hold_where, vanishing_doubt
from sync.services.portal_rows import ALERT_PREFIX, SheetPart, take_rows
from sync.services.report import Outcome


def read(ask: Ask) -> Write:
    """Fetch the sheet and parse those of its rows that have changed. Raises UnusableFile."""
    feed = parse_portal(
        sources.read_portal(ask),
        today=timezone.localdate(ask.now),
        aliases=sources.portal_aliases(),
        known=_known_rows(),
    )
    return partial(_write, feed)


def _in_use() -> QuerySet[Asin]:
    return Asin.objects.filter(source=Source.FEED, is_active=True).order_by()


def _known_rows() -> dict[str, str]:
    """Row hash -> ASIN, of the ASINs in use that are stored just as their rows say.

    What we are writing into the sheet is read until it is seen there.
    """
    stored = _in_use().filter(portal_writing=None).exclude(row_hash="")
    return dict(stored.values_list("row_hash", "code"))


def _write(feed: PortalFeed, context: Context) -> Outcome:
    """What a person changes of an ASIN while its row is read is seen by the next run: its hash is gone by then."""
    part = SheetPart(feed, context)
    in_use = set(_in_use().values_list("code", flat=True))
    vanished = _vanished(feed, in_use)
    _hold_where_doubtful(feed, context, len(in_use), vanished)
    take_rows(part, feed.rows, vanished)
    _settle_alerts()
    marks = {"columns": dict(feed.columns), "header_row": feed.header_row}
    return Outcome({"ASINs": part.counts}, tuple(part.changes), tuple(part.issues), feed.header_hash, marks=marks)


def _vanished(feed: PortalFeed, in_use: Collection[str]) -> list[str]:
    """ASINs in use whose row is gone, oldest first; a row that was refused is not gone."""
    present = {*feed.unchanged, *(row.asin for row in feed.rows), *(issue.key for issue in feed.refused)}
    gone = set(in_use) - present
    return [code for code in _in_use().order_by("pk").values_list("code", flat=True) if code in gone] if gone else []


def _hold_where_doubtful(feed: PortalFeed, context: Context, active: int, vanished: Collection[str]) -> None:
    """Raises HeldRun where the sheet looks damaged or its header or its ASINs changed too much."""
    changed = bool(context.header_hash) and context.header_hash != feed.header_hash
    header = "The sheet's header is not the one last seen: a column was added, dropped or renamed."
    shifted = looks_shifted(feed)
    hold_where(
        [
            Doubt(header, (feed.header_hash,)) if changed else None,
            Doubt(shifted) if shifted else None,
            vanishing_doubt(words="ASINs", vanishing=vanished, active=active),
        ],
        accepted=context.accepted,
    )


def _settle_alerts() -> None:
    short = set(Asin.objects.filter(shortage__gt=0).values_list("code", flat=True))
    close_settled(kind=AlertKind.STOCK_SHORT, prefix=ALERT_PREFIX, still=short)
