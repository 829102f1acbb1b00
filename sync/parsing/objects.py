"""Fields of a JSON object read one by one, as strict scalars."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sync.parsing.cells import cell_text
from sync.parsing.issues import RowFaults, shorten

MOST_MONEY = Decimal(1_000_000_000)
ID_LIMIT = 80
# Clients and stores are found by their ids in addresses and forms: these are shorter.
OWN_ID_LIMIT = 40
# Ids that we give to objects made by hand; the outside systems never give these.
OWN_ID = re.compile(r"L-[0-9]+", re.IGNORECASE | re.ASCII)

_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?", re.ASCII)
_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


class ObjectReader:
    """Reads one object's fields; every fault is noted and `None` (or `""`) given back for it."""

    def __init__(self, row: int, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.faults = RowFaults(row)

    def refuse(self, field: str, reason: str, problem: str) -> None:
        value = self.fields.get(field)
        shown = f" '{shorten(value)}'" if value not in (None, "") else ""
        self.faults.refuse(field, value, reason, f"{field}{shown} {problem}")

    def warn(self, field: str, reason: str, problem: str) -> None:
        value = self.fields.get(field)
        self.faults.warn(field, value, reason, f"{field} '{shorten(value)}' {problem}")

    def is_blank(self, field: str) -> bool:
        return self.fields.get(field) in (None, "")

    def id(self, field: str = "id", limit: int = ID_LIMIT) -> str:
        """An id: text or a whole number, at most `limit` characters."""
        value = self.fields.get(field)
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            self.refuse(field, "invalid_field", "is not an id: text was expected")
            return ""
        text = cell_text(value)
        if not text:
            self.refuse(field, "missing_field", "is missing")
        elif len(text) > limit:
            self.refuse(field, "invalid_field", f"is not an id: it is longer than {limit} characters")
            return ""
        return text

    def own_id(self) -> str:
        """The object's own id, which names it in issues. Ids of objects made by hand here are refused."""
        found = self.faults.key = self.id(limit=OWN_ID_LIMIT)
        if OWN_ID.fullmatch(found):
            self.refuse("id", "reserved_id", "has the form of our own ids for objects made by hand")
        return found

    def text(self, field: str, limit: int, *, required: bool = False) -> str:
        """Clean text of at most `limit` characters; longer text is cut with a warning."""
        value = self.fields.get(field)
        if not isinstance(value, (str, type(None))):
            self.refuse(field, "invalid_field", "is not text")
            return ""
        text = cell_text(value)
        if not text and required:
            self.refuse(field, "missing_field", "is missing")
        if len(text) > limit:
            self.warn(field, "text_cut", f"is longer than {limit} characters and was cut")
        return text[:limit].rstrip()

    def word(self, field: str, known: Collection[str], reason: str) -> str:
        """One of the `known` words, in any case."""
        value = self.fields.get(field)
        word = cell_text(value).lower() if isinstance(value, str) else ""
        if word not in known:
            self.refuse(field, reason, "is missing" if self.is_blank(field) else f"is none of {', '.join(known)}")
        return word

    def flag(self, field: str) -> bool:
        value = self.fields.get(field)
        if value is None:
            self.refuse(field, "missing_field", "is missing")
        elif not isinstance(value, bool):
            self.refuse(field, "invalid_field", "is not true or false")
        return value is True

    def currency(self, field: str = "currency", *, required: bool) -> str:
        """USD, the only currency we keep; `required` = a missing one is a fault, else it means USD."""
        value = self.fields.get(field)
        if self.is_blank(field) and not required:
            return "USD"
        if self.is_blank(field):
            self.refuse(field, "missing_field", "is missing")
        elif not isinstance(value, str) or cell_text(value).upper() != "USD":
            self.refuse(field, "unsupported_currency", "is not USD")
        return "USD"

    def amount(self, field: str) -> Decimal | None:
        """USD with at most 2 decimals and a sign: text such as `1234.50`, or a JSON number. Never rounded."""
        value = self.fields.get(field)
        if self.is_blank(field):
            self.refuse(field, "invalid_amount", "is missing")
            return None
        text = _plain(value)
        if not _AMOUNT.fullmatch(text):
            self.refuse(field, "invalid_amount", "is not an amount such as 1234.50")
            return None
        amount = Decimal(text)
        if abs(amount) > MOST_MONEY:
            self.refuse(field, "invalid_amount", f"is beyond {MOST_MONEY:,}")
            return None
        return amount.quantize(Decimal("0.01")) + 0  # + 0 makes -0.00 plain zero

    def moment(self, field: str, *, required: bool = False) -> datetime | None:
        """A moment by RFC 3339 with its offset, in UTC; years 2000 to 2199."""
        value = self.fields.get(field)
        if self.is_blank(field):
            if required:
                self.refuse(field, "missing_field", "is missing")
            return None
        found = _moment(value) if isinstance(value, str) else None
        if found is None:
            self.refuse(field, "invalid_timestamp", "is not a moment such as 2026-10-02T08:00:00Z")
        return found


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return cell_text(value)
    if isinstance(value, Decimal) and abs(value.adjusted()) < 20:
        return format(value, "f")
    return ""


def _moment(text: str) -> datetime | None:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    offset = "+00:00" if match[4] in "Zz" else match[4]
    fraction = (match[3] or ".0")[:7].ljust(7, "0")
    try:
        found = datetime.fromisoformat(f"{match[1]}T{match[2]}{fraction}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 <= found.year < 2200 else None
