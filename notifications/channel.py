"""The way to the mail server, and what its failures mean."""

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from anymail.exceptions import (  # type: ignore[import-untyped]
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from notifications.mail_text import one_line
from notifications.smtp import SmtpBackend

log = structlog.get_logger(__name__)

SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD")
SHORTEST_SECRET = 6
# A provider's answers that are about this one message.
ABOUT_THE_MESSAGE = (400, 413, 422)


@dataclass(frozen=True)
class Fault:
    """Why an e-mail was not taken, in the server's words. `is_final`: another try would end the same.
    `is_of_server`: the next e-mail would fail likewise.
    """

    words: str
    is_final: bool
    is_of_server: bool = False


class Channel:
    """One connection for many e-mails, opened with the first and again after a failure. To be used in a `with`.

    Raises ImproperlyConfigured, before anything is claimed, where the settings name no usable way.
    """

    def __init__(self) -> None:
        self._connection = get_connection()
        self._limited: Callable[[], AbstractContextManager[None]] = nullcontext
        if isinstance(self._connection, SmtpBackend):
            self._limited = self._connection.limited

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> Fault | None:
        """Hand `message` over; None once the server has taken it."""
        try:
            with self._limited():
                self._connection.open()
                sent = self._connection.send_messages([message])
        except Exception as error:  # whatever a provider's library raises, the e-mail must be tried again
            self._close()
            return fault_of(error)
        return None if sent else Fault("The mail server took nothing and gave no reason.", is_final=False)

    def _close(self) -> None:
        # What was taken is taken, and what failed has failed, whatever the farewell says.
        with suppress(OSError, smtplib.SMTPException):
            self._connection.close()


def fault_of(error: Exception) -> Fault:
    """What `error` means for the e-mail and for the others."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
            return Fault(_words(f"{code} {_text(reply)}"), is_final=code >= 500)
        case smtplib.SMTPDataError():
            words = f"{error.smtp_code} {_text(error.smtp_error)}"
            return Fault(_words(words), is_final=error.smtp_code >= 500)
        case smtplib.SMTPResponseException():  # the sender, the password, the greeting: the same for every e-mail
            words = f"{error.smtp_code} {_text(error.smtp_error)}"
            return Fault(_words(words), is_final=False, is_of_server=True)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Fault(_words(str(error)), is_final=True)
        case AnymailAPIError():
            about_this = error.status_code in ABOUT_THE_MESSAGE
            return Fault(_words(str(error)), is_final=False, is_of_server=not about_this)
        case AnymailError():
            return Fault(_words(str(error)), is_final=False, is_of_server=True)
        case OSError() | smtplib.SMTPException():
            return Fault(_words(str(error) or type(error).__name__), is_final=False, is_of_server=True)
        case ValueError():  # an address or a header that no mail can have
            return Fault(_words(f"It cannot be written as an e-mail: {error}"), is_final=True)
    log.error("sending an e-mail failed unexpectedly", exc_info=error)
    return Fault(f"An unexpected error ({type(error).__name__}). See the log.", is_final=False, is_of_server=True)


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _words(words: str) -> str:
    """On one line, without our own secrets, which a server may repeat."""
    given = [settings.EMAIL_HOST_PASSWORD]
    given += [value for name, value in settings.ANYMAIL.items() if name.upper().endswith(SECRET_WORDS)]
    for secret in given:
        if isinstance(secret, str) and len(secret) >= SHORTEST_SECRET:
            words = words.replace(secret, "…")
    return one_line(words, 500)
