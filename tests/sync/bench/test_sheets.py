"""The bench's sheet: as people type it, all of it usable but what should not be, the same for the same seed."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from sync.bench.sheets import HEADER, Spec, changed_rows, refused_rows, write_sheet
from sync.parsing.portal import parse_portal
from sync.parsing.portal_feed import PortalFeed
from sync.parsing.tables import read_table


def cells(folder: Path, spec: Spec) -> list[list[str]]:
    path = folder / "made" / "sheet.csv"
    write_sheet(path, spec)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def parsed(folder: Path, spec: Spec) -> PortalFeed:
    cells(folder, spec)
    return parse_portal(read_table(folder / "made" / "sheet.csv", "sheet.csv"), today=date(2026, 11, 22))


def test_all_rows_are_accepted_but_one_in_a_hundred(tmp_path: Path) -> None:
    feed = parsed(tmp_path, Spec(1_000, 3))
    assert feed.data_rows == 1_000
    assert len({row.asin for row in feed.rows}) == len(feed.rows) == 990
    assert Counter(issue.reason for issue in feed.issues) == {"invalid_asin": 5, "invalid_unit_cost": 5}
    assert refused_rows(Spec(1_000, 3)) == 10
    assert {row.priority for row in feed.rows} == {"", "high", "medium", "low"}
    assert 300 < sum(row.case_in is None for row in feed.rows) < 500


def test_cells_are_typed_in_many_ways(tmp_path: Path) -> None:
    header, *rows = cells(tmp_path, Spec(300, 1))
    assert tuple(header) == HEADER
    column = dict(zip(header, zip(*rows, strict=True), strict=True))
    for name, typed in {
        "Unit Cost": ("$", "USD", " $ "),
        "Package Dimensions (in)": (" x ", " × ", '"', "inches", " in"),
        "Item Weight": ("ounces", "oz", "lb", "Pounds"),
        "Date Added": ("/", "-", ", "),
        "Qty Purchased": (".0", " "),
    }.items():
        assert [form for form in typed if not any(form in cell for cell in column[name])] == []


def test_the_same_seed_is_the_same_sheet(tmp_path: Path) -> None:
    assert cells(tmp_path, Spec(200, 1)) == cells(tmp_path, Spec(200, 1))
    assert cells(tmp_path, Spec(200, 1)) != cells(tmp_path, Spec(200, 2))


@pytest.mark.parametrize(
    ("changed", "count", "columns"),
    [
        (0.0, 0, {}),
        (0.01, 4, {"Qty Remaining": 2, "Unit Cost": 1, "Product Title": 1}),
        (0.1, 40, {"Qty Remaining": 20, "Unit Cost": 10, "Product Title": 10}),
        (1.0, 396, {"Qty Remaining": 196, "Unit Cost": 100, "Product Title": 100}),
    ],
)
def test_a_share_of_the_rows_changes(tmp_path: Path, changed: float, count: int, columns: dict[str, int]) -> None:
    spec = Spec(400, 1, changed)
    before, after = cells(tmp_path, Spec(400, 1)), cells(tmp_path, spec)
    different = [
        (place, name)
        for place, (old, new) in enumerate(zip(before, after, strict=True))
        for name, one, other in zip(HEADER, old, new, strict=True)
        if one != other
    ]
    assert len(different) == len({place for place, _ in different}) == changed_rows(spec) == count
    assert Counter(name for _, name in different) == columns
    assert refused_rows(spec) == 4
    assert len(parsed(tmp_path, spec).rows) == 396
