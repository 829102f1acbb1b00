"""Our remaining quantities written back into the sheet's own column, and remembered as seen there."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from common.errors import DomainError
from common.sources import Source
from inventory.models import Asin
from inventory.services import begin_writing, end_writing
from sync import sources
from sync.adapters.sheets import SheetAddress, Sheets
from sync.connections import sheets
from sync.models import SourceName, SourceState
from sync.parsing.cells import BadCell, parse_asin, parse_whole
from sync.parsing.portal import MOST_UNITS
from sync.services.alerts import tell_trouble, trouble_is_over
from sync.services.report import SyncReport

ALERT_KEY = "write back"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the remaining column: its row (from 1), its ASIN, and the units to be written there."""

    row: int
    asin_id: int
    units: int


def write_back(*, report: SyncReport) -> int:
    """Write on hand − reserved of every ASIN into the sheet where it says otherwise; how many cells were written.

    Only where PORTAL_WRITE_BACK is on and the portal is in Google Sheets. A cell that a person has changed since it
    was read, or whose row has moved, is left for the next time. A failure is an alert; stock is right either way.
    """
    if not (settings.PORTAL_WRITE_BACK and sources.is_web(SourceName.PORTAL)):
        return 0
    wanted = _wanted()
    if not wanted:
        return 0
    try:
        written = _write(wanted)
    except DomainError as error:
        tell_trouble(
            "Buying portal: our remaining quantities could not be written back",
            f"{error} Stock here is right; the sheet shows older quantities until this is mended.",
            link=reverse("admin:common_run_change", args=[report.run_id]),
            key=ALERT_KEY,
        )
        return 0
    trouble_is_over(ALERT_KEY)
    return written


def _wanted() -> dict[str, Asin]:
    """The ASINs whose cell should say something else than it did when it was last seen, by code."""
    seen = Asin.objects.filter(source=Source.FEED, is_active=True, portal_remaining__isnull=False)
    differing = seen.exclude(portal_remaining=F("on_hand") - F("reserved"))
    return {asin.code: asin for asin in differing.order_by("pk")}


def _write(wanted: Mapping[str, Asin]) -> int:
    reader, address = sheets(writable=True)
    remaining = {asin.pk: asin.available for asin in wanted.values()}
    begin_writing(remaining=remaining)
    column, cells = _cells(reader, address, wanted)
    here = {cell.asin_id: cell.units for cell in cells}
    end_writing(remaining={pk: units for pk, units in remaining.items() if pk not in here}, written=False)
    if cells:
        reader.write_cells(address, [(cell.row, column, cell.units) for cell in cells])
        end_writing(remaining=here, written=True)
    return len(cells)


def _cells(reader: Sheets, address: SheetAddress, wanted: Mapping[str, Asin]) -> tuple[int, list[Cell]]:
    """Where the quantities go, read just before they are written: the column (from 0), and the cells still as seen."""
    marks = SourceState.objects.get(source=SourceName.PORTAL).marks
    column = marks["columns"]["remaining_quantity"]
    codes, units = reader.read_columns(address, [marks["columns"]["asin"], column])
    found: dict[int, Cell] = {}  # the first row of each ASIN: that is the one that was taken over
    for row, (code, cell) in enumerate(zip(codes, units, strict=True), 1):
        asin = wanted.get(_code(code)) if row > marks["header_row"] else None
        if asin is not None and _units(cell) == asin.portal_remaining:
            found.setdefault(asin.pk, Cell(row, asin.pk, asin.available))
    return column, list(found.values())


def _code(cell: object) -> str:
    try:
        return parse_asin(cell)
    except BadCell:
        return ""


def _units(cell: object) -> int | None:
    try:
        return parse_whole(cell, low=0, high=MOST_UNITS)
    except BadCell:
        return None
