"""Cells as Google takes them, and A1 notation."""

from typing import Any

import pytest

from sync.devservers.calls import CallRefused
from sync.devservers.cells import typed, unformatted
from sync.devservers.ranges import Area, parse_range, range_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$17.94", 17.94),
        (" $ 17.94 ", 17.94),
        ("-$5", -5),
        ("$-5", -5),
        ("1,299.00", 1299),
        ("12,99", "12,99"),
        ("048", 48),
        ("5E3", 5000),
        ("12.5%", 0.125),
        (".5", 0.5),
        ("123456789012", 123456789012),
        ("1E999", "1E999"),
        ("12345678901234567890", 12345678901234567890.0),
        ("١٢", "١٢"),
        ("\u00a012", "\u00a012"),
        ("--5", "--5"),
        ("(5.00)", "(5.00)"),
        ("USD 12.5", "USD 12.5"),
        ("12.9 x 9.9 x 9.1", "12.9 x 9.9 x 9.1"),
        ("true", True),
        ("", ""),
        (" ", " "),
        ("1899-12-31", 1),
        ("9/16/2026", 46281),
        ("09-16-2026", 46281),
        ("2026/9/16", 46281),
        ("Sept 16, 2026", "Sept 16, 2026"),
        ("September 16, 2026", 46281),
        ("16 Sep 2026", 46281),
        ("16/9/2026", "16/9/2026"),
        ("2/29/2026", "2/29/2026"),
        ("9/16/26", "9/16/26"),
    ],
)
def test_a_cell(text: str, value: Any) -> None:
    found = unformatted(text, serial_dates=True)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "text"), [(90, "90"), (90.0, "90"), (17.94, "17.94"), (0.1 + 0.2, "0.3"), (True, "TRUE"), ("007", "007")]
)
def test_a_value_as_it_is_kept(value: Any, text: str) -> None:
    assert typed(value) == text


@pytest.mark.parametrize(
    ("text", "area", "shown"),
    [
        ("Tab", Area(0, 0, None, None), None),
        ("'Tab'", Area(0, 0, None, None), None),
        ("Tab!A1:Z", Area(0, 0, None, 26), "Tab!A1:Z"),
        ("Tab!$B$2:$C$3", Area(1, 1, 3, 3), "Tab!B2:C3"),
        ("Tab!c3:b2", Area(1, 1, 3, 3), "Tab!B2:C3"),
        ("Tab!B:B", Area(0, 1, None, 2), "Tab!B1:B"),
        ("Tab!2:5", Area(1, 0, 5, None), "Tab!A2:5"),
        ("Tab!AA10", Area(9, 26, 10, 27), "Tab!AA10"),
        ("H5:H6", Area(4, 7, 6, 8), "Tab!H5:H6"),
    ],
)
def test_a_range(text: str, area: Area, shown: str | None) -> None:
    assert parse_range(text, "Tab") == area
    if shown:
        assert range_text(area, "Tab") == shown


@pytest.mark.parametrize(
    "text", ["", "Other", "Tab!", "!A1", "Tab!A", "Tab!5", "Tab!A1:", "Tab!A1:5", "Tab!A:B5", "Tab!A0", "Tab!A1:B2:C3"]
)
def test_a_range_that_is_none(text: str) -> None:
    with pytest.raises(CallRefused) as caught:
        parse_range(text, "Tab")
    assert (caught.value.status, caught.value.message) == (400, f"Unable to parse range: {text}")


def test_names_that_need_quotes() -> None:
    assert parse_range("'My tab!'!A1", "My tab!") == Area(0, 0, 1, 1)
    assert range_text(Area(0, 0, 1, 1), "My tab") == "'My tab'!A1"
    assert range_text(Area(0, 0, 1, 1), "Q3") == "'Q3'!A1"
