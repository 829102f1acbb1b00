"""E-mails leave here: each is claimed, handed to the server, and marked sent once the server has taken it.

A sender that dies leaves a claim that runs out; the next one sends again with the same Message-ID. So an e-mail arrives
at least once, and twice only where a sender died between the server's answer and the mark.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.urls import reverse

from common.transactions import durable
from notifications.channel import Channel, Fault
from notifications.models import AlertKind, Email, EmailState
from notifications.services.alerts import close_alert, raise_alert

log = structlog.get_logger(__name__)

# Longer than EMAIL_TIMEOUT may be.
LEASE = timedelta(minutes=2)
# How long one call goes on claiming: less than a task may take.
BUDGET = timedelta(seconds=90)
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    *[timedelta(hours=12)] * 5,
)  # the last try is the eleventh, within three days of the first
MOST_ATTEMPTS = len(BACK_OFF) + 1
# A server that takes nothing for so long is told.
TROUBLE_TOLD_AFTER = timedelta(hours=1)
SERVER = "server"
LOST = Fault("Each of its senders was lost before the end.", is_final=False)


@dataclass(frozen=True)
class SendReport:
    """How many were `sent`, `refused` for good, given up (`failed`), or kept for `later`. `trouble`: what is wrong with
    the server itself, so that the rest was not tried.
    """

    sent: int = 0
    refused: int = 0
    failed: int = 0
    later: int = 0
    trouble: str = ""

    @property
    def tried(self) -> int:
        return self.sent + self.refused + self.failed + self.later

    def __add__(self, other: "SendReport") -> "SendReport":
        return SendReport(
            self.sent + other.sent,
            self.refused + other.refused,
            self.failed + other.failed,
            self.later + other.later,
            self.trouble or other.trouble,
        )

    def __str__(self) -> str:
        counts = f"{self.sent} sent, {self.refused} refused, {self.failed} given up, {self.later} later"
        return f"{counts}; {self.trouble}" if self.trouble else counts


def send_due_emails(*, now: datetime, most: int = 50, lease: timedelta = LEASE) -> SendReport:
    """Send up to `most` e-mails that are due, the oldest first; any number of senders may do so at once.

    Ends early where the server itself is in trouble: what was not tried yet is left as it was. No transaction is open
    while the server is waited for.
    """
    started = time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - started)

    report = SendReport()
    keys = _due_keys(now, most)
    if not keys:
        return report
    with Channel() as channel:
        for pk in keys:
            if report.trouble or clock() - now > BUDGET:
                break
            # Looked at first: a claim in vain would make others wait for the write lock.
            is_due = Email.objects.due(clock()).filter(pk=pk).exists()
            email = _claim(pk=pk, now=clock(), lease=lease) if is_due else None
            if email is not None:
                report += _send(channel, email, clock)
    return report


def _due_keys(now: datetime, most: int) -> list[int]:
    """What lost senders left behind, then what waits; each by its own index."""
    left = list(Email.objects.left_behind(now).order_by("claimed_until").values_list("pk", flat=True)[:most])
    ready = Email.objects.ready(now).order_by("next_try_at", "id").values_list("pk", flat=True)
    return [*left, *ready[: most - len(left)]]


@durable
def _claim(*, pk: int, now: datetime, lease: timedelta) -> Email | None:
    """One conditional UPDATE; the try is counted before it begins. None where another sender has it."""
    mine = Email.objects.due(now).filter(pk=pk)
    if not mine.update(state=EmailState.SENDING, claimed_until=now + lease, attempts=F("attempts") + 1):
        return None
    return Email.objects.get(pk=pk)


def _send(channel: Channel, email: Email, clock: Callable[[], datetime]) -> SendReport:
    fault = LOST if email.attempts > MOST_ATTEMPTS else channel.send(_message(email))
    if fault is None:
        _mark_sent(email=email, now=clock())
        return SendReport(sent=1)
    log.warning("e-mail was not sent", email=email.pk, attempt=email.attempts, error=fault.words)
    state = _mark_failed(email=email, fault=fault, now=clock())
    trouble = fault.words if fault.is_of_server else ""
    return SendReport(
        refused=int(state == EmailState.REFUSED),
        failed=int(state == EmailState.FAILED),
        later=int(state == EmailState.WAITING),
        trouble=trouble,
    )


def _message(email: Email) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        to=[email.to],
        headers={"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(email.html, "text/html")
    return message


@durable
def _mark_sent(*, email: Email, now: datetime) -> None:
    """The server has it, whoever holds the claim by now."""
    unsent = Email.objects.filter(pk=email.pk).exclude(state=EmailState.SENT)
    unsent.update(state=EmailState.SENT, sent_at=now, claimed_until=None)
    close_alert(kind=AlertKind.MAIL_TROUBLE, fold_key=SERVER)


@durable
def _mark_failed(*, email: Email, fault: Fault, now: datetime) -> EmailState:
    """When it is tried again, if at all; what is not is an alert. Writes nothing where another sender has the claim."""
    if fault.is_final:
        state = EmailState.REFUSED
    else:
        state = EmailState.WAITING if email.attempts < MOST_ATTEMPTS else EmailState.FAILED
    next_try_at = now + BACK_OFF[email.attempts - 1] if state == EmailState.WAITING else email.next_try_at
    mine = Email.objects.filter(
        pk=email.pk, state=EmailState.SENDING, attempts=email.attempts, claimed_until=email.claimed_until
    )
    if mine.update(state=state, claimed_until=None, next_try_at=next_try_at, last_error=fault.words[:500]):
        _tell(email, state, fault, now)
    return state


def _tell(email: Email, state: EmailState, fault: Fault, now: datetime) -> None:
    """An alert, which is never e-mailed, where a person must do something."""
    if state == EmailState.REFUSED:
        title, key = f"E-mails to {email.to} are refused", f"refused:{email.to}"
    elif state == EmailState.FAILED:
        title, key = "E-mails were given up after three days", "failed"
    elif fault.is_of_server and now - email.created_at >= TROUBLE_TOLD_AFTER:
        title, key = "The mail server takes no e-mails", SERVER
    else:
        return
    kept = "It waits and is tried again." if state == EmailState.WAITING else "It is kept: mend that and try it again."
    raise_alert(
        kind=AlertKind.MAIL_TROUBLE,
        title=title,
        body=f"“{email.subject}” to {email.to}: {fault.words}\n{kept}",
        link=reverse("admin:notifications_email_change", args=[email.pk]),
        fold_key=key,
    )
