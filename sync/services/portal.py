"""The buying portal's sheet: ASINs and their stock."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone

from common.sources import Source
from inventory.models import MAX_UNITS, Asin
from inventory.services import open_stock, post_sheet_quantity
from notifications.models import AlertKind
from notifications.services import raise_alert
from sync import sources
from sync.parsing.portal import PortalFeed, PortalRow, looks_shifted, parse_portal
from sync.services.alerts import close_settled
from sync.services.context import Context, Write
from sync.services.guard import hold_where, vanishing_problem
from sync.services.part import Part
from sync.services.report import Outcome

ALERT_PREFIX = "asin:"


def read(path: Path, now: datetime) -> Write:
    """Fetch and parse the sheet. Raises UnusableFile."""
    feed = parse_portal(sources.read_sheet(path), today=timezone.localdate(now), aliases=sources.portal_aliases())
    return partial(_write, feed)


def _write(feed: PortalFeed, context: Context) -> Outcome:
    part = Part(Asin, "", now=context.now)
    part.take(feed.issues)
    stored = {asin.code: asin for asin in Asin.objects.order_by("pk")}
    vanished = _vanished(feed, stored.values())
    _hold_where_doubtful(feed, context, stored.values(), vanished)
    _create(part, [row for row in feed.rows if row.asin not in stored], context)
    _update(part, [(row, stored[row.asin]) for row in feed.rows if row.asin in stored], context)
    for asin in vanished:
        part.deactivate(asin, label=asin.code)
    part.save()
    _settle_alerts()
    return Outcome({"ASINs": part.counts}, tuple(part.changes), tuple(part.issues), feed.header_hash)


def _vanished(feed: PortalFeed, stored: Iterable[Asin]) -> list[Asin]:
    """ASINs in use whose row is gone; a row that was refused is not gone."""
    present = {row.asin for row in feed.rows} | {issue.key for issue in feed.refused}
    return [asin for asin in stored if asin.from_feed and asin.is_active and asin.code not in present]


def _hold_where_doubtful(feed: PortalFeed, context: Context, stored: Iterable[Asin], vanished: Sequence[Asin]) -> None:
    """Raises HeldRun where the sheet looks damaged or its header or its ASINs changed too much."""
    active = sum(asin.from_feed and asin.is_active for asin in stored)
    changed = bool(context.header_hash) and context.header_hash != feed.header_hash
    hold_where(
        [
            "The sheet's header is not the one last seen: a column was added, dropped or renamed." if changed else "",
            looks_shifted(feed) or "",
            vanishing_problem(words="ASINs", vanishing=len(vanished), active=active),
        ],
        accepted=context.accepted,
    )


def _create(part: Part[Asin], rows: Sequence[PortalRow], context: Context) -> None:
    open_stock(
        asins=[
            Asin(code=row.asin, source=Source.FEED, portal_remaining=row.remaining_quantity, **_values(row))
            for row in rows
        ],
        reference=context.reference,
    )
    for row in rows:
        part.created(row.asin, f"{row.remaining_quantity:,} units")


def _update(part: Part[Asin], pairs: Sequence[tuple[PortalRow, Asin]], context: Context) -> None:
    quantities = _post_quantities(part, [pair for pair in pairs if _has_moved(*pair)], context)
    for row, asin in pairs:
        if not asin.from_feed:
            part.refuse_manual(row.row, key=asin.code, field="asin")
            continue
        part.compare(asin, _with_keys(row), label=asin.code, also=quantities.get(asin.code, ""))


def _has_moved(row: PortalRow, asin: Asin) -> bool:
    return asin.from_feed and row.remaining_quantity != asin.portal_remaining


def _post_quantities(part: Part[Asin], moved: Sequence[tuple[PortalRow, Asin]], context: Context) -> dict[str, str]:
    """Move the stock of the rows whose remaining cell changed; the changes in words, by ASIN."""
    locked = Asin.objects.select_for_update().order_by("pk").in_bulk([asin.pk for _, asin in moved])
    told = {}
    for row, asin in sorted(moved, key=lambda pair: pair[1].pk):
        current, before = locked[asin.pk], locked[asin.pk].portal_remaining
        if current.on_hand - current.shortage + row.remaining_quantity - (before or 0) > MAX_UNITS:
            message = f"From {before}, that makes more than {MAX_UNITS:,} units on hand; stock was left as it is."
            part.warn(
                row.row, key=row.asin, field="remaining_quantity", value=row.remaining_quantity,
                reason="invalid_quantity", message=message,
            )  # fmt: skip
            continue
        change = post_sheet_quantity(asin=current, remaining=row.remaining_quantity, reference=context.reference)
        told[row.asin] = f"remaining {'—' if before is None else before} → {row.remaining_quantity}"
        if change.shortage > 0:
            _raise_short(current)
    return told


def _raise_short(asin: Asin) -> None:
    raise_alert(
        kind=AlertKind.STOCK_SHORT,
        title=f"{asin.code}: {asin.shortage:,} units short of what is reserved",
        body=f"The sheet says {asin.portal_remaining:,} remaining. {asin.reserved:,} units are reserved, "
        f"{asin.shortage:,} of them are not there. Later increases pay this first.",
        link=f"/admin/inventory/asin/{asin.pk}/change/",
        fold_key=f"{ALERT_PREFIX}{asin.code}",
    )


def _settle_alerts() -> None:
    short = set(Asin.objects.filter(shortage__gt=0).values_list("code", flat=True))
    close_settled(kind=AlertKind.STOCK_SHORT, prefix=ALERT_PREFIX, still=short)


def _values(row: PortalRow) -> dict[str, Any]:
    """The columns that the sheet owns, by the model's names; stock is not among them."""
    unit, case = row.unit_in or (None, None, None), row.case_in or (None, None, None)
    same = (
        "title", "brand", "category", "supplier", "date_added", "quantity_purchased", "unit_cost",
        "min_shipping", "max_shipping", "case_pack", "sale_price", "amazon_fees", "priority",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        **dict(zip(("unit_length", "unit_width", "unit_height"), unit, strict=True)),
        **dict(zip(("case_length", "case_width", "case_height"), case, strict=True)),
        "unit_weight": row.unit_lb,
        "case_weight": row.case_lb,
    }


def _with_keys(row: PortalRow) -> dict[str, Any]:
    """The sheet's columns and what follows from them, as the model would store it."""
    values = _values(row)
    model = Asin(code=row.asin, **values)
    model.set_keys()
    return values | {name: getattr(model, name) for name in ("brand_key", "category_key", "estimated")}
