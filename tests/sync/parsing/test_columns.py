"""Columns by header: what is the same header, what is missing, what is doubled."""

import pytest

from sync.parsing.columns import (
    PORTAL_COLUMNS,
    PORTAL_REQUIRED,
    PREORDER_COLUMNS,
    header_hash,
    header_key,
    match_columns,
)
from sync.parsing.issues import UnusableFile
from sync.parsing.tables import Table

KNOWN = {"asin": ("ASIN",), "stock": ("Qty Remaining", "Remaining Quantity"), "note": ("Remark",)}


def table(*header: str) -> Table:
    return Table("sheet.csv", header, ((2, ("x",)),), 1, 1)


@pytest.mark.parametrize(
    "header",
    [
        "Qty Remaining",
        "QTY  REMAINING",
        " qty_remaining ",
        "Qty. Remaining:",
        "qtyremaining",
        "Qty\nRemaining",
    ],
)
def test_case_spaces_and_punctuation_do_not_count(header: str) -> None:
    assert header_key(header) == "qtyremaining"
    columns = match_columns(table("Notes", "ASIN", header), KNOWN, ("asin", "stock"))
    assert (columns.places, columns.unknown) == ({"asin": 1, "stock": 2}, ("Notes",))
    assert columns.labels == {"asin": "ASIN", "stock": header, "note": "Remark"}


def test_cells_of_a_short_row_are_blank() -> None:
    columns = match_columns(table("ASIN", "Remaining Quantity"), KNOWN, ())
    assert [columns.cell(("B1",), field) for field in ("asin", "stock", "note")] == ["B1", None, None]


def test_every_missing_column_is_named_with_what_was_seen() -> None:
    with pytest.raises(UnusableFile) as caught:
        match_columns(table("Code", "", "Left"), KNOWN, ("asin", "stock"))
    assert str(caught.value) == "sheet.csv: the columns are missing: ASIN, Qty Remaining. Row 1 has: Code, Left."


def test_one_missing_column() -> None:
    with pytest.raises(UnusableFile, match=r"^sheet\.csv: the column is missing: ASIN\. Row 1 has: Qty Remaining\.$"):
        match_columns(table("Qty Remaining"), KNOWN, ("asin", "stock"))


@pytest.mark.parametrize("second", ["Qty Remaining", "Remaining Quantity", "QTY-REMAINING"])
def test_two_columns_for_one_field(second: str) -> None:
    with pytest.raises(UnusableFile) as caught:
        match_columns(table("ASIN", "Qty Remaining", second), KNOWN, ())
    assert str(caught.value) == f"sheet.csv: 2 columns for Qty Remaining: 'Qty Remaining' and '{second}'. Keep one."


def test_missing_and_doubled_are_told_together() -> None:
    with pytest.raises(UnusableFile) as caught:
        match_columns(table("ASIN", "asin"), KNOWN, ("stock",))
    assert len(caught.value.problems) == 2


def test_unknown_and_blank_headers_may_repeat() -> None:
    columns = match_columns(table("ASIN", "Notes", "", "Notes", ""), KNOWN, ("asin",))
    assert columns.unknown == ("Notes", "Notes")


def test_extra_aliases_win() -> None:
    columns = match_columns(table("Code", "Remark"), KNOWN, (), {"asin": ["code"], "stock": ["remark"]})
    assert columns.places == {"asin": 0, "stock": 1}


def test_an_alias_for_no_field() -> None:
    with pytest.raises(UnusableFile, match="column aliases name fields that do not exist: price"):
        match_columns(table("ASIN"), KNOWN, (), {"price": ["Price"]})


@pytest.mark.parametrize("known", [PORTAL_COLUMNS, PREORDER_COLUMNS])
def test_no_header_means_two_fields(known: dict[str, tuple[str, ...]]) -> None:
    keys = [(header_key(header), field) for field, headers in known.items() for header in headers]
    assert len({key for key, _ in keys}) == len(set(keys))


def test_required_columns_are_known_ones() -> None:
    assert set(PORTAL_REQUIRED) <= set(PORTAL_COLUMNS)


def test_the_hash_changes_with_names_only() -> None:
    first = header_hash(["ASIN", "Qty Remaining"])
    assert header_hash(["qty remaining", "", "Asin"]) == first
    assert header_hash(["ASIN", "Remaining"]) != first
    assert header_hash(["ASIN", "Qty Remaining", "Notes"]) != first
