"""One cell at a time: what people type, read strictly.

Every parser takes the cell as the file holds it (text, or a number or date of a workbook or of Google Sheets),
gives the value in its stored form, `None` (or `""`) for a blank cell, and raises `BadCell` for anything else.
ASCII digits only.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeGuard

# Longer than any number people type; keeps what follows cheap whatever a cell holds.
LONGEST_NUMBER = 60
# A cell of Google Sheets holds 50,000 characters, one of Excel 32,767: what lies beyond this is not worked through.
LONGEST_TEXT = 131_072
NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
CENT_PLACES = 2
FIRST_DATE = date(2000, 1, 1)
# A sheet counts days from here; its last day is 9999-12-31.
SERIAL_START = date(1899, 12, 30)
LAST_SERIAL = 2_958_465
# An ISBN-10 begins with up to four zeros, which a number cell drops; fewer digits are a quantity in a shifted column.
FEWEST_ISBN_DIGITS = 6
FORMULA_ERRORS = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "#SPILL!", "#CALC!")
)
PRIORITIES = ("high", "medium", "low")

_MONEY = re.compile(rf"(-)?\s*(?:USD|US\$|\$)?\s*(-)?\s*({NUMBER})\s*(?:USD)?", re.IGNORECASE | re.ASCII)
_PLACES = tuple(Decimal(1).scaleb(-places) for places in range(9))
_WHOLE = re.compile(r"(-)?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?", re.ASCII)
_ASIN = re.compile(r"B[0-9A-Z]{9}", re.ASCII)
_ISBN = re.compile(r"[0-9]{9}[0-9X]", re.ASCII)
_SPOILT_CODE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:E\+?[0-9]+)?", re.ASCII)
_ISO_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2}),? ([0-9]{4})", re.IGNORECASE | re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2}) ([a-z]{3,9})\.?,? ([0-9]{4})", re.IGNORECASE | re.ASCII)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {name[:size]: number for number, name in enumerate(_MONTH_NAMES, 1) for size in (3, len(name))}
_MONTHS["sept"] = 9
# Marks that turn or hide text: zero-width space, direction marks and overrides, byte order mark.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


class BadCell(ValueError):
    """A cell that cannot be read; `problem` completes the sentence "Unit cost 'TBD' …"."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def bad_cell(text: str, problem: str) -> BadCell:
    """The refusal of `text`: `problem`, unless it is what a broken formula leaves in a cell."""
    if text.startswith("#") and text.upper() in FORMULA_ERRORS:
        return BadCell("is an error of the sheet's formula")
    if text.startswith("=") and len(text) > 1:
        return BadCell("is a formula that the sheet holds as text, not its result")
    return BadCell(problem)


def cell_text(value: object) -> str:
    """The cell as one clean line: NFC, every space plain, runs collapsed, control and hidden marks removed.

    Numbers of a sheet are written out in full (never `1e+22`), dates as ISO. Text beyond 131,072 characters is cut.
    """
    if isinstance(value, str):
        text = value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT]
        # Nearly every cell: plain ASCII that is clean already.
        if text.isascii() and (
            text.isalnum() or (text.isprintable() and "  " not in text and text == text.strip())
        ):  # fmt: skip
            return text
        return _clean(text)
    return "" if value is None else _written(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 400 else "a number of hundreds of digits"
    if isinstance(value, int):
        # Beyond this length Python refuses to write an integer out; it is no number of ours anyway.
        return str(value) if value.bit_length() < 256 else "a number of hundreds of digits"
    return _clean(str(value)[:LONGEST_TEXT])


def _clean(text: str) -> str:
    spaced = " ".join(_HIDDEN.sub("", text).split())
    if not spaced.isprintable():
        spaced = " ".join("".join(map(_printable, spaced)).split())
    # NFC of a very long run of combining marks is quadratic: such a cell is left as it is, to be cut.
    return unicodedata.normalize("NFC", spaced) if len(spaced) <= 10_000 else spaced


def _printable(char: str) -> str:
    return "" if unicodedata.category(char) in ("Cc", "Cs") else char


def parse_text(value: object, *, limit: int) -> tuple[str, bool]:
    """(text of at most `limit` characters, whether it was cut)."""
    text = cell_text(value)
    if len(text) > limit:
        return text[:limit].rstrip(), True
    return text, isinstance(value, str) and len(value) > LONGEST_TEXT


def _number_text(value: object) -> str:
    text = cell_text(value)
    if len(text) > LONGEST_NUMBER:
        raise BadCell("is far too long for a number")
    return text


def is_exact(value: object) -> TypeGuard[int | Decimal]:
    """Whether the cell is a number as Google Sheets gives it, which needs no reading."""
    return type(value) is int or (isinstance(value, Decimal) and value.is_finite())


def in_range(number: Decimal | int, low: Decimal | int, high: Decimal | int) -> None:
    """Raises `BadCell` unless `low` <= `number` <= `high`."""
    if number < low:
        raise BadCell(f"is below {low:,}")
    if number > high:
        raise BadCell(f"is above {high:,}")


def parse_money(value: object, *, low: Decimal, high: Decimal, places: int = CENT_PLACES) -> Decimal | None:
    """USD between `low` and `high`, rounded half up to `places`: `$1,299.00`, `USD 12.5`, ` $ 17.94 `."""
    if is_exact(value) and low <= value <= high:
        return Decimal(value or 0).quantize(_PLACES[places], rounding=ROUND_HALF_UP)
    text = _number_text(value)
    if not text:
        return None
    match = _MONEY.fullmatch(text)
    if match is None or (match[1] and match[2]):
        raise bad_cell(text, "is not an amount in US dollars")
    amount = Decimal(match[3].replace(",", ""))
    number = -amount if match[1] or match[2] else amount
    in_range(number, low, high)
    return number.quantize(_PLACES[places], rounding=ROUND_HALF_UP)


def parse_whole(value: object, *, low: int, high: int) -> int | None:
    """A whole number between `low` and `high`: `1,200`, `48.0`; not `10.5`, `1e3`, `1_000`."""
    if type(value) is int and low <= value <= high:
        return value
    text = _number_text(value)
    if not text:
        return None
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise bad_cell(text, "is not a whole number")
    amount = int(match[2].replace(",", ""))
    number = -amount if match[1] else amount
    in_range(number, low, high)
    return number


def parse_date(value: object, *, today: date) -> date | None:
    """A date from 2000-01-01 to a year after `today`.

    Reads `2026-08-21`, `9/16/2026` (month first), `Nov 07, 2026`, `7 November 2026`, workbook dates and the serial
    number (days since 1899-12-30, time of day dropped) that a sheet gives for a date.
    """
    text = "" if isinstance(value, date) else cell_text(value)
    if isinstance(value, datetime):
        found: date | None = value.date()
    elif isinstance(value, date):
        found = value
    elif not text:
        return None
    elif isinstance(value, int | float | Decimal):
        found = _serial_date(value)
    else:
        found = _read_date(text)
    if found is None:
        raise bad_cell(text, "is not a date such as 2026-08-21, 8/21/2026 (month first) or Aug 21, 2026")
    last = _year_after(today)
    if not FIRST_DATE <= found <= last:
        raise BadCell(f"is not between {FIRST_DATE} and {last}")
    return found


def _serial_date(number: float | Decimal) -> date | None:
    """The day of a sheet's serial number; `None` for what is no such number (NaN is not, nor is TRUE)."""
    if isinstance(number, bool) or (isinstance(number, Decimal) and not number.is_finite()):
        return None
    return SERIAL_START + timedelta(days=int(number)) if 0 <= number < LAST_SERIAL + 1 else None


def _read_date(text: str) -> date | None:
    if len(text) > LONGEST_NUMBER:
        return None
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _US_DATE.fullmatch(text):
        year, month, day = int(match[3]), int(match[1]), int(match[2])
    elif match := _MONTH_FIRST.fullmatch(text):
        year, month, day = int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2])
    elif match := _DAY_FIRST.fullmatch(text):
        year, month, day = int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year_after(today: date) -> date:
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # 29 February
        return date(today.year + 1, 3, 1)


def parse_priority(value: object) -> str:
    """`high`, `medium`, `low`, or `""` for a blank cell."""
    text = cell_text(value).lower()
    if text and text not in PRIORITIES:
        raise bad_cell(text, "is not high, medium or low")
    return text


def parse_asin(value: object) -> str:
    """An ASIN code in upper case; a blank cell is a `BadCell` too.

    An ISBN-10 in a number cell has lost its leading zeros: they are put back where its check digit then fits.
    """
    text = cell_text(value)
    if not text:
        raise BadCell("is missing")
    code = text.upper() if text.isascii() else ""
    if _ASIN.fullmatch(code) or (_ISBN.fullmatch(code) and _isbn_fits(code)):
        return code
    digits = _digits_of_number(value, text)
    if len(digits) >= FEWEST_ISBN_DIGITS and _isbn_fits(digits.zfill(10)):
        return digits.zfill(10)
    if _ISBN.fullmatch(code) and not digits:
        raise BadCell("is not an ISBN-10: its check digit is wrong")
    if len(code) <= LONGEST_NUMBER and _SPOILT_CODE.fullmatch(code):
        raise BadCell("is not an ASIN but a number: format the column as plain text and type the code again")
    raise bad_cell(text, "is not an ASIN: 10 characters, B and 9 letters or digits, or an ISBN-10")


def _digits_of_number(value: object, text: str) -> str:
    """The digits of a number cell with a whole number of at most 10; `""` for any other cell."""
    match = None if isinstance(value, str) or len(text) > LONGEST_NUMBER else _WHOLE.fullmatch(text)
    return match[2] if match and not match[1] and len(match[2]) <= 10 else ""


def _isbn_fits(code: str) -> bool:
    """ISO 2108:1992: the digits weighted 10 to 1 sum to a multiple of 11; X is 10."""
    digits = [10 if char == "X" else int(char) for char in code]
    return sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11 == 0


def parse_id(value: object) -> str:
    """An id of the panel as text; a sheet's number 3 or 3.0 is the id `3`. Blank gives `""`."""
    if isinstance(value, float) and value.is_integer():
        return cell_text(int(value))
    if isinstance(value, Decimal) and (match := _WHOLE.fullmatch(cell_text(value))):
        return (match[1] or "") + match[2]
    return parse_text(value, limit=64)[0]
