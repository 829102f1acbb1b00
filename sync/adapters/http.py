"""One outside system asked over HTTP, by a caller that expects the worst of its answers.

This is the standard library's client and not `requests`, which reads the whole, unpacked body of a redirect that
it is told not to follow, knows no deadline while headers drip in, and takes tokens from .netrc and proxies from
the environment. Certificates are checked against the system's store, or the file that SSL_CERT_FILE names.
"""

import http.client
import random
import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlencode, urlsplit

import structlog

from sync.adapters.reading import Unreachable
from sync.adapters.transport import Clock, TooMuch, is_dropped, new_connection, read_body
from sync.adapters.waits import LONGEST_WAIT, asked_wait

log = structlog.get_logger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_BYTES = 20_000_000
PASSING = (429, 500, 502, 503, 504)
JITTER = (0.2, 1.0)

_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
_LIKE_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete body, unpacked, and the ETag of what was asked (`""`: none)."""

    body: bytes
    etag: str


class NotThere(Unreachable):
    """The address answers, but not at this path (status 404)."""


class _Passing(Unreachable):
    """What may be over in a moment: worth asking once more."""


class Caller:
    """GET requests to one outside system, one at a time, over one kept connection. Close it after use.

    `name` begins sentences (`The AutoFBA panel`); `address_setting` and `token_setting` name the settings that
    `base` and `token` come from. `timeout`: seconds for connecting and for each wait for bytes. `total_seconds`
    is for one `get`, its second try included; `most_bytes` is for one unpacked body. Raises Unreachable for an
    address or a token that cannot be used.
    """

    def __init__(
        self, base: str, token: str, *, name: str, address_setting: str, token_setting: str,
        timeout: tuple[float, float] = (5, 15), total_seconds: float = 30, most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.name, self._address_setting, self._token_setting = name, address_setting, token_setting
        self._timeout, self._most_bytes, self._sleep = timeout, most_bytes, sleep
        parts = _address(base.strip(), address_setting)
        self._prefix = parts.path.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {_token(token.strip(), token_setting)}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "product-allocation-system",
        }
        self._clock = Clock(total_seconds)
        self._connection = new_connection(
            parts.hostname or "", parts.port, secure=parts.scheme == "https", clock=self._clock,
            seconds=timeout[1], most=most_bytes,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; a later `get` opens another one."""
        self._connection.close()

    def get(self, path: str, params: Mapping[str, str], *, etag: str = "") -> Reply | None:
        """What `path` (quoted, from `/`) answers to `params`; None = unchanged since the reply that gave `etag`.

        Asks once more after 429, 5xx and broken connections, unless we are asked to wait more than 10 seconds.
        Raises Unreachable: the reply is complete, of status 200 and no web page, or there is none. NotThere: 404.
        """
        target = self._prefix + path + (f"?{urlencode(params)}" if params else "")
        etag = _usable_etag(etag)
        self._clock.start()
        try:
            return self._ask(path, target, etag)
        except _Passing as failure:
            asked = failure.retry_after or 0
            wait = asked + random.uniform(*JITTER)
            if asked > LONGEST_WAIT or wait >= self._clock.left():
                raise
            log.warning("asking_once_more", reason=str(failure), seconds=round(wait, 1))
        self._sleep(wait)
        return self._ask(path, target, etag)

    def _ask(self, path: str, target: str, etag: str) -> Reply | None:
        done = False
        try:
            with self._send(target, etag) as response:
                self._check_status(response, path, allow_unchanged=bool(etag))
                reply = self._reply(response) if response.status == 200 else None
            done = True
            return reply
        except TooMuch:
            raise Unreachable(
                f"{self.name} sent more than {self._most_bytes:,} bytes in one answer, which is not taken. "
                "Ask its makers to keep to pages of 200 objects."
            ) from None
        except OSError as error:  # first: a bad certificate is a ValueError too
            raise self._broken(error) from error
        except (http.client.HTTPException, ValueError):
            # What these errors quote is the answer's own text, which belongs in no log.
            raise _Passing(
                f"{self.name} broke off its answer, or sent something that is not HTTP. "
                f"If this goes on, check {self._address_setting} and what stands between us (proxy, firewall)."
            ) from None
        finally:
            if not done:
                self.close()

    def _send(self, target: str, etag: str) -> http.client.HTTPResponse:
        connect_seconds, read_seconds = self._timeout
        connection = self._connection
        if connection.sock is not None and is_dropped(connection.sock):
            connection.close()
        if connection.sock is None:
            connection.timeout = self._clock.at_most(connect_seconds)
            connection.connect()
        connection.sock.settimeout(self._clock.at_most(read_seconds))
        connection.request("GET", target, headers=self._headers | ({"If-None-Match": etag} if etag else {}))
        return connection.getresponse()

    def _check_status(self, response: http.client.HTTPResponse, path: str, *, allow_unchanged: bool) -> None:
        status, name, setting = response.status, self.name, self._address_setting
        if status == 200 or (status == 304 and allow_unchanged):
            return
        if status in (401, 403):
            raise Unreachable(
                f"{name} refuses our token (status {status}): put a valid one into {self._token_setting}."
            )
        if status == 404:
            raise NotThere(
                f"{name} has nothing at {path} (status 404): set {setting} to the address before /v1, as in "
                "https://api.example.com."
            )
        if 300 <= status < 400 and status != 304:
            raise Unreachable(
                f"{name} sends us to another address (status {status}); redirects are not followed: "
                f"set {setting} to the final address."
            )
        if status not in PASSING:
            raise Unreachable(f"{name} answered with status {status}, which is no answer to a list. Ask its makers.")
        words = "is asked too often" if status == 429 else "is out of order"
        wait = asked_wait(response.headers)
        then = "It will be asked again at the next poll."
        if wait is not None and wait > LONGEST_WAIT:
            then = f"It asks us to wait {max(round(wait / 60), 1)} minutes, and will be asked again after that."
        raise _Passing(f"{name} {words} at the moment (status {status}). {then}", retry_after=wait)

    def _reply(self, response: http.client.HTTPResponse) -> Reply:
        encoding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise Unreachable(
                f"{self.name} packs its answer in a way that we did not ask for. Ask its makers for gzip."
            )
        try:
            body = read_body(response, self._most_bytes, zipped=encoding != "identity")
        except (EOFError, zlib.error):
            raise _Passing(
                f"{self.name} sent only a part of its answer, or damaged it on the way: nothing of it is taken."
            ) from None
        if "html" in response.headers.get("Content-Type", "").lower() or _LIKE_HTML.match(body):
            raise Unreachable(
                f"{self.name} answered with a web page; perhaps a login page. "
                f"Check that {self._address_setting} is the address of its API, and {self._token_setting}."
            )
        return Reply(body, _usable_etag(response.headers.get("ETag", "").strip()))

    def _broken(self, error: OSError) -> Unreachable:
        setting = self._address_setting
        if isinstance(error, ssl.SSLCertVerificationError):
            return Unreachable(
                f"{self.name} shows a certificate that we do not trust ({error.verify_message}). Check {setting}; "
                "the certificate of an authority of your own goes into the system's store, or into SSL_CERT_FILE."
            )
        if isinstance(error, TimeoutError):
            return _Passing(
                f"{self.name} did not answer in time. If this goes on, check {setting} and whether it is up."
            )
        if isinstance(error, socket.gaierror):
            return _Passing(f"{self.name} cannot be found: the host name in {setting} is not known. Check it.")
        return _Passing(f"{self.name} cannot be reached ({_words(error)}). Check {setting} and whether it is up.")


def _address(base: str, setting: str) -> SplitResult:
    """The parts of a usable address: https, or http to this machine; host, port and path only."""
    try:
        parts = urlsplit(base)
        usable = bool(parts.hostname and parts.hostname.encode("idna")) and parts.port != 0
    except ValueError:  # a port that is no number, a host that no name can be
        usable = False
    if not usable or not _VISIBLE.fullmatch(base) or parts.scheme not in ("https", "http"):
        raise Unreachable(f"{setting} is not a web address such as https://api.example.com.")
    if parts.username is not None or "?" in base or "#" in base:
        raise Unreachable(
            f"{setting} holds more than an address: leave out user, password and whatever follows a ? or #."
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Unreachable(f"{setting} must begin with https://: over http anybody on the way could read our token.")
    return parts


def _token(token: str, setting: str) -> str:
    if not token:
        raise Unreachable(f"{setting} is not set: put the token in there that we are to show.")
    if not _VISIBLE.fullmatch(token):
        raise Unreachable(f"{setting} holds characters that no token has (spaces, line ends, accents): copy it again.")
    return token


def _usable_etag(etag: str) -> str:
    """`etag` where it can be sent back as it is, else `""`: without one we only read more."""
    return etag if len(etag) <= 200 and _VISIBLE.fullmatch(etag) else ""


def _words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers there"
    return "no secure connection" if isinstance(error, ssl.SSLError) else "the connection broke off"
