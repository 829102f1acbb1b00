"""Cells of an import as people type them, and of an export as spreadsheets take them safely.

Each widget turns a cell into a value or raises ValueError with words for the person who typed it.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from import_export.widgets import Widget

FORMULA = re.compile(r"'*[=+\-@\t\r]")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?", re.ASCII)
DATE_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%b %d, %Y", "%B %d, %Y")
# Longer numbers fit no column, and not Python's decimal context either.
MAX_DIGITS = 24
YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0", ""}


def escape(text: str) -> str:
    """`text` so that no spreadsheet runs it: a quote before what could be a formula; control characters dropped."""
    text = CONTROLS.sub("", text)
    return f"'{text}" if FORMULA.match(text) else text


def unescape(text: str) -> str:
    """The inverse of `escape`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def text_of(value: Any) -> str:
    """A cell as text: spreadsheets store 12 as 12.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\u00a0", " ").strip()


class TextCell(Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = unescape(text_of(value))
        if CONTROLS.search(text):
            raise ValueError("This holds a character that is not text; type it again.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return escape("" if value is None else str(value))


class UpperCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return super().clean(value, row, **kwargs).upper()


class NumberCell(Widget):  # type: ignore[misc]
    """A number with `places` decimals at most; blank is none. Accepts $1,299.00 and USD 12.5 where `money`."""

    def __init__(self, *, places: int = 0, money: bool = False) -> None:
        super().__init__()
        self.places, self.money = places, money

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        if not text:
            return None
        digits = re.sub(r"^(USD\s*|\$)|\s*USD$", "", text, flags=re.IGNORECASE) if self.money else text
        digits = digits.strip()
        if not re.search(r"\d", digits) or not NUMBER.fullmatch(digits):
            raise ValueError(f"“{text}” is not {'an amount in USD' if self.money else 'a number'}.")
        if len(digits) > MAX_DIGITS:
            raise ValueError(f"“{text[:MAX_DIGITS]}…” has too many digits.")
        number = Decimal(digits.replace(",", ""))
        if number != round(number, self.places):
            wrong = f"has more than {self.places} decimals" if self.places else "is not a whole number"
            raise ValueError(f"“{text}” {wrong}.")
        return number if self.places else int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        if value is None:
            return ""
        return value if kwargs.get("force_native_type") else str(value)


class DateCell(Widget):  # type: ignore[misc]
    """A day: 2026-11-07, 11/7/2026 (month first) or Nov 07, 2026."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = text_of(value)
        if not text:
            return None
        for form in DATE_FORMATS:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
        raise ValueError(f"“{text}” is not a date; write 2026-11-07 or 11/7/2026 (month first).")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        if value is None:
            return ""
        return value if kwargs.get("force_native_type") else value.isoformat()


class YesNoCell(Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        if text.lower() in YES | NO:
            return text.lower() in YES
        raise ValueError(f"“{text}” is neither Yes nor No.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "Yes" if value else "No"


class ChoiceCell(Widget):  # type: ignore[misc]
    """One of a field's choices, by its value or by its name on screen, whatever the case. Blank gives `blank`."""

    def __init__(self, choices: list[tuple[str, Any]], *, blank: str | None = None) -> None:
        super().__init__()
        self.choices, self.blank = choices, blank

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        if not text and self.blank is not None:
            return self.blank
        for choice, label in self.choices:
            if text.casefold() in (choice.casefold(), str(label).casefold()):
                return choice
        raise ValueError(f"“{text}” is none of: {', '.join(str(label) for _, label in self.choices)}.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return str(dict(self.choices).get(value, value or ""))


class RelatedCell(Widget):  # type: ignore[misc]
    """An object by its natural key, never by ours; each is looked up once."""

    def __init__(self, model: type[Model], key: str, *, upper: bool = False) -> None:
        super().__init__()
        self.model, self.key, self.upper = model, key, upper
        self.found: dict[str, Model | None] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = unescape(text_of(value))
        text = text.upper() if self.upper else text
        if text not in self.found:
            self.found[text] = self.model._default_manager.filter(**{self.key: text}).first() if text else None
        if self.found[text] is None:
            name = self.model._meta.verbose_name
            raise ValueError(f"There is no {name} “{text}”." if text else f"The {name} is missing.")
        return self.found[text]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return escape(str(getattr(value, self.key))) if value else ""
