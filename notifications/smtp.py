"""SMTP with a limit on the whole conversation."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

AGAIN = 0.1  # seconds between two looks at a connection that is not there yet


class _Watched(smtplib.SMTP):
    """Says that it is there before it connects."""

    def __init__(self, *args: Any, watch: Callable[[smtplib.SMTP], None], **kwargs: Any) -> None:
        watch(self)
        super().__init__(*args, **kwargs)


class _WatchedTls(smtplib.SMTP_SSL):
    def __init__(self, *args: Any, watch: Callable[[smtplib.SMTP], None], **kwargs: Any) -> None:
        watch(self)
        super().__init__(*args, **kwargs)


class SmtpBackend(EmailBackend):
    """Django's own, but `timeout` is for all that is said about one e-mail, connecting and signing in included.

    A socket's timeout starts anew with each byte: a server that drips would keep a sender for hours. Raises
    TimeoutError where the time is over; the connection is closed then.
    """

    _smtp: smtplib.SMTP | None = None
    _is_limited = False

    @property
    def connection_class(self) -> Any:
        return partial(_WatchedTls if self.use_ssl else _Watched, watch=self._watch)

    def open(self) -> bool | None:
        with self.limited():
            return super().open()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with self.limited():
            return super().send_messages(email_messages)

    def close(self) -> None:
        with self.limited():
            super().close()

    def _watch(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    @contextmanager
    def limited(self) -> Iterator[None]:
        """All that is said within it, the outermost one, ends when the time is over."""
        if self._is_limited or not self.timeout:
            yield
            return
        over, done = threading.Event(), threading.Event()
        watcher = threading.Thread(target=self._cut_late, args=(over, done), daemon=True)
        self._is_limited = True
        watcher.start()
        try:
            yield
        except (OSError, smtplib.SMTPException) as error:
            if over.is_set() or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                raise TimeoutError(f"The mail server took longer than {self.timeout:g} seconds.") from error
            raise
        finally:
            self._is_limited = False
            done.set()
            watcher.join()

    def _cut_late(self, over: threading.Event, done: threading.Event) -> None:
        wait = float(self.timeout or 0)
        while not done.wait(wait):
            over.set()
            connected = getattr(self._smtp, "sock", None)
            if connected is not None:
                _cut(connected)
            wait = AGAIN


def _cut(connected: socket.socket) -> None:
    """End what is read and written there, even inside TLS, whose own shutdown would ask the other side."""
    try:
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
    except OSError:
        return  # it has ended already
