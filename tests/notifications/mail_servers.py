"""Mail servers on loopback that do what a test wants, and the outbox that is sent to them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

# What a server says to a command: None takes it. Arguments: the recipient, and how often it was asked.
Answer = Callable[[str, int], str | None]


def takes_all(to: str, asked: int) -> str | None:
    return None


@dataclass
class Inbox:
    """What was taken, in its order; `asked` counts the recipients named, taken or not."""

    port: int = 0
    rcpt: Answer = takes_all
    data: Answer = takes_all
    mails: list[EmailMessage] = field(default_factory=list)
    asked: int = 0
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> list:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.asked += 1
        refusal = self.rcpt(address, self.asked)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data(envelope.rcpt_tos[0], self.asked)
        if answer == "hang up":
            server.transport.abort()
        if answer is None:
            self.mails.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return answer or "250 taken"

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.mails]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def mail_server(**answers: Answer) -> Iterator[Inbox]:
    """A server that takes e-mails, unless `rcpt` or `data` says what it answers instead."""
    inbox = Inbox(port=free_port(), **answers)
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


@contextmanager
def bad_server(say: bytes, *, every: float = 0) -> Iterator[int]:
    """A server that says `say` when it is called and then nothing, or a byte of it each `every` seconds; its port."""
    ending = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    called: list[socket.socket] = []

    def talk(caller: socket.socket) -> None:
        pieces = [bytes([byte]) for byte in say] if every else [say]
        for piece in pieces:
            try:
                caller.sendall(piece)
            except OSError:
                return
            if every:
                time.sleep(every)

    def serve() -> None:
        while not ending.is_set():
            try:
                caller, _address = listener.accept()
            except TimeoutError:
                continue
            called.append(caller)
            threading.Thread(target=talk, args=(caller,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ending.set()
        thread.join()
        for open_socket in (*called, listener):
            open_socket.close()


def by_smtp(settings: Any, port: int, *, timeout: float = 5) -> None:
    """Send by SMTP to `port` of this machine; `timeout` in seconds."""
    settings.EMAIL_BACKEND = "notifications.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
