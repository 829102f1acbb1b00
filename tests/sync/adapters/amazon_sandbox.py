"""Amazon at loopback: Login with Amazon and getListingsRestrictions, in the shapes that Amazon publishes."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sync.adapters.amazon import AmazonRestrictions, Seller

APP_ID = "amzn1.application-oa2-client.0123456789abcdef"
CLIENT_SECRET = "amzn1.oa2-cs.v1.secret-of-the-application"
RESTRICTIONS_PATH = "/listings/2021-08-01/restrictions"
TOKEN_PATH = "/auth/o2/token"
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ASIN = "B0000ASIN1"
ONE = Seller("1", "A1SELLERONE00", "Atzr|refresh-one", "US")
TWO = Seller("2", "A2SELLERTWO00", "Atzr|refresh-two", "US")
ACCESS = {ONE.refresh_token: "Atza|access-one", TWO.refresh_token: "Atza|access-two"}
REQUIRED = ("asin", "sellerId", "marketplaceIds")


def link(resource: str, title: str = "Request Approval via Seller Central.") -> dict[str, str]:
    return {"resource": resource, "verb": "GET", "title": title, "type": "text/html"}


def reason(code: str | None, message: str, *links: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"message": message}
    if code:
        found["reasonCode"] = code
    if links:
        found["links"] = list(links)
    return found


def restriction(
    *reasons: Mapping[str, Any], condition: str = "new_new", place: str = "ATVPDKIKX0DER"
) -> dict[str, Any]:
    return {"marketplaceId": place, "conditionType": condition, "reasons": list(reasons)}


def errors(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": ""}]}


QUOTA = errors("QuotaExceeded", "You exceeded your quota for the requested resource.")


class AmazonSandbox:
    """Answers by ASIN from `restrictions`; `next_replies` (path, status, headers, body) come first, in their order.

    `refresh_tokens`: the sellers that have authorised the application. `asked` and `logins` are what came in.
    """

    def __init__(self) -> None:
        self.restrictions: dict[str, list[Any]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.next_replies: list[tuple[str, int, dict[str, str], Any]] = []
        self.asked: list[dict[str, str]] = []
        self.logins: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.rate = "5.0"
        self.drip = 0.0
        sandbox = self

        class Handler(_Handler):
            amazon = sandbox

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.token_url = self.endpoint + TOKEN_PATH
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, status: int, body: Any, *, path: str = RESTRICTIONS_PATH, times: int = 1, **headers: str) -> None:
        """The next `times` replies at `path`. A body of text is sent as a web page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.next_replies += [(path, status, named, body)] * times

    def login(self, form: Mapping[str, str]) -> tuple[int, Any]:
        if (form.get("client_id"), form.get("client_secret")) != (APP_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        access = self.refresh_tokens.get(form.get("refresh_token", ""))
        if access is None:
            described = f"The request has an invalid grant parameter : refresh_token {form.get('refresh_token')}"
            return 400, {"error": "invalid_grant", "error_description": described}
        token = {"access_token": access, "refresh_token": form["refresh_token"]}
        return 200, {**token, "token_type": "bearer", "expires_in": 3600}

    def ask(self, query: Mapping[str, str], token: str | None) -> tuple[int, Any]:
        if token not in self.refresh_tokens.values():
            return 403, errors("Unauthorized", f"Access to requested resource is denied for {token}.")
        missing = [name for name in REQUIRED if not query.get(name)]
        if missing or query["asin"] == "BAD_ASIN":
            return 400, errors("BAD_REQUEST", f"Invalid '{(missing or ['asin'])[0]}' provided.")
        return 200, {"restrictions": self.restrictions.get(query["asin"], [])}


@contextmanager
def running_sandbox() -> Iterator[AmazonSandbox]:
    """A sandbox whose application the sellers ONE and TWO have authorised."""
    sandbox = AmazonSandbox()
    sandbox.refresh_tokens = dict(ACCESS)
    try:
        yield sandbox
    finally:
        sandbox.close()


class StillClock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def adapter(sandbox: AmazonSandbox, clock: StillClock, **changes: Any) -> AmazonRestrictions:
    options: dict[str, Any] = {
        "lwa_app_id": APP_ID,
        "lwa_client_secret": CLIENT_SECRET,
        "endpoint": sandbox.endpoint,
        "token_url": sandbox.token_url,
        "sleep": clock.sleep,
        "clock": lambda: clock.now,
    }
    return AmazonRestrictions(**{**options, **changes})


def codes(count: int) -> list[str]:
    """ASINs."""
    return [f"B{number:09}" for number in range(count)]


class _Handler(BaseHTTPRequestHandler):
    amazon: AmazonSandbox
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        form = _single(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.amazon.logins.append(form)
        self._reply(TOKEN_PATH, lambda: self.amazon.login(form))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = _single(parts.query)
        self.amazon.asked.append(query)
        self.amazon.headers.append({name.lower(): value for name, value in self.headers.items()})
        self._reply(RESTRICTIONS_PATH, lambda: self.amazon.ask(query, self.headers.get("x-amz-access-token")))

    def _reply(self, path: str, usual: Any) -> None:
        if urlsplit(self.path).path != path:
            self._send(404, {}, errors("NotFound", "The specified resource does not exist."))
            return
        planned = next((reply for reply in self.amazon.next_replies if reply[0] == path), None)
        if planned is not None:
            self.amazon.next_replies.remove(planned)
            self._send(*planned[1:])
            return
        status, body = usual()
        has_rate = path == RESTRICTIONS_PATH and status in (200, 400, 404)
        self._send(status, {"x-amzn-RateLimit-Limit": self.amazon.rate} if has_rate else {}, body)

    def _send(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        is_page = isinstance(body, str)
        data = body.encode() if is_page else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        self.send_header("x-amzn-RequestId", "6875f61f-6aa1-11e8-98c6-9bcfe3b2d6f5")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self._write(data)
        except OSError:  # who asked has stopped listening
            self.close_connection = True

    def _write(self, data: bytes) -> None:
        if not self.amazon.drip:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            time.sleep(self.amazon.drip)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
