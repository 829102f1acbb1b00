"""A mail server on loopback that takes everything and keeps count. No Django."""

import asyncio
import random
import threading
import time
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from types import TracebackType
from typing import Self

# Seconds between taking an e-mail and saying so: where a sender is killed then, it is sent again.
SLOWEST_ANSWER = 0.006
PARSER = BytesHeaderParser()


@dataclass(frozen=True)
class Arrival:
    """One e-mail that was taken, at `at` (seconds since the epoch)."""

    subject: str
    message_id: str
    at: float


class SmtpServer:
    """To be used in a `with`: listens on `port` of 127.0.0.1 in a thread of its own."""

    def __init__(self, seed: int) -> None:
        self.port = 0
        self.arrivals: list[Arrival] = []
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()

    async def _hang_up(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation; a sender that is killed ends it anywhere."""
        try:
            writer.write(b"220 bench\r\n")
            while line := await reader.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._take(await reader.readuntil(b"\r\n.\r\n"))
                    await asyncio.sleep(self._random.uniform(0, SLOWEST_ANSWER))
                writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 fine\r\n")
                await writer.drain()
                if command == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _take(self, raw: bytes) -> None:
        headers: Message = PARSER.parsebytes(raw)
        self.arrivals.append(Arrival(str(headers["Subject"]), str(headers["Message-ID"]), time.time()))
