"""Faults on request: what a real service does on a bad day, for as many requests as asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sync.devservers.calls import CallRefused, Interface, Reply, json_reply

# What is said instead of the answer, how the answer travels, and what is wrong in its data.
REPLACING = ("429", "500", "503_html", "html_200", "redirect", "wrong_json", "401")
TRAVELLING = ("slow", "drip", "truncated", "huge")
TROUBLES = ("shuffled_pages", "duplicates", "half_gone", "circle")
KINDS = (*REPLACING, *TRAVELLING, *TROUBLES)
PREFIXES = ("/sheets", "/panel", "/ungating", "/token")
OPTIONS = ("retry_after", "seconds", "megabytes", "location")

HTML = b"""<!DOCTYPE html>
<html><head><title>%s</title></head><body><h1>%s</h1></body></html>
"""
HUGE_START, HUGE_PART = b'{"data": [', b'{"id": "0000000000", "filler": "%s"},\n' % (b"x" * 65_000)


class BadFault(ValueError):
    """A fault that cannot be: the message says why."""


@dataclass(slots=True)
class Fault:
    """`times` left, `None` until cleared. `seconds`: how late (slow), or between two bytes (drip)."""

    path: str
    kind: str
    times: int | None
    retry_after: int | None = None
    seconds: float = 0.0
    megabytes: int = 0
    location: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `GET /_faults` lists it; times 0 = until cleared."""
        return {"path": self.path, "kind": self.kind, "times": self.times or 0, "retry_after": self.retry_after}


class FaultBook:
    """The faults that are waiting for their requests. The first that fits a request is taken."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def add(self, path: str, kind: str, times: object = 1, /, **options: Any) -> None:
        """Adds a fault for the next `times` requests (0: until cleared) whose path starts so. Raises BadFault."""
        if kind not in KINDS:
            raise BadFault(f"There is no fault {kind!r}; there are {', '.join(KINDS)}.")
        if path != "/" and not path.startswith(PREFIXES):
            raise BadFault(f"No interface is at {path!r}: a path starts with {', '.join(PREFIXES)}, or is /.")
        if kind in TROUBLES and not able(path, kind):
            raise BadFault(f"{path} has no lists or pages that {kind} could happen to.")
        if isinstance(times, bool) or not isinstance(times, int) or times < 0:
            raise BadFault("times must be a whole number: 0 means until cleared.")
        fault = Fault(path, kind, times or None, **_options(kind, options))
        with self._lock:
            self._faults.append(fault)

    def take(self, path: str) -> Fault | None:
        """The fault of a request to `path`, counted down."""
        with self._lock:
            for fault in self._faults:
                if path.startswith(fault.path) and (fault.kind not in TROUBLES or able(path, fault.kind)):
                    if fault.times is not None:
                        fault.times -= 1
                        self._faults = [other for other in self._faults if other.times != 0]
                    return fault
        return None

    def clear(self) -> None:
        """No faults any more."""
        with self._lock:
            self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The faults that are still waiting."""
        with self._lock:
            return [fault.as_json() for fault in self._faults]


def able(path: str, kind: str) -> bool:
    """Whether requests to `path` can have this trouble: pages do not exist in a spreadsheet."""
    return path == "/" or path.startswith(("/panel", "/ungating")) or (path.startswith("/sheets") and kind != "circle")


def parse_fault(text: str) -> tuple[str, str, int]:
    """`/panel/v1/clients=429:3` as (path, kind, times). Raises BadFault."""
    path, separator, rest = text.partition("=")
    kind, colon, times = rest.partition(":")
    if not separator or (colon and not (times.isascii() and times.isdigit() and len(times) < 7)):
        raise BadFault(f"{text!r} is no fault: write PATH=KIND or PATH=KIND:TIMES, as in /panel/v1/clients=429:3.")
    return path, kind, int(times) if colon else 1


def replaced(fault: Fault, interface: Interface, elsewhere: str) -> Reply | None:
    """What the fault says instead of the answer; `None` where there is an answer."""
    after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.kind:
        case "429":
            return _with(interface.refuse(CallRefused(429, "Quota exceeded: too many requests.")), after)
        case "500":
            return _with(interface.refuse(CallRefused(500, "Internal error encountered.")), after)
        case "401":
            return interface.refuse(CallRefused(401, "The access token is not accepted."))
        case "503_html":
            return _html(503, b"503 Service Unavailable", after)
        case "html_200":
            return _html(200, b"Please sign in", {})
        case "redirect":
            return Reply(302, b"", {"Location": fault.location or elsewhere})
        case "wrong_json":
            return json_reply({"message": "ok"})
        case "huge":
            return Reply(200, b"", {"Content-Type": "application/json; charset=utf-8"})
    return None


def travelling(body: bytes, fault: Fault, wait: Callable[[float], bool]) -> Iterator[bytes]:
    """The body's pieces as the fault lets them through; `wait` sleeps and answers True where all is to end."""
    if fault.kind == "truncated":
        yield body[: len(body) // 2]
    elif fault.kind == "drip":
        for index in range(len(body)):
            if index and wait(fault.seconds):
                return
            yield body[index : index + 1]
    else:
        yield HUGE_START
        for _ in range(fault.megabytes * 1024 * 1024 // len(HUGE_PART) + 1):
            if wait(0):
                return
            yield HUGE_PART


def _options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise BadFault(f"A fault has no {unknown[0]!r}; there are path, kind, times, {', '.join(OPTIONS)}.")
    found: dict[str, Any] = {
        "seconds": 5.0 if kind == "slow" else 1.0,
        "megabytes": 200,
        "location": "",
        "retry_after": None,
    }
    found.update({name: value for name, value in options.items() if value is not None})
    for name in ("seconds", "megabytes", "retry_after"):
        value = found[name]
        fits = isinstance(value, (int, float) if name == "seconds" else int) and not isinstance(value, bool)
        if value is not None and not (fits and 0 <= value <= 100_000):
            raise BadFault(f"{name} must be a number from 0 to 100,000.")
    if not isinstance(found["location"], str):
        raise BadFault("location must be an address.")
    return found


def _with(reply: Reply, headers: Mapping[str, str]) -> Reply:
    return Reply(reply.status, reply.body, {**reply.headers, **headers})


def _html(status: int, title: bytes, headers: Mapping[str, str]) -> Reply:
    return Reply(status, HTML % (title, title), {"Content-Type": "text/html; charset=utf-8", **headers})
