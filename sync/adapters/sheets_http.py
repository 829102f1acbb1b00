"""Requests to Google with bounds on all that may come back: time, size, redirects, failures.

gspread and google-auth send theirs through here and not through `requests`, which knows no deadline while bytes
drip in, reads the whole body of a redirect that it does not follow, and minds proxies and .netrc.
"""

import http.client
import ipaddress
import json
import random
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from sync.adapters.reading import Unreachable
from sync.adapters.transport import Clock, TooMuch, new_connection, read_body
from sync.adapters.waits import LONGEST_WAIT, asked_wait

# Seconds.
CONNECTING = 5.0
WAITING_FOR_BYTES = 15.0
TRIES = 2
# A refusal is a few hundred bytes of JSON.
MOST_BYTES_OF_A_REFUSAL = 100_000

_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer read to its end; google-auth reads it too. Of a refusal that is too large `data` is empty."""

    status: int
    headers: Message
    data: bytes

    @property
    def retry_after(self) -> float | None:
        return asked_wait(self.headers)

    @property
    def says(self) -> str:
        """The words of a refusal in lower case, to tell one from another; never to be shown."""
        return self.data.decode("utf-8", "replace").lower()

    def failure(self, who: str) -> Unreachable | None:
        """What every address may answer: busy, broken, elsewhere; `None` for any other status."""
        if self.status == 429:
            text = f"{who} asks us to wait: it was asked too often within a minute."
        elif self.status >= 500:
            text = f"{who} has a fault of its own (status {self.status}): it is asked again at the next poll."
        elif 300 <= self.status < 400:
            text = f"{who} answers with a redirect, which is not followed: a proxy or login page stands in its place."
        else:
            return None
        return Unreachable(text, retry_after=self.retry_after)


class _Passing(Exception):
    """No answer came, but one may come a little later; the message is for people."""


class Wire:
    """Sends requests, each over a connection of its own: 2 tries on 429, 5xx and broken connections, no redirects.

    All that is sent since `start` ends after `total_seconds`; more than `most_bytes`, unpacked, are refused.
    """

    def __init__(self, *, total_seconds: float, most_bytes: int, sleep: Callable[[float], None]) -> None:
        self._total_seconds = total_seconds
        self._clock = Clock(total_seconds)
        self._most_bytes = most_bytes
        self._sleep = sleep

    def start(self) -> None:
        self._clock.start()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer, whatever its status. Raises `Unreachable` where there is none, or it is too large or late."""
        for attempt in range(1, TRIES + 1):
            answer, broken = self._try(method, url, headers, body)
            if answer is not None and answer.status != 429 and answer.status < 500:
                return answer
            wait = self._wait_after(answer)
            if attempt == TRIES or wait is None:
                break
            self._sleep(wait)
        if answer is None:
            raise Unreachable(str(broken)) from broken
        return answer

    def _try(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Answer | None, _Passing | None]:
        try:
            return self._once(method, url, headers, body), None
        except TooMuch:
            most = f"{self._most_bytes / 1024 / 1024:,.1f} MB"
            raise Unreachable(
                f"Google sent more than {most}: the sheet is too large, remove what is not needed."
            ) from None
        except OSError as error:  # before the others: a bad certificate is a ValueError too
            return None, _Passing(self._words(error))
        except (EOFError, zlib.error, http.client.HTTPException, ValueError):
            # What these errors quote is the answer's own text.
            return None, _Passing("Google's answer broke off or is damaged: nothing of it is taken.")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        parts = urlsplit(url)
        connection = new_connection(
            parts.hostname or "", parts.port, secure=parts.scheme == "https", clock=self._clock,
            seconds=WAITING_FOR_BYTES, most=self._most_bytes,
        )  # fmt: skip
        try:
            connection.timeout = self._clock.at_most(CONNECTING)
            connection.connect()
            connection.sock.settimeout(self._clock.at_most(WAITING_FOR_BYTES))
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, {**headers, "Accept-Encoding": "gzip", "Connection": "close"})
            with connection.getresponse() as response:
                return Answer(response.status, response.headers, self._data(response))
        finally:
            connection.close()

    def _data(self, response: http.client.HTTPResponse) -> bytes:
        zipped = (response.headers.get("Content-Encoding") or "").strip().lower() == "gzip"
        if response.status == 200:
            return read_body(response, self._most_bytes, zipped=zipped)
        try:
            return read_body(response, MOST_BYTES_OF_A_REFUSAL, zipped=zipped)
        except (TooMuch, EOFError, zlib.error, http.client.HTTPException):
            return b""

    def _wait_after(self, answer: Answer | None) -> float | None:
        """Seconds until the next try, jitter included; `None` where that is left to the next poll."""
        asked = answer.retry_after if answer else None
        wait = (1.0 if asked is None else asked) + random.random()
        return None if (asked or 0.0) > LONGEST_WAIT or wait >= self._clock.left() else wait

    def _words(self, error: OSError) -> str:
        if self._clock.left() <= 0:
            return f"Google did not finish its answer within {self._total_seconds:g} seconds."
        if isinstance(error, ssl.SSLCertVerificationError):
            return "Google's certificate is not valid here: check this machine's clock, and the network's proxy."
        if isinstance(error, TimeoutError):
            return "Google did not answer in time: check the network of this machine."
        if isinstance(error, socket.gaierror):
            return "Google's address is not known here: check the name server of this machine."
        return "Google cannot be reached, or broke off: check the network and the firewall of this machine."


def with_query(url: str, params: Mapping[str, Any] | None) -> str:
    """`url` with `params` behind it; of a list every value."""
    return f"{url}?{urlencode(params, doseq=True)}" if params else url


def as_json(value: object) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of a request that sends `value`."""
    return json.dumps(value, allow_nan=False).encode(), {"Content-Type": "application/json"}


def checked_base(url: str, setting: str) -> str:
    """`url` without its last slash. Raises `Unreachable` unless it is https, or http to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        usable = bool(host.encode("idna")) and parts.port != 0 and bool(_VISIBLE.fullmatch(url))
    except ValueError:  # a port that is no number, a host that no name can be
        raise Unreachable(f"{setting} is not an address such as https://sheets.googleapis.com.") from None
    plain = parts.username is None and "?" not in url and "#" not in url
    if not usable or not plain or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))):
        raise Unreachable(f"{setting} has to be an https:// address without a user, a password or a query.")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
