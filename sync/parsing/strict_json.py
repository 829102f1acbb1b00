"""JSON read strictly: what a lenient reader lets pass ends up in a ledger or poisons a stored row."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from common.errors import Problem
from sync.parsing.issues import UnusableFile, shorten
from sync.parsing.tables import read_bytes

MAX_DEPTH = 20


class _Refused(ValueError):
    """What the strict rules refuse; the message completes "… is not usable JSON: "."""


def load_json(source: Path | bytes, name: str) -> Any:
    """The JSON value in `source`; numbers with a point or exponent as `Decimal`.

    Raises `UnusableFile` for anything but UTF-8 JSON, and for NaN, Infinity, repeated keys, lone surrogates,
    and values nested deeper than 20. `name` is the file's name in messages.
    """
    data = read_bytes(source, name)
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip().startswith("<"):
            raise _Refused("it is a web page; perhaps a login page was saved")
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object)
        _check(value)
    except UnicodeDecodeError as error:
        raise _unusable(name, "it is not UTF-8 text") from error
    except RecursionError as error:
        raise _unusable(name, f"it is nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        raise _unusable(name, f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except _Refused as error:
        raise _unusable(name, str(error)) from error
    except (ValueError, ArithmeticError) as error:  # an integer or an exponent of thousands of digits
        raise _unusable(name, "it holds a number that is far too long") from error
    return value


def load_list(source: Path | bytes, name: str) -> list[Any]:
    """The list in `source`, or the list under `data` of a reply's envelope. Raises `UnusableFile`."""
    value = load_json(source, name)
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    if not isinstance(value, list):
        raise UnusableFile([Problem("", f"{name} is not a list of objects.")])
    return value


def _unusable(name: str, reason: str) -> UnusableFile:
    return UnusableFile([Problem("", f"{name} is not usable JSON: {reason}.")])


def _no_constant(word: str) -> NoReturn:
    raise _Refused(f"it holds {word}, which is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"an object has the key '{shorten(twice)}' twice")
    return found


def _check(value: Any) -> None:
    """Depth and text, level by level and without recursion."""
    level = [value]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused(f"it is nested deeper than {MAX_DEPTH} levels")
        below: list[Any] = []
        for item in level:
            _CHECKS.get(type(item), _pass)(item, below)
        level = below


def _text(item: str, below: list[Any]) -> None:
    try:
        item.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _Refused("it holds half of a surrogate pair, which is no text") from error


def _members(item: dict[str, Any], below: list[Any]) -> None:
    below.extend(item.keys())
    below.extend(item.values())


def _items(item: list[Any], below: list[Any]) -> None:
    below.extend(item)


def _pass(item: Any, below: list[Any]) -> None:
    """Numbers, true, false and null need no check."""


_CHECKS: dict[type, Callable[[Any, list[Any]], None]] = {str: _text, dict: _members, list: _items}
