"""The sample of the portal's sheet against its yardstick, and what makes a sheet unusable."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sync.parsing.issues import UnusableFile
from sync.parsing.portal import PortalFeed, PortalRow, looks_shifted, parse_portal
from sync.parsing.tables import read_table

TODAY = date(2026, 11, 22)
DATA = Path(__file__).resolve().parents[2] / "data"
SHEET = DATA / "buying_portal.csv"


@pytest.fixture(scope="module")
def yardstick() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "expected.json").read_text("utf-8"), parse_float=Decimal)
    return found


@pytest.fixture(scope="module")
def sample() -> PortalFeed:
    return parse_portal(read_table(SHEET, SHEET.name), today=TODAY)


def as_expected(found: PortalRow) -> dict[str, Any]:
    """A row in the yardstick's words: it writes money as text and no priority as null."""
    values = asdict(found)
    for own in ("row", "supplier"):
        del values[own]
    values["date_added"] = found.date_added.isoformat()
    for sides in ("unit_in", "case_in"):
        values[sides] = list(values[sides]) if values[sides] else None
    values["priority"] = found.priority or None
    return values


MONEY = ("unit_cost", "min_shipping", "max_shipping", "sale_price", "amazon_fees")


def test_every_accepted_value_of_the_sample(sample: PortalFeed, yardstick: dict[str, Any]) -> None:
    assert [found.asin for found in sample.rows] == list(yardstick["asins"])
    for found in sample.rows:
        expected = yardstick["asins"][found.asin]
        expected |= {field: Decimal(expected[field]) for field in MONEY if expected[field] is not None}
        assert as_expected(found) == expected


def test_every_refusal_of_the_sample(sample: PortalFeed, yardstick: dict[str, Any]) -> None:
    assert [{"row": issue.row, "reason": issue.reason} for issue in sample.issues] == yardstick["rejects"]
    assert {issue.severity for issue in sample.issues} == {"refused"}


def test_the_counts_of_the_sample(sample: PortalFeed, yardstick: dict[str, Any]) -> None:
    assert (sample.data_rows, len(sample.rows)) == (yardstick["data_rows"], yardstick["accepted"])
    assert sum(found.remaining_quantity for found in sample.rows) == yardstick["units"]
    assert sample.unknown_columns == ("Notes",)
    assert looks_shifted(sample) is None


@pytest.mark.parametrize(("old", "new", "encoding"), [("", "", "utf-8-sig"), ("×", "x", "cp1252"), ("", "", "utf-8")])
def test_the_sample_in_other_encodings(old: str, new: str, encoding: str, sample: PortalFeed, tmp_path: Path) -> None:
    text = SHEET.read_text("utf-8").replace("📦", "").replace(old, new)
    copy = tmp_path / "copy.csv"
    copy.write_text(text, encoding)
    assert parse_portal(read_table(copy, "copy.csv"), today=TODAY) == sample


def test_the_sample_as_a_workbook(sample: PortalFeed, tmp_path: Path) -> None:
    table = read_table(SHEET, SHEET.name)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, header in enumerate(table.header, 1):
        sheet.cell(1, place, header)
    for number, cells in table.rows:
        for place, cell in enumerate(cells, 1):
            sheet.cell(number, place).value = str(cell)
            sheet.cell(number, place).data_type = "s"
    book.save(tmp_path / "portal.xlsx")
    assert parse_portal(read_table(tmp_path / "portal.xlsx", "portal.xlsx"), today=TODAY) == sample


def sheet(header: str, *rows: str) -> bytes:
    return "\n".join([header, *rows]).encode()


HEAD, *BODY = SHEET.read_text("utf-8").split("\n")


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            HEAD.replace("Unit Cost", "Cost?"),
            "the column is missing: Unit Cost. Row 1 has: ASIN, Product Title",
        ),
        (
            HEAD.replace("ASIN,", "Code,").replace("Case Pack", "Pack"),
            "the columns are missing: ASIN, Case Pack.",
        ),
        (
            HEAD.replace("Notes", "unit cost"),
            "2 columns for Unit Cost: 'Unit Cost' and 'unit cost'. Keep one.",
        ),
        (HEAD.replace("Notes", "Remaining Quantity"), "2 columns for Qty Remaining: 'Qty Remaining' and"),
        (BODY[0], "the columns are missing: ASIN, Qty Purchased, Qty Remaining, Unit Cost,"),
    ],
    ids=["missing", "two missing", "doubled", "two names of one", "no header"],
)
def test_headers_that_cannot_be_used(header: str, says: str) -> None:
    with pytest.raises(UnusableFile) as caught:
        parse_portal(read_table(sheet(header, *BODY), "portal.csv"), today=TODAY)
    assert says in str(caught.value)


def test_the_sample_with_its_first_column_gone_is_noticed() -> None:
    shifted = [line.partition(",")[2] for line in BODY]
    feed = parse_portal(read_table(sheet(HEAD, *shifted), "portal.csv"), today=TODAY)
    assert feed.rows == ()
    assert (looks_shifted(feed) or "").startswith("1012 of 1012 rows would be refused, 1012 of them as invalid_asin")
