"""JSON read strictly: what a lenient reader lets pass ends in a ledger, or poisons a stored row."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 40
# Possessive, and an unterminated string matches to the end: one pass whatever the body.
STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[\[\]{}]', re.DOTALL)


class StrictJSONParser(JSONParser):
    """The body as JSON, with numbers with a point or exponent as `Decimal`.

    Raises ParseError (400) for anything but UTF-8 JSON, NaN and Infinity, a key given twice, half a surrogate
    pair, arrays and objects nested deeper than 32, numbers of more than 40 characters and bodies over 1 MB.
    After parsing `request.body` still holds the raw bytes, for an idempotency key's digest.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {}).get("request")
        if request is None:
            return read_json(stream.read(MAX_BYTES + 1))
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
            _refuse_size()
        try:
            return read_json(request.body)
        except OSError as error:
            raise ParseError("The body could not be read: the connection ended early.", "unreadable") from error


def read_json(raw: bytes) -> Any:
    """The JSON value in `raw`. Raises ParseError naming what is wrong with it."""
    if len(raw) > MAX_BYTES:
        _refuse_size()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 text: byte {error.start + 1} is wrong.", "not_utf8") from error
    if _depth(text) > MAX_DEPTH:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.", "too_deep")
    try:
        value = json.loads(
            text, parse_float=_number, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise ParseError(
            f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.", "invalid_json"
        ) from error
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _refuse_size() -> NoReturn:
    raise ParseError(f"The body is larger than {MAX_BYTES:,} bytes.", "too_large")


def _depth(text: str) -> int:
    """How deep arrays and objects nest, found without recursion; brackets in strings do not count."""
    depth = deepest = 0
    for match in STRING_OR_BRACKET.finditer(text):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The key {_shown(key)} is given twice in one object.", "duplicate_key")
        found[key] = value
    return found


def _constant(word: str) -> NoReturn:
    raise ParseError(f"{word} is not a number that JSON knows.", "not_a_number")


def _whole(digits: str) -> int:
    _refuse_length(digits)
    return int(digits)


def _number(digits: str) -> Decimal:
    _refuse_length(digits)
    try:
        return Decimal(digits)
    except ArithmeticError as error:
        raise ParseError(f"The number {digits} is out of range.", "number_too_long") from error


def _refuse_length(digits: str) -> None:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise ParseError(f"A number has more than {MAX_NUMBER_LENGTH} characters.", "number_too_long")


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ParseError(
            "The body holds half of a surrogate pair (\\ud800 to \\udfff), which is no text.",
            "lone_surrogate",
        ) from error


def _shown(key: str) -> str:
    """The key as JSON in ASCII, cut: it may hold anything."""
    return json.dumps(key[:60])
