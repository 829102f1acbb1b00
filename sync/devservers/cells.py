"""Cells as Google Sheets takes what a person types, in a US locale: text, numbers, dates."""

import re
from datetime import date
from typing import Any

FIRST_DAY = date(1899, 12, 30)

_NUMBER = re.compile(
    r" *(-?) *(\$?) *(-?)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(E[+-]?[0-9]{1,3})?( *%)? *",
    re.IGNORECASE | re.ASCII,
)
_YEAR_FIRST = re.compile(r" *([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2}) *", re.ASCII)
_MONTH_FIRST = re.compile(r" *([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{4}) *", re.ASCII)
_NAMED_MONTH = re.compile(r" *([a-z]{3,9})\.? +([0-9]{1,2}),? +([0-9]{4}) *", re.IGNORECASE | re.ASCII)
_DAY_BEFORE_NAME = re.compile(r" *([0-9]{1,2})[ -]([a-z]{3,9})\.?[, -] *([0-9]{4}) *", re.IGNORECASE | re.ASCII)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def unformatted(text: str, *, serial_dates: bool) -> Any:
    """The cell under UNFORMATTED_VALUE: a number, a truth value, a date's serial number or text as it is.

    A serial number counts the days since 1899-12-30; unless `serial_dates`, dates stay as they are written.
    """
    if text.strip(" ").upper() in ("TRUE", "FALSE"):
        return text.strip(" ").upper() == "TRUE"
    number = _number(text)
    if number is not None:
        return number
    day = _day(text)
    if day is None or not serial_dates:
        return text
    return (day - FIRST_DAY).days


def typed(value: Any) -> str:
    """A value that was written through the interface, as the text that the sheet's file keeps.

    A file has one kind of cell only: text that was written RAW reads as a number again where it looks like one.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(value, ".15g") if abs(value) >= 1e15 or not value.is_integer() else str(int(value))
    return str(value)


def _number(text: str) -> int | float | None:
    # Google's cells are doubles, so the replies of this server are: no amount is reckoned with here.
    match = _NUMBER.fullmatch(text) if len(text) <= 100 else None
    if match is None or (match[1] and match[3]) or (match[2] and (match[5] or match[6])):
        return None
    number = float(match[4].replace(",", "") + (match[5] or ""))
    number = (-number if match[1] or match[3] else number) / (100 if match[6] else 1)
    if number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _day(text: str) -> date | None:
    if len(text) > 40:
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        parts = (int(match[1]), int(match[2]), int(match[3]))
    elif match := _MONTH_FIRST.fullmatch(text):
        parts = (int(match[3]), int(match[1]), int(match[2]))
    elif match := _NAMED_MONTH.fullmatch(text):
        parts = (int(match[3]), _month(match[1]), int(match[2]))
    elif match := _DAY_BEFORE_NAME.fullmatch(text):
        parts = (int(match[3]), _month(match[2]), int(match[1]))
    else:
        return None
    try:
        return date(*parts)
    except ValueError:  # 31 February is text to Google too
        return None


def _month(name: str) -> int:
    """The month's number; 0 where it is none."""
    low = name.lower()
    found = [number for number, month in enumerate(_MONTHS, 1) if low in (month, month[:3])]
    return found[0] if found else 0
