"""A scripted HTTP server on loopback: what an outside system may answer, good and bad."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from sync.adapters.http import Caller, Reply
from sync.adapters.reading import Unreachable

TOKEN = "sk-live-4711-secret"


@dataclass(frozen=True)
class Request:
    """`path` as it came, still quoted; of a parameter given twice the last one."""

    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    connection: int


@dataclass(frozen=True)
class Answer:
    """`raw` writes the whole answer by itself, status line included; the connection ends after it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[BinaryIO], None] | None = None


Script = Callable[[Request], Answer]


@dataclass
class Upstream:
    url: str
    script: Script
    requests: list[Request] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    @property
    def connections(self) -> int:
        return len({request.connection for request in self.requests})


def in_turn(*answers: Answer) -> Script:
    """These answers one after the other; a further request is a fault of the test."""
    left = iter(answers)
    return lambda request: next(left)


def page(
    objects: list[Any], *, cursor: str | None = None, as_of: str | None = "2026-10-02T12:00:00Z", **headers: str
) -> Answer:
    """A page of a list as design.md section 5 has it; `cursor` = there is more."""
    envelope = {"data": objects, "next_cursor": cursor, "has_more": cursor is not None, "as_of": as_of}
    return Answer(body=json.dumps(envelope).encode(), headers={"Content-Type": "application/json"} | headers)


def bytes_of(*pieces: bytes, pause: Callable[[], object] = lambda: None) -> Answer:
    """An answer of these very bytes, with a `pause` after each."""

    def write(out: BinaryIO) -> None:
        for piece in pieces:
            out.write(piece)
            out.flush()
            pause()

    return Answer(raw=write)


@contextmanager
def upstream(script: Script, tls: Any = None) -> Iterator[Upstream]:
    """The server while it runs; `tls` is the SSL context to speak with."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            request = Request(parts.path, params, dict(self.headers.items()), self.client_address[1])
            running.requests.append(request)
            answer = running.script(request)
            if answer.raw is not None:
                self.close_connection = True
                answer.raw(self.wfile)
                return
            self.send_response(answer.status)
            for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the other side had enough of us, which is what these tests are about
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    running = Upstream(f"{scheme}://127.0.0.1:{server.server_address[1]}", script)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


OK = Answer(body=b'{"data": []}', headers={"ETag": '"v1"'})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def make_caller(base: str, **options: Any) -> Caller:
    """A caller of the panel whose waits take no time."""
    names = {"name": "The AutoFBA panel", "address_setting": "PANEL_URL", "token_setting": "PANEL_TOKEN"}
    return Caller(base, options.pop("token", TOKEN), **names, **{"sleep": lambda seconds: None} | options)


def ask(script: Script, **options: Any) -> tuple[Reply | None, int]:
    """The reply, and how many requests it took."""
    with upstream(script) as running, make_caller(running.url, **options) as caller:
        return caller.get("/v1/clients", {}), len(running.requests)


def refusal(script: Script, **options: Any) -> tuple[Unreachable, int]:
    """The error, which must not hold the token, and how many requests it took."""
    with upstream(script) as running, make_caller(running.url, **options) as caller:
        with pytest.raises(Unreachable) as caught, capture_logs() as logged:
            caller.get("/v1/clients", {"limit": "200"})
        assert TOKEN not in f"{caught.value!r} {caught.value} {logged} {vars(caught.value)}"
        return caught.value, len(running.requests)
