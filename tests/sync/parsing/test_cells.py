"""What people type in cells, and what is refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sync.parsing.cells import (
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

TODAY = date(2026, 11, 22)


def money(value: object, places: int = 2) -> Decimal | None:
    return parse_money(value, low=Decimal("0.01"), high=Decimal(1_000_000), places=places)


def whole(value: object) -> int | None:
    return parse_whole(value, low=0, high=10_000_000)


@pytest.mark.parametrize(
    ("typed", "places", "stored"),
    [
        ("$1,299.00", 2, "1299.00"),
        (" $ 17.94 ", 2, "17.94"),
        ("USD 12.5", 2, "12.50"),
        ("usd\u00a012.5\u00a0", 2, "12.50"),
        ("US$3", 2, "3.00"),
        ("12.5 USD", 2, "12.50"),
        (".75", 2, "0.75"),
        ("1,000,000", 2, "1000000.00"),
        ("0.005", 2, None),
        ("12.345", 2, "12.35"),
        ("12.344999", 2, "12.34"),
        ("0.30005", 4, "0.3001"),
        (17.94, 2, "17.94"),
        (12, 2, "12.00"),
        (0.1 + 0.2, 4, "0.3000"),
        (1e6, 2, "1000000.00"),
    ],
)
def test_money(typed: object, places: int, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(BadCell, match=r"is below 0\.01"):
            money(typed, places)
    else:
        assert str(money(typed, places)) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("TBD", "is not an amount in US dollars"),
        ("#REF!", "is an error of the sheet's formula"),
        ("(12.00)", "is not an amount in US dollars"),
        ("-4.50", "is below 0.01"),
        ("-$4.50", "is below 0.01"),
        ("$-4.50", "is below 0.01"),
        ("--4", "is not an amount in US dollars"),
        ("+5", "is not an amount in US dollars"),
        ("5%", "is not an amount in US dollars"),
        ("€5", "is not an amount in US dollars"),
        ("1.299,00", "is not an amount in US dollars"),
        ("1,29", "is not an amount in US dollars"),
        ("1_000", "is not an amount in US dollars"),
        ("1e3", "is not an amount in US dollars"),
        ("0x10", "is not an amount in US dollars"),
        ("NaN", "is not an amount in US dollars"),
        ("Infinity", "is not an amount in US dollars"),
        ("１２", "is not an amount in US dollars"),
        ("٣", "is not an amount in US dollars"),
        ("−5", "is not an amount in US dollars"),
        ("1000000.01", "is above 1,000,000"),
        ("9" * 59, "is above 1,000,000"),
        pytest.param("9" * 5000, "is far too long for a number", id="5000 digits"),
        (True, "is not an amount in US dollars"),
        (float("nan"), "is not an amount in US dollars"),
        (float("inf"), "is not an amount in US dollars"),
        (1e300, "is far too long for a number"),
        (datetime(2026, 1, 1), "is not an amount in US dollars"),
    ],
)
def test_money_refused(typed: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        money(typed)
    assert caught.value.problem == problem


@pytest.mark.parametrize("blank", [None, "", "  ", "\u00a0", "\u200b", "\0"])
def test_blank_cells_are_no_value(blank: object) -> None:
    assert (money(blank), whole(blank), parse_date(blank, today=TODAY)) == (None, None, None)
    assert (parse_priority(blank), parse_id(blank)) == ("", "")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("1,200", 1200), ("48.0", 48), (" 156", 156), ("0", 0), ("-0", 0), ("007", 7), (48.0, 48), (12, 12)],
)
def test_whole_numbers(typed: object, stored: int) -> None:
    assert whole(typed) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("10.5", "is not a whole number"),
        ("1_000", "is not a whole number"),
        ("１２", "is not a whole number"),
        ("1e3", "is not a whole number"),
        ("NaN", "is not a whole number"),
        ("twelve", "is not a whole number"),
        ("12,00", "is not a whole number"),
        ("$5", "is not a whole number"),
        ("-6", "is below 0"),
        (str(2**63), "is above 10,000,000"),
        (2**63, "is above 10,000,000"),
        ("10,000,001", "is above 10,000,000"),
        (10.5, "is not a whole number"),
        (True, "is not a whole number"),
        pytest.param(10**5000, "is not a whole number", id="5001 digits"),
    ],
)
def test_whole_numbers_refused(typed: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        whole(typed)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-08-21", date(2026, 8, 21)),
        ("2026-08-21 00:00:00", date(2026, 8, 21)),
        ("2026/8/21", date(2026, 8, 21)),
        ("9/16/2026", date(2026, 9, 16)),
        ("04/05/2026", date(2026, 4, 5)),
        ("Nov 07, 2026", date(2026, 11, 7)),
        ("nov. 7 2026", date(2026, 11, 7)),
        ("Sept 7, 2026", date(2026, 9, 7)),
        ("November\u00a07, 2026", date(2026, 11, 7)),
        ("7 November 2026", date(2026, 11, 7)),
        (datetime(2026, 8, 21, 13, 5), date(2026, 8, 21)),
        (date(2026, 8, 21), date(2026, 8, 21)),
        ("2000-01-01", date(2000, 1, 1)),
        ("2027-11-22", date(2027, 11, 22)),
    ],
)
def test_dates(typed: object, stored: date) -> None:
    assert parse_date(typed, today=TODAY) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "16/9/2026",
        "2026-02-30",
        "9/16/26",
        "46255",
        "soon",
        "Foo 7, 2026",
        "Ma 7, 2026",
        "2026-W01-1",
        "２026-08-21",
        "2026-08-21T10:00:00",
        pytest.param("1" * 5000, id="5000 digits"),
    ],
)
def test_dates_refused(typed: object) -> None:
    with pytest.raises(BadCell, match="is not a date such as"):
        parse_date(typed, today=TODAY)


@pytest.mark.parametrize("typed", ["1999-12-31", "2027-11-23", "0001-01-01", "9999-12-31"])
def test_dates_out_of_range(typed: str) -> None:
    with pytest.raises(BadCell, match="is not between 2000-01-01 and 2027-11-22"):
        parse_date(typed, today=TODAY)


def test_a_year_after_a_leap_day() -> None:
    assert parse_date("2029-03-01", today=date(2028, 2, 29)) == date(2029, 3, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("B0O3CP8G5D ", "B0O3CP8G5D"),
        ("b0k81w1gn8", "B0K81W1GN8"),
        ("\u00a0B0U2LX5NEH\u00a0", "B0U2LX5NEH"),
        ("0306406152", "0306406152"),
        ("080442957x", "080442957X"),
        (1000000001, "1000000001"),
    ],
)
def test_asins(typed: object, code: str) -> None:
    assert parse_asin(typed) == code


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (None, "is missing"),
        (" ", "is missing"),
        ("0306406153", "is not an ISBN-10: its check digit is wrong"),
        ("tbd", "is not an ASIN"),
        ("123456789012", "is not an ASIN"),
        ("B0ÉÉÉÉÉÉÉÉ", "is not an ASIN"),
        ("B0123", "is not an ASIN"),
        ("A0O3CP8G5D", "is not an ASIN"),
        ("B0O3CP8G5１", "is not an ASIN"),
        ("B0O3CP8Gß", "is not an ASIN"),
        ("B0O3 CP8G5", "is not an ASIN"),
        ("306406152", "is not an ASIN"),
        ("1.23E+12", "is not an ASIN"),
    ],
)
def test_asins_refused(typed: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        parse_asin(typed)
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  Elyorgal \u00a0 Labs\t", "Elyorgal Labs"),
        ("two\r\nlines", "two lines"),
        ("a\0b\x1bc", "abc"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\ufeffASIN", "ASIN"),
        ("half\ud800", "half"),
        ("Cafe\u0301", "Café"),
        ("check 📦 count", "check 📦 count"),
        (48.0, "48.0"),
        (1e22, "10000000000000000000000"),
        (True, "TRUE"),
    ],
)
def test_text(typed: object, text: str) -> None:
    assert cell_text(typed) == text


def test_long_text_is_cut_and_said() -> None:
    assert parse_text("ab " * 3, limit=8) == ("ab ab ab", False)
    assert parse_text("ab " * 4, limit=9) == ("ab ab ab", True)


@pytest.mark.parametrize(("typed", "stored"), [("HIGH", "high"), (" Medium ", "medium"), ("low", "low")])
def test_priorities(typed: str, stored: str) -> None:
    assert parse_priority(typed) == stored


def test_an_unknown_priority_is_refused() -> None:
    with pytest.raises(BadCell, match="is not high, medium or low"):
        parse_priority("urgent")


@pytest.mark.parametrize(("typed", "stored"), [(3, "3"), (3.0, "3"), (" 12 ", "12"), ("L-4", "L-4")])
def test_ids(typed: object, stored: str) -> None:
    assert parse_id(typed) == stored
