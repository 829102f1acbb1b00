"""One cell at a time: what people type, read strictly.

Every parser takes the cell as the file holds it (text, or a number or date of a workbook), gives the value in
its stored form, `None` (or `""`) for a blank cell, and raises `BadCell` for anything else. ASCII digits only.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

# Longer than any number people type; keeps what follows cheap whatever a cell holds.
LONGEST_NUMBER = 60
NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
CENT_PLACES = 2
FIRST_DATE = date(2000, 1, 1)
PRIORITIES = ("high", "medium", "low")

_MONEY = re.compile(rf"(-)?\s*(?:USD|US\$|\$)?\s*(-)?\s*({NUMBER})\s*(?:USD)?", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"(-)?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?", re.ASCII)
_ASIN = re.compile(r"B[0-9A-Z]{9}", re.ASCII)
_ISBN = re.compile(r"[0-9]{9}[0-9X]", re.ASCII)
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


def cell_text(value: object) -> str:
    """The cell as one clean line: NFC, every space plain, runs collapsed, control and hidden marks removed.

    Numbers of a workbook are written out in full (never `1e+22`), dates as ISO.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, int):
        # Beyond this length Python refuses to write an integer out; it is no number of ours anyway.
        return str(value) if value.bit_length() < 256 else "a number of hundreds of digits"
    text = value if isinstance(value, str) else str(value)
    return text if text.isascii() and text.isalnum() else _clean(text)


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
    return (text, False) if len(text) <= limit else (text[:limit].rstrip(), True)


def _number_text(value: object) -> str:
    text = cell_text(value)
    if len(text) > LONGEST_NUMBER:
        raise BadCell("is far too long for a number")
    return text


def in_range(number: Decimal | int, low: Decimal | int, high: Decimal | int) -> None:
    """Raises `BadCell` unless `low` <= `number` <= `high`."""
    if number < low:
        raise BadCell(f"is below {low:,}")
    if number > high:
        raise BadCell(f"is above {high:,}")


def parse_money(value: object, *, low: Decimal, high: Decimal, places: int = CENT_PLACES) -> Decimal | None:
    """USD between `low` and `high`, rounded half up to `places`: `$1,299.00`, `USD 12.5`, ` $ 17.94 `."""
    text = _number_text(value)
    if not text:
        return None
    match = _MONEY.fullmatch(text)
    if match is None or (match[1] and match[2]):
        raise BadCell("is not an amount in US dollars")
    amount = Decimal(match[3].replace(",", ""))
    number = -amount if match[1] or match[2] else amount
    in_range(number, low, high)
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def parse_whole(value: object, *, low: int, high: int) -> int | None:
    """A whole number between `low` and `high`: `1,200`, `48.0`; not `10.5`, `1e3`, `1_000`."""
    text = _number_text(value)
    if not text:
        return None
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise BadCell("is not a whole number")
    amount = int(match[2].replace(",", ""))
    number = -amount if match[1] else amount
    in_range(number, low, high)
    return number


def parse_date(value: object, *, today: date) -> date | None:
    """A date from 2000-01-01 to a year after `today`.

    Reads `2026-08-21`, `9/16/2026` (month first), `Nov 07, 2026`, `7 November 2026` and workbook dates.
    """
    if isinstance(value, datetime):
        found: date | None = value.date()
    elif isinstance(value, date):
        found = value
    else:
        text = cell_text(value)
        if not text:
            return None
        found = _read_date(text)
    if found is None:
        raise BadCell("is not a date such as 2026-08-21, 8/21/2026 (month first) or Aug 21, 2026")
    last = _year_after(today)
    if not FIRST_DATE <= found <= last:
        raise BadCell(f"is not between {FIRST_DATE} and {last}")
    return found


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
        raise BadCell("is not high, medium or low")
    return text


def parse_asin(value: object) -> str:
    """An ASIN code in upper case; a blank cell is a `BadCell` too."""
    text = cell_text(value)
    if not text:
        raise BadCell("is missing")
    code = text.upper() if text.isascii() else ""
    if _ASIN.fullmatch(code) or (_ISBN.fullmatch(code) and _isbn_fits(code)):
        return code
    if _ISBN.fullmatch(code):
        raise BadCell("is not an ISBN-10: its check digit is wrong")
    raise BadCell("is not an ASIN: 10 characters, B and 9 letters or digits, or an ISBN-10")


def _isbn_fits(code: str) -> bool:
    """ISO 2108:1992: the digits weighted 10 to 1 sum to a multiple of 11; X is 10."""
    digits = [10 if char == "X" else int(char) for char in code]
    return sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11 == 0


def parse_id(value: object) -> str:
    """An id of the panel as text; a workbook's number 3 or 3.0 is the id `3`. Blank gives `""`."""
    if isinstance(value, float) and value.is_integer():
        return cell_text(int(value))
    return parse_text(value, limit=64)[0]
