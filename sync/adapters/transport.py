"""A connection for one outside system whose answers cannot drip, swell or end early without being noticed."""

import http.client
import io
import selectors
import socket
import ssl
import time
import zlib
from functools import partial
from typing import Any, cast

# Room for a reply's headers and the sizes of its chunks, beside the body.
OVERHEAD_BYTES = 1_000_000

_PIECE = 65_536


class TooMuch(Exception):
    """More bytes than are taken in one reply."""


class Clock:
    """The time that one call may take, tries and waits together."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.start()

    def start(self) -> None:
        self._end = time.monotonic() + self._seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def at_most(self, seconds: float) -> float:
        """`seconds`, or what is left if that is less. Raises TimeoutError where nothing is left."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return min(seconds, left)


class _Timed(io.RawIOBase):
    """A socket's bytes until the clock runs out or `most` have come, however slowly or quickly they come."""

    def __init__(self, raw: Any, sock: socket.socket, clock: Clock, seconds: float, most: int) -> None:
        self._raw, self._sock, self._clock, self._seconds, self._left = raw, sock, clock, seconds, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._clock.at_most(self._seconds))
        count: int = self._raw.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise TooMuch
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Status line, headers and body are all read through `_Timed`."""

    def __init__(self, sock: socket.socket, *args: Any, clock: Clock, seconds: float, most: int, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Timed(raw, sock, clock, seconds, most))


def new_connection(
    host: str, port: int | None, *, secure: bool, clock: Clock, seconds: float, most: int
) -> http.client.HTTPConnection:
    """A connection, not yet opened, that waits at most `seconds` for bytes and takes `most` of them in a body."""
    made = partial(_Response, clock=clock, seconds=seconds, most=most + OVERHEAD_BYTES)
    if secure:
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(host, port or 443, context=context)
    else:
        connection = http.client.HTTPConnection(host, port or 80)
    connection.response_class = cast(type[http.client.HTTPResponse], made)
    return connection


def is_dropped(sock: socket.socket) -> bool:
    """Whether an idle connection was closed by the other side, or has bytes that nobody asked for."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def read_body(response: http.client.HTTPResponse, most: int, *, zipped: bool) -> bytes:
    """The whole body. Raises TooMuch, EOFError where its end is missing, zlib.error."""
    body = bytearray()
    part = zlib.decompressobj(16 + zlib.MAX_WBITS)
    while piece := response.read(_PIECE):
        while piece and zipped:
            if part.eof:  # gzip may be several members in a row
                part = zlib.decompressobj(16 + zlib.MAX_WBITS)
            # One byte more than fits tells too much from just enough, and is never 0, which means no limit.
            body += part.decompress(piece, most + 1 - len(body))
            if len(body) > most:
                raise TooMuch
            piece = part.unconsumed_tail or part.unused_data
        body += piece
        if len(body) > most:
            raise TooMuch
    if response.length or (zipped and not part.eof):
        raise EOFError
    return bytes(body)
