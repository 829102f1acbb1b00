"""Google on loopback, scripted: a token endpoint that checks signatures, and the values of a spreadsheet."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from sync.adapters.reading import Unreachable
from sync.adapters.sheets import Sheets

EMAIL = "reader@warehouse.iam.gserviceaccount.com"
SPREADSHEET = "1AbC-d_9"
TOKEN = "ya29.secret-token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Reply:
    """`raw` writes the whole answer by itself, status line included; the connection ends after it."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BinaryIO], None] | None = None


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Google:
    """`tabs` are answered truly, unless `answers` (or `token_answers`) hold something else for the next request."""

    url: str
    folder: Path
    waits: list[float] = field(default_factory=list)
    tabs: dict[str, list[list[Any]]] = field(default_factory=dict)
    answers: list[Reply] = field(default_factory=list)
    token_answers: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    token_requests: int = 0
    scopes: list[str] = field(default_factory=list)
    living_token: str = TOKEN

    def sheets(self, key_file: Path | None = None, **options: Any) -> Sheets:
        """A reader of this Google that notes its waits and does not wait."""
        settings: dict[str, Any] = {"api": self.url, "sleep": self.waits.append} | options
        return Sheets(key_file or self.key_file(), **settings)

    def key_file(self, **changed: Any) -> Path:
        """A service account's key file; an entry changed to None is left out."""
        entries = {
            "type": "service_account", "project_id": "warehouse", "private_key_id": "k1", "private_key": private_key(),
            "client_email": EMAIL, "token_uri": f"{self.url}/token", "universe_domain": "googleapis.com",
        } | changed  # fmt: skip
        file = self.folder / "key.json"
        file.write_text(json.dumps({name: entry for name, entry in entries.items() if entry is not None}))
        return file

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.token_requests += 1
            return self.token_answers.pop(0) if self.token_answers else self._token(asked)
        self.asked.append(asked)
        if self.answers:
            return self.answers.pop(0)
        if asked.headers.get("authorization") != f"Bearer {self.living_token}":
            return Reply(401, refusal(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"))
        values = f"/v4/spreadsheets/{SPREADSHEET}/values"
        if (asked.method, asked.path) == ("GET", f"{values}:batchGet"):
            return self._values(asked.params)
        if (asked.method, asked.path) == ("POST", f"{values}:batchUpdate"):
            return self._written(json.loads(asked.body))
        return Reply(404, refusal(404, "Requested entity was not found.", "NOT_FOUND"))

    def _token(self, asked: Asked) -> Reply:
        form = parse_qs(asked.body.decode())
        assert form["grant_type"] == [GRANT]
        claims = jwt.decode(form["assertion"][0], certs=public_key(), audience="https://oauth2.googleapis.com/token")
        assert claims["iss"] == EMAIL
        self.scopes.append(claims["scope"])
        return Reply(200, {"access_token": self.living_token, "expires_in": 3599, "token_type": "Bearer"})

    def _values(self, params: dict[str, list[str]]) -> Reply:
        found = []
        major = params.get("majorDimension", ["ROWS"])[0]
        for name in params["ranges"]:
            tab, _, columns = name.partition("!")
            if tab.strip("'").replace("''", "'") not in self.tabs:
                return Reply(400, refusal(400, f"Unable to parse range: {name}", "INVALID_ARGUMENT"))
            rows = self.tabs[tab.strip("'").replace("''", "'")]
            if columns:
                letter = ord(columns[0]) - ord("A")
                rows = [row[letter : letter + 1] for row in rows]
            lines = [list(line) for line in zip_longest(*rows, fillvalue="")] if major == "COLUMNS" else rows
            found.append({"range": name, "majorDimension": major} | ({"values": lines} if lines else {}))
        return Reply(200, {"spreadsheetId": SPREADSHEET, "valueRanges": found})

    def _written(self, body: dict[str, Any]) -> Reply:
        count = sum(len(row) for part in body["data"] for row in part["values"])
        return Reply(200, {"spreadsheetId": SPREADSHEET, "totalUpdatedCells": count})


def failure(call: Callable[[], object]) -> Unreachable:
    """What `call` raises; nothing secret is in it, nor in what a traceback would show."""
    with pytest.raises(Unreachable) as caught:
        call()
    shown = ""
    error: BaseException | None = caught.value
    while error is not None:
        shown += repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert not any(secret in shown for secret in (TOKEN, "PRIVATE", private_key()[60:90], "hush"))
    return caught.value


def refusal(code: int, message: str, status: str) -> dict[str, Any]:
    """The body of a refusal in Google's form."""
    return {"error": {"code": code, "message": message, "status": status}}


def dripping(start: bytes, pause: float = 0.02) -> Reply:
    """`start` at once, then a byte at a time for as long as anyone reads."""

    def drip(out: BinaryIO) -> None:
        out.write(start)
        for _ in range(200):
            out.write(b"x")
            out.flush()
            time.sleep(pause)

    return Reply(raw=drip)


def cut_off(body: bytes, missing: int) -> Reply:
    """An answer whose last `missing` bytes never come."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + missing}\r\n\r\n".encode()
    return Reply(raw=lambda out: out.write(head + body))


def packed(body: bytes) -> Reply:
    return Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


@cache
def _key() -> rsa.RSAPrivateKey:
    # Half of the usual size: quicker to load, and it guards nothing.
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def private_key() -> str:
    kind = serialization.PrivateFormat.PKCS8
    return _key().private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def public_key() -> bytes:
    return _key().public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip


@contextmanager
def running_google(folder: Path) -> Iterator[Google]:
    """A Google on a free port of this machine; its key file goes into `folder`."""
    google = Google("", folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = google.answer(Asked(self.command, parts.path, parse_qs(parts.query), headers, body))
            if reply.raw:
                self._write_raw(reply.raw)
                return
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(data))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def _write_raw(self, raw: Callable[[BinaryIO], None]) -> None:
            with suppress(OSError):  # the reader has had enough
                raw(self.wfile)

        def log_message(self, *_: Any) -> None:
            """Tests say themselves what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    google.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002})
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
