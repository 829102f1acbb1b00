"""Rows of the portal's sheet brought to the ASINs, part by part, so that a sheet of any size takes little memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from common.sources import Source
from inventory.bulk import batches
from inventory.models import MAX_UNITS, Asin
from inventory.services import open_stock, post_sheet_quantity
from notifications.models import AlertKind
from notifications.services import raise_alert
from sync.parsing.portal_feed import PortalFeed, PortalRow
from sync.services.context import Context
from sync.services.part import Part

ALERT_PREFIX = "asin:"
_FIELDS = {field.name: field for field in Asin._meta.concrete_fields}
_SAME_NAMES = (
    "title", "brand", "category", "supplier", "date_added", "quantity_purchased", "unit_cost",
    "min_shipping", "max_shipping", "case_pack", "sale_price", "amazon_fees", "priority",
)  # fmt: skip


class SheetPart(Part[Asin]):
    """ASINs of the sheet; each is written with just the columns that differ."""

    def __init__(self, feed: PortalFeed, context: Context) -> None:
        super().__init__(Asin, "", run=context.run, now=context.now)
        self.take(feed.issues)
        self.counts.unchanged += len(feed.unchanged)
        self.hashes = feed.hashes
        self.reference = context.reference
        self._columns: dict[int, frozenset[str]] = {}

    def bring(self, asin: Asin, row: PortalRow, *, moved: str) -> None:
        """Bring `asin` to what its `row` says and count it; `moved` tells what became of its stock.

        A row that is only typed in another way is remembered as it is now, which is no change of the ASIN. One whose
        quantity was not taken over is to be read again.
        """
        self._fields = set()
        self.compare(asin, _with_keys(row), label=asin.code, also=moved)
        if asin.pk in self._dirty:
            self._fields.add("updated_at")
        row_hash = self.hashes.get(row.asin, "") if row.remaining_quantity == asin.portal_remaining else ""
        if asin.row_hash != row_hash:
            asin.row_hash = row_hash
            self._dirty[asin.pk] = asin
            self._fields.add("row_hash")
        self._columns[asin.pk] = frozenset(self._fields)

    def save(self) -> None:
        """Write what differs so far. A plain UPDATE by row: Django's bulk_update takes ten times as long and more."""
        with connection.cursor() as cursor:
            for pk in sorted(self._dirty):
                fields = [_FIELDS[name] for name in sorted(self._columns[pk])]
                values = [
                    field.get_db_prep_save(getattr(self._dirty[pk], field.attname), connection) for field in fields
                ]
                cursor.execute(_update_statement([str(field.column) for field in fields]), [*values, pk])
        self._dirty, self._columns = {}, {}
        self.field_changes.flush()

    def take_out(self, codes: Sequence[str], ids: Mapping[str, int]) -> None:
        """Take ASINs out of use whose rows are gone; they are never deleted, and looked at anew when they come back."""
        for some in batches(codes):
            Asin.objects.filter(code__in=some).update(is_active=False, row_hash="", updated_at=self.now)
        for code in codes:
            self.counts.deactivated += 1
            self.tell(f"- {code}: no longer in the source")
            self.field_changes.note_key(ids[code], code, "is_active", True, False)
        self.field_changes.flush()


def _update_statement(columns: Iterable[str]) -> str:
    """Names come from the model, never from a feed."""
    quoted = connection.ops.quote_name
    assigned = ", ".join(f"{quoted(column)} = %s" for column in columns)
    return f"UPDATE {quoted(Asin._meta.db_table)} SET {assigned} WHERE {quoted('id')} = %s"  # noqa: S608


def take_rows(part: SheetPart, rows: Sequence[PortalRow], vanished: Sequence[str]) -> None:
    """Create, update and move the stock of the ASINs of `rows`; take the `vanished` out of use."""
    stored = _stored([row.asin for row in rows])
    # Everybody locks in id order: those who reserve, and we.
    gone = _stored(vanished)
    _lock([*stored.values(), *gone.values()])
    _create(part, [row for row in rows if row.asin not in stored])
    for some in batches([row for row in rows if row.asin in stored]):
        _update(part, some, Asin.objects.in_bulk([stored[row.asin] for row in some]), stored)
        part.save()
    part.take_out(vanished, gone)


def _stored(codes: Sequence[str]) -> dict[str, int]:
    """The ids of those ASINs that there are."""
    found: dict[str, int] = {}
    for some in batches(codes):
        found.update(Asin.objects.filter(code__in=some).order_by().values_list("code", "pk"))
    return found


def _lock(ids: Collection[int]) -> None:
    for some in batches(sorted(ids)):
        list(Asin.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))


def new_asin(row: PortalRow, row_hash: str) -> Asin:
    """The ASIN that an accepted row makes, not stored yet; its stock is opened by inventory.services.open_stock."""
    return Asin(
        code=row.asin,
        source=Source.FEED,
        portal_remaining=row.remaining_quantity,
        row_hash=row_hash,
        **_values(row),
    )


def _create(part: SheetPart, rows: Sequence[PortalRow]) -> None:
    # Made one by one as they are stored: all at once would take more memory than the sheet.
    open_stock(asins=(new_asin(row, part.hashes.get(row.asin, "")) for row in rows), reference=part.reference)
    for row in rows:
        part.created(row.asin, f"{row.remaining_quantity:,} units")


def _update(part: SheetPart, rows: Sequence[PortalRow], asins: dict[int, Asin], stored: dict[str, int]) -> None:
    for row in rows:
        asin = asins[stored[row.asin]]
        if not asin.from_feed:
            part.refuse_manual(row.row, key=asin.code, field="asin")
            continue
        is_news = row.remaining_quantity != asin.portal_remaining or asin.portal_writing is not None
        moved = _post_quantity(part, row, asin) if is_news else ""
        part.bring(asin, row, moved=moved)


def _post_quantity(part: SheetPart, row: PortalRow, asin: Asin) -> str:
    """Move the stock of a locked `asin` by the change of its remaining cell; the change in words."""
    before = asin.portal_remaining
    if asin.on_hand - asin.shortage + row.remaining_quantity - (before or 0) > MAX_UNITS:
        message = f"From {before}, that makes more than {MAX_UNITS:,} units on hand; stock was left as it is."
        part.warn(
            row.row, key=row.asin, field="remaining_quantity", value=row.remaining_quantity,
            reason="invalid_quantity", message=message,
        )  # fmt: skip
        return ""
    change = post_sheet_quantity(asin=asin, remaining=row.remaining_quantity, reference=part.reference)
    if change.shortage > 0:
        _raise_short(asin)
    if before == row.remaining_quantity:
        return ""  # what we meant to write was not written
    return f"remaining {'—' if before is None else before} → {row.remaining_quantity}"


def _raise_short(asin: Asin) -> None:
    raise_alert(
        kind=AlertKind.STOCK_SHORT,
        title=f"{asin.code}: {asin.shortage:,} units short of what is reserved",
        body=f"The sheet says {asin.portal_remaining:,} remaining. {asin.reserved:,} units are reserved, "
        f"{asin.shortage:,} of them are not there. Later increases pay this first.",
        link=f"/admin/inventory/asin/{asin.pk}/change/",
        fold_key=f"{ALERT_PREFIX}{asin.code}",
    )


def _values(row: PortalRow) -> dict[str, Any]:
    """The columns that the sheet owns, by the model's names; stock is not among them."""
    unit, case = row.unit_in or (None, None, None), row.case_in or (None, None, None)
    return {
        **{name: getattr(row, name) for name in _SAME_NAMES},
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
