"""What is to be told is written beside what it tells of; sending is another matter."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.encoding import punycode

from notifications.mail_text import Mail, Section, alert_mail, digest_mail
from notifications.models import DIGEST, Alert, Email, MailChoice

VIEW = "notifications.view_alert"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Recipient:
    """An address that is told; `is_shared` for the one that gets everything, false for a user who chose the kind."""

    address: str
    is_shared: bool


def recipients_of(kind: str) -> list[Recipient]:
    """ALLOCATION_EMAIL, and the active staff who have an address, chose `kind` and may see alerts; each once."""
    found: dict[str, Recipient] = {}
    if settings.ALLOCATION_EMAIL:
        bare = parseaddr(settings.ALLOCATION_EMAIL)[1]
        found[bare.lower()] = Recipient(settings.ALLOCATION_EMAIL, True)
    # Who may see alerts is a large question: it is asked only about those who chose the kind.
    if choosers := list(MailChoice.objects.filter(kind=kind).order_by().values_list("user", flat=True)):
        users = User.objects.with_perm(VIEW, backend=BACKEND).filter(pk__in=choosers, is_staff=True)
        for address in users.exclude(email="").order_by("pk").values_list("email", flat=True):
            found.setdefault(address.lower(), Recipient(address, False))
    return list(found.values())


def write_alert_emails(alert: Alert, *, now: datetime) -> int:
    """One e-mail for each who is to be told of `alert`; how many. In the transaction that changed the alert."""
    emails = [
        _email(
            alert_mail(alert, to=who.address, is_shared=who.is_shared),
            kind=alert.kind,
            to=who.address,
            message_id=_message_id(f"alert.{alert.pk}.{uuid.uuid4().hex}"),
            now=now,
            alert=alert,
        )
        for who in recipients_of(alert.kind)
    ]
    return len(Email.objects.bulk_create(emails))


def write_digest_emails(sections: Iterable[Section], *, day: date, now: datetime) -> int:
    """The digest of `day` for each who gets it and has none yet; how many were written.

    The Message-ID is made of the day and the address, and it is unique: two who write at once write one.
    """
    parts = list(sections)
    count = 0
    for who in recipients_of(DIGEST):
        person = hashlib.sha256(who.address.lower().encode()).hexdigest()[:24]
        message_id = _message_id(f"digest.{day:%Y-%m-%d}.{person}")
        if Email.objects.filter(message_id=message_id).exists():
            continue
        mail = digest_mail(parts, day=day, to=who.address, is_shared=who.is_shared)
        try:
            with transaction.atomic():
                _email(mail, kind=DIGEST, to=who.address, message_id=message_id, now=now).save(force_insert=True)
        except IntegrityError:
            if not Email.objects.filter(message_id=message_id).exists():
                raise
        else:
            count += 1
    return count


def _email(mail: Mail, *, kind: str, to: str, message_id: str, now: datetime, alert: Alert | None = None) -> Email:
    return Email(
        kind=kind,
        alert=alert,
        to=to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=message_id,
        next_try_at=now,
        created_at=now,
    )


def _message_id(name: str) -> str:
    """`name` at the domain that we write from."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{name}@{punycode(domain)[:100] or 'localhost'}>"
