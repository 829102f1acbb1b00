"""Cells as people type them, and as spreadsheets take them safely."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.import_cells import ChoiceCell, DateCell, NumberCell, TextCell, YesNoCell, escape, unescape

MONEY = NumberCell(places=2, money=True)
WHOLE = NumberCell()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    assert escape(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_numbers_are_left_alone() -> None:
    assert MONEY.render(Decimal("-3.00")) == "-3.00"
    assert MONEY.render(Decimal("-3.00"), force_native_type=True) == Decimal("-3.00")
    assert WHOLE.render(-3) == "-3"
    assert TextCell().render("-3 per unit") == "'-3 per unit"


def test_control_characters_that_workbooks_refuse_are_dropped() -> None:
    assert escape("a\x0bb\x00c\nd") == "abc\nd"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12))
def test_what_was_exported_comes_back(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'a", "-", "'"])
def test_quotes_come_back(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("$1,299.00", Decimal("1299.00")),
        ("USD 12.5", Decimal("12.5")),
        (12.5, Decimal("12.5")),
        (" 3 ", Decimal(3)),
        ("-0.10", Decimal("-0.10")),
        ("", None),
        (None, None),
    ],
)
def test_an_amount(cell: Any, value: Decimal | None) -> None:
    assert MONEY.clean(cell) == value


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "1e5", "1_000", "1,29", "٣", "12.345", "abc", "--1", ".", "$"])
def test_no_amount(cell: str) -> None:
    with pytest.raises(ValueError, match=r"amount in USD|decimals"):
        MONEY.clean(cell)


def test_a_whole_number() -> None:
    assert WHOLE.clean(48.0) == 48
    assert WHOLE.clean("1,200") == 1200
    assert WHOLE.clean(str(2**63)) == 2**63
    with pytest.raises(ValueError, match=r"“1\.5” is not a whole number"):
        WHOLE.clean("1.5")


def test_a_day() -> None:
    day = date(2026, 11, 7)
    for cell in ("2026-11-07", "11/7/2026", "Nov 07, 2026", "November 7, 2026", datetime(2026, 11, 7, 9), day):
        assert DateCell().clean(cell) == day
    with pytest.raises(ValueError, match=r"“7\.11\.2026” is not a date"):
        DateCell().clean("7.11.2026")


def test_a_choice_by_value_or_name() -> None:
    cell = ChoiceCell([("high", "High"), ("low", "Low")], blank="")
    assert [cell.clean(text) for text in ("high", "LOW", "")] == ["high", "low", ""]
    with pytest.raises(ValueError, match="“huge” is none of: High, Low"):
        cell.clean("huge")


def test_yes_or_no() -> None:
    assert [YesNoCell().clean(cell) for cell in ("Yes", "no", "", True, 0)] == [True, False, False, True, False]
    with pytest.raises(ValueError, match="neither Yes nor No"):
        YesNoCell().clean("maybe")
