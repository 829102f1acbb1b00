"""The daily digest. What it tells is gathered by those who know it."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from common.transactions import durable
from notifications.mail_text import Section
from notifications.services.outbox import write_digest_emails


@durable
def send_digest(*, sections: Sequence[Section], day: date) -> int:
    """Write the digest of `day` for everybody who gets it, once however often this is called; e-mails written."""
    return write_digest_emails(sections, day=day, now=timezone.now())
