"""What a test or a person asks of the servers themselves: faults and the last requests."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Lock

from sync.devservers.calls import Call, CallRefused, Reply, json_reply
from sync.devservers.faults import BadFault, FaultBook

KEPT = 200
SECRET_PARAMETERS = ("access_token", "api_key", "apikey", "key", "password", "secret", "token")


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it is told: never a header or a body. `authorized`: whether an Authorization header came."""

    method: str
    path: str
    query: dict[str, list[str]]
    authorized: bool
    status: int


class RequestLog:
    """The last 200 requests to the interfaces."""

    def __init__(self) -> None:
        self._requests: deque[Logged] = deque(maxlen=KEPT)
        self._lock = Lock()

    def note(self, call: Call, status: int) -> Logged:
        """Keeps the request without what is secret in it."""
        logged = Logged(call.method, call.path, _shown(call.query), "authorization" in call.headers, status)
        with self._lock:
            self._requests.append(logged)
        return logged

    def all(self) -> tuple[Logged, ...]:
        """The requests, the oldest first."""
        with self._lock:
            return tuple(self._requests)


class Control:
    """`/_faults` and `/_requests`."""

    def __init__(self, faults: FaultBook, log: RequestLog) -> None:
        self._faults = faults
        self._log = log

    def answer(self, call: Call, trouble: str) -> Reply:
        """Raises CallRefused."""
        match call.method, call.segments:
            case "GET", ("_requests",):
                return json_reply({"requests": [asdict(logged) for logged in self._log.all()]})
            case "GET", ("_faults",):
                return json_reply({"faults": self._faults.as_json()})
            case "DELETE", ("_faults",):
                self._faults.clear()
                return json_reply({"faults": []})
            case "POST", ("_faults",):
                return self._add(call)
            case _, ("_elsewhere",):
                return json_reply({"message": "This is where the fault 'redirect' leads."})
        raise CallRefused(404, f"There is no {call.method} {call.path}; there are /_faults and /_requests.")

    def refuse(self, refused: CallRefused) -> Reply:
        """`{"error": message}`."""
        return json_reply({"error": refused.message}, refused.status)

    def _add(self, call: Call) -> Reply:
        # A page of another site could send a form here, but not JSON.
        if not call.headers.get("content-type", "").startswith("application/json"):
            raise CallRefused(415, "A fault is JSON: send Content-Type: application/json.")
        wanted = call.json()
        path, kind, times = wanted.pop("path", None), wanted.pop("kind", None), wanted.pop("times", 1)
        if not isinstance(path, str) or not isinstance(kind, str):
            raise CallRefused(400, 'A fault has a path and a kind, as in {"path": "/panel/v1/clients", "kind": "429"}.')
        try:
            self._faults.add(path, kind, times, **wanted)
        except BadFault as error:
            raise CallRefused(400, str(error)) from error
        return json_reply({"faults": self._faults.as_json()}, 201)


def _shown(query: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: ["…"] if name.lower() in SECRET_PARAMETERS else list(values) for name, values in query.items()}
