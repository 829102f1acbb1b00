"""Reads typed fields out of parsed JSON and collects every fault with its path."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

MAX_TEXT = 200
_MISSING = object()
_DECIMAL = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,40}))?", re.ASCII)


class Reader:
    """One JSON object at `path`; a fault is noted, never raised, and a harmless value stands in for it."""

    def __init__(self, data: object, path: str, errors: list[dict[str, str]]) -> None:
        self.path = path
        self.errors = errors
        self.broken = False
        self.known: set[str] = set()
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self._note(path or "$", f"must be an object, not {_kind(data)}")
            self.data = {}
        self.is_object = isinstance(data, dict)

    def rows(self, name: str) -> list[Reader]:
        """The objects of a list; an omitted list is empty."""
        value = self._take(name, [])
        if not isinstance(value, list):
            self.fault(name, f"must be a list, not {_kind(value)}")
            return []
        return [Reader(row, f"{name}[{index}]", self.errors) for index, row in enumerate(value)]

    def text(self, name: str) -> str:
        value = self._take(name)
        if value is _MISSING:
            return ""
        if not isinstance(value, str):
            self.fault(name, f"must be a string, not {_kind(value)}")
        elif not value.strip() or len(value) > MAX_TEXT:
            self.fault(name, f"must have 1 to {MAX_TEXT} characters")
        elif not value.isprintable():
            self.fault(name, "has a character that cannot be printed")
        else:
            return value
        return ""

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._take(name, default)
        if not isinstance(value, str) or value not in choices:
            self.fault(name, f"must be one of {', '.join(choices)}, not {_show(value)}")
            return default
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self._take(name, _MISSING if default is None else default)
        if value is _MISSING:
            return low
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(name, f"must be a whole number, not {_show(value)}")
        elif not low <= value <= high:
            self.fault(name, f"must be from {low} to {high}, not {_show(value)}")
        else:
            return value
        return low

    def whole_or_none(self, name: str, low: int, high: int) -> int | None:
        self.known.add(name)
        return None if self.data.get(name) is None else self.whole(name, low, high)

    def number(self, name: str, low: float, high: float, default: float | None = None, above: bool = False) -> float:
        """A finite JSON number from `low` (or above it) to `high`."""
        value = self._take(name, _MISSING if default is None else default)
        if value is _MISSING:
            return high
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(name, f"must be a number, not {_show(value)}")
        elif isinstance(value, float) and not math.isfinite(value):
            self.fault(name, f"must be a finite number, not {value}")
        elif value < low or value > high or (above and value == low):
            self.fault(name, f"must be {'above' if above else 'from'} {low:g} to {high:g}, not {_show(value)}")
        else:
            return float(value)
        return high

    def money(self, name: str, high: Decimal, places: int = 4, signed: bool = False) -> Decimal:
        """USD from 0 (or −`high` when signed) to `high` with at most `places` decimals."""
        value = self._take(name)
        if value is _MISSING:
            return Decimal(0)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fault(name, f"must be an amount such as 12.50, not {_show(value)}")
            return Decimal(0)
        match = _DECIMAL.fullmatch(_plain(value))
        if not match:
            self.fault(name, f"is not a plain finite amount: {_show(value)}")
        elif match[1] and not signed and float(match[0]) != 0:
            self.fault(name, f"must not be negative: {_show(value)}")
        elif len((match[3] or "").rstrip("0")) > places:
            self.fault(name, f"has more than {places} decimals: {_show(value)}")
        elif abs(Decimal(match[0])) > high:
            self.fault(name, f"must be at most {high}, not {_show(value)}")
        else:
            return abs(Decimal(match[0])) if not signed else Decimal(match[0])
        return Decimal(0)

    def money_or_none(self, name: str, high: Decimal) -> Decimal | None:
        self.known.add(name)
        return None if self.data.get(name) is None else self.money(name, high)

    def done(self) -> None:
        """Every key was asked for; others are faults."""
        for name in self.data:
            if name not in self.known:
                self.fault(str(name)[:MAX_TEXT], "is not a known key")

    def fault(self, name: str, message: str) -> None:
        self._note(f"{self.path}.{name}" if self.path else name, message)

    def _note(self, path: str, message: str) -> None:
        self.broken = True
        self.errors.append({"path": path, "message": message})

    def _take(self, name: str, default: object = _MISSING) -> Any:
        self.known.add(name)
        value = self.data.get(name, default)
        if value is _MISSING and self.is_object:
            self.fault(name, "is missing")
        return value


def _plain(value: str | int | float) -> str:
    """A number in plain notation; text stays what it is, so that "1e5", " 1" and "1_000" are refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "above the range"
    return format(Decimal(repr(value)), "f") if math.isfinite(value) else repr(value)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number"}
    return "null" if value is None else names.get(type(value), "a number")


def _show(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
        return "a number of more than 20 digits"
    shown = repr(value) if isinstance(value, str | int | float) else _kind(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
