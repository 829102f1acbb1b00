"""Cells as Google Sheets gives them (numbers, serial dates, errors) say the same as the text of a CSV."""

import time
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from sync.parsing.cells import (
    LONGEST_TEXT,
    BadCell,
    cell_text,
    parse_asin,
    parse_date,
    parse_id,
    parse_money,
    parse_priority,
    parse_text,
    parse_whole,
)
from sync.parsing.measures import parse_dimensions, parse_weight
from sync.parsing.portal import PortalFeed, parse_portal
from sync.parsing.tables import table_from_values

TODAY = date(2026, 11, 22)
HEADER = [
    "ASIN", "Title", "Brand", "Date Added", "Qty Purchased", "Qty Remaining", "Unit Cost", "Min Shipping Price",
    "Max Shipping Price", "Package Dimensions (in)", "Item Weight", "Case Pack", "Sale Price", "Priority",
]  # fmt: skip
TYPED = [
    "0306406152", "1984", "7", "2026-08-21", "1,200", "48", "$17.94", "0.3", "1", "6 x 5 x 4", "2.53", "48", "20",
    "High",
]  # fmt: skip
GIVEN: list[object] = [
    306406152, 1984, 7, Decimal("46255.75"), 1200, Decimal("48.0"), Decimal("17.94"), Decimal("0.3"), 1, "6 x 5 x 4",
    Decimal("2.53"), 48, 20, "High",
]  # fmt: skip


def portal(*rows: list[object]) -> PortalFeed:
    return parse_portal(table_from_values([HEADER, *rows], "the sheet"), today=TODAY)


def given(**cells: object) -> list[object]:
    """A good row with other cells, by header in lower case with underscores."""
    keys = [header.lower().replace(" (in)", "").replace(" ", "_") for header in HEADER]
    assert set(cells) <= set(keys)
    return [cells.get(key, good) for key, good in zip(keys, GIVEN, strict=True)]


def money(cell: object) -> Decimal | None:
    return parse_money(cell, low=Decimal("0.01"), high=Decimal(1_000_000))


def quantity(cell: object) -> int | None:
    return parse_whole(cell, low=0, high=10_000)


def day(cell: object) -> date | None:
    return parse_date(cell, today=TODAY)


def test_a_row_of_google_is_the_row_of_the_csv() -> None:
    feed = portal(given())
    assert feed.issues == ()
    assert feed.rows == portal([*TYPED]).rows
    assert (feed.rows[0].asin, feed.rows[0].title, feed.rows[0].date_added) == ("0306406152", "1984", date(2026, 8, 21))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("17.94"), "17.94"),
        (Decimal("48.0"), "48.0"),
        (Decimal("1E+2"), "100"),
        (Decimal("1.2E+9"), "1200000000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("1E+999999"), "a number of hundreds of digits"),
        (Decimal("1E-999999"), "a number of hundreds of digits"),
        (Decimal("NaN"), "NaN"),
        (1984, "1984"),
        (False, "FALSE"),
    ],
)
def test_numbers_are_written_out(number: object, text: str) -> None:
    assert cell_text(number) == text


@pytest.mark.parametrize(
    ("number", "places", "stored"),
    [
        (12, 2, "12.00"),
        (Decimal("17.94"), 2, "17.94"),
        (Decimal("12.345"), 2, "12.35"),
        (Decimal("0.30005"), 4, "0.3001"),
        (Decimal("0.30000000000000004"), 4, "0.3000"),
        (Decimal("1E+2"), 2, "100.00"),
        (0, 2, "0.00"),
        (Decimal("-0.0"), 2, "0.00"),
        (1_000_000, 2, "1000000.00"),
    ],
)
def test_money(number: object, places: int, stored: str) -> None:
    assert str(parse_money(number, low=Decimal(0), high=Decimal(1_000_000), places=places)) == stored


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (Decimal("0.009"), "is below 0.01"),
        (-5, "is below 0.01"),
        (Decimal("1000000.01"), "is above 1,000,000"),
        (Decimal("1E+50"), "is above 1,000,000"),
        (Decimal("1E+999999"), "is not an amount in US dollars"),
        (Decimal("NaN"), "is not an amount in US dollars"),
        (Decimal("Infinity"), "is not an amount in US dollars"),
        (True, "is not an amount in US dollars"),
    ],
)
def test_money_refused(number: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        money(number)
    assert caught.value.problem == problem


@pytest.mark.parametrize(("number", "stored"), [(48, 48), (Decimal("48.0"), 48), (Decimal("1E+2"), 100), (0, 0)])
def test_whole_numbers(number: object, stored: int) -> None:
    found = quantity(number)
    assert (found, type(found)) == (stored, int)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (Decimal("10.5"), "is not a whole number"),
        (-6, "is below 0"),
        (10_001, "is above 10,000"),
        (True, "is not a whole number"),
        (Decimal("NaN"), "is not a whole number"),
    ],
)
def test_whole_numbers_refused(number: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        quantity(number)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("serial", "found"),
    [
        (36526, date(2000, 1, 1)),
        (46255, date(2026, 8, 21)),
        (Decimal("46255.0"), date(2026, 8, 21)),
        (Decimal("46255.99999"), date(2026, 8, 21)),
        (46255.5, date(2026, 8, 21)),
        (46713, date(2027, 11, 22)),
    ],
)
def test_serial_dates(serial: object, found: date) -> None:
    assert day(serial) == found


@pytest.mark.parametrize(
    ("serial", "problem"),
    [
        (36525, "is not between 2000-01-01 and 2027-11-22"),
        (Decimal("36525.9"), "is not between"),
        (46714, "is not between"),
        (0, "is not between"),
        (2026, "is not between"),
        (2_958_466, "is not a date such as"),
        (20260821, "is not a date such as"),
        (-1, "is not a date such as"),
        (10**400, "is not a date such as"),
        (float("nan"), "is not a date such as"),
        (Decimal("NaN"), "is not a date such as"),
        (Decimal("1E+999999"), "is not a date such as"),
        (True, "is not a date such as"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_serial_dates_refused(serial: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        day(serial)
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (306406152, "0306406152"),
        (Decimal("306406152.0"), "0306406152"),
        (306406152.0, "0306406152"),
        (1000000001, "1000000001"),
        (470007, "0000470007"),
    ],
)
def test_isbns_that_lost_their_zeros(number: object, code: str) -> None:
    assert parse_asin(number) == code


@pytest.mark.parametrize(
    "number",
    [306406153, 1000000002, 0, 19, -306406152, Decimal("306406152.5"), Decimal("1.2E+9"), 12345678901, "1.2E+09", "40"],
)
def test_numbers_that_are_no_isbn(number: object) -> None:
    with pytest.raises(BadCell) as caught:
        parse_asin(number)
    assert "format the column as plain text" in caught.value.problem


ERRORS = ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", " #ref! ", "#NAME?", "#NUM!", "#ERROR!"]
REQUIRED = {
    "asin": "invalid_asin",
    "date_added": "invalid_date",
    "qty_purchased": "invalid_quantity",
    "qty_remaining": "invalid_quantity",
    "unit_cost": "invalid_unit_cost",
    "min_shipping_price": "invalid_shipping",
    "max_shipping_price": "invalid_shipping",
    "case_pack": "invalid_case_pack",
}


@pytest.mark.parametrize(("column", "reason"), REQUIRED.items())
def test_errors_and_formulas_in_required_cells_are_refused(column: str, reason: str) -> None:
    feed = portal(*(given(**{column: error}) for error in ERRORS), given(**{column: "=A1*2"}))
    assert feed.rows == ()
    assert {issue.reason for issue in feed.issues} == {reason}
    *errors, formula = feed.issues
    assert all(issue.message.endswith("' is an error of the sheet's formula.") for issue in errors)
    assert formula.message.endswith(" '=A1*2' is a formula that the sheet holds as text, not its result.")


@pytest.mark.parametrize("column", ["package_dimensions", "item_weight", "sale_price", "priority"])
def test_errors_in_other_cells_are_left_out_with_a_warning(column: str) -> None:
    feed = portal(given(**{column: "#REF!"}))
    assert len(feed.rows) == 1
    (issue,) = feed.issues
    assert issue.severity == "warning"
    assert "'#REF!' is an error of the sheet's formula" in issue.message


@pytest.mark.parametrize(
    ("weight", "stored"), [(2, "2.00"), (Decimal("0.0625"), "0.0625"), (Decimal("12.70"), "12.70"), (12.7, "12.70")]
)
def test_weights(weight: object, stored: str) -> None:
    assert str(parse_weight(weight)) == stored


@pytest.mark.parametrize("weight", [0, Decimal("2000.1"), Decimal("1E+999999"), Decimal("NaN"), True, -1])
def test_weights_refused(weight: object) -> None:
    with pytest.raises(BadCell):
        parse_weight(weight)


@pytest.mark.parametrize("number", [12, Decimal("12.5"), True])
def test_a_number_is_no_dimensions(number: object) -> None:
    with pytest.raises(BadCell, match="is not length x width x height"):
        parse_dimensions(number)


@pytest.mark.parametrize(
    ("number", "stored"), [(Decimal("3.0"), "3"), (Decimal("3.5"), "3.5"), (Decimal("-3.0"), "-3"), (3, "3")]
)
def test_ids(number: object, stored: str) -> None:
    assert parse_id(number) == stored


@pytest.mark.parametrize("text", ["x" * 10_000_000, "x " * 5_000_000, "é" * 10_000_000, " " * 10_000_000])
def test_a_cell_of_megabytes_costs_little(text: str) -> None:
    before = time.process_time()
    assert parse_text(text, limit=500)[1]
    for parse in (parse_asin, parse_priority, parse_dimensions, parse_weight, money, quantity, day):
        with suppress(BadCell):
            assert parse(text) in (None, "")
    # Working through all of it took up to 1 s.
    assert time.process_time() - before < 0.15


def test_what_is_cut_early_is_said_to_be_cut() -> None:
    assert len(cell_text("x" * (LONGEST_TEXT + 1))) == LONGEST_TEXT
    assert parse_text(" " * LONGEST_TEXT + "x", limit=500) == ("", True)
    assert parse_text(" " * (LONGEST_TEXT - 1) + "x", limit=500) == ("x", False)


def test_priorities_of_other_kinds_are_refused() -> None:
    with pytest.raises(BadCell, match="is not high, medium or low"):
        parse_priority(1)
