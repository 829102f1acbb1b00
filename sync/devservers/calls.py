"""A request and its reply, apart from the sockets they travel on."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class CallRefused(Exception):
    """A call that gets an error instead of an answer; every interface writes it in its own form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `segments` are the path's parts, decoded; header names are in lower case."""

    method: str
    path: str
    segments: tuple[str, ...]
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def one(self, name: str) -> str:
        """The parameter's value, `""` where it is not given. Raises CallRefused where it is given twice."""
        values = self.query.get(name, ())
        if len(values) > 1:
            raise CallRefused(400, f"The parameter {name} is given {len(values)} times.")
        return values[0] if values else ""

    def bearer(self) -> str:
        """The bearer token, `""` where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def has_token(self, token: str) -> bool:
        """Whether this bearer token came along."""
        return hmac.compare_digest(self.bearer().encode(), token.encode())

    def json(self) -> dict[str, Any]:
        """The body's JSON object. Raises CallRefused for any other body."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise CallRefused(400, "The body is not JSON.") from error
        if not isinstance(value, dict):
            raise CallRefused(400, "The body is not a JSON object.")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. The server adds Content-Length."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Interface(Protocol):
    """One of the outside interfaces, under its path prefix."""

    def answer(self, call: Call, trouble: str) -> Reply:
        """The reply; `trouble` is the kind of a fault in the data, or `""`. Raises CallRefused."""
        ...

    def refuse(self, refused: CallRefused) -> Reply:
        """The error in this interface's form."""
        ...


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with JSON in UTF-8."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def only(call: Call, method: str) -> None:
    """Raises CallRefused unless the call is made by `method`."""
    if call.method != method:
        raise CallRefused(405, f"{call.method} is not possible here, {method} is.")
