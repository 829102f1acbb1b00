"""Ways to send that fail as no real server does."""

from datetime import timedelta
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend

from notifications.models import Email


class BrokenBackend(BaseEmailBackend):
    """Fails in a way that nobody thought of."""

    def send_messages(self, email_messages: Any) -> int:
        raise KeyError("surprise")


class SilentBackend(BaseEmailBackend):
    """Sends nothing and says so."""

    def send_messages(self, email_messages: Any) -> int:
        return 0


class SlowBackend(BaseEmailBackend):
    """So slow that its lease ends and another sender does the work; then it fails."""

    def send_messages(self, email_messages: Any) -> int:
        from django.conf import settings

        from notifications.services import send_due_emails

        claimed_until = Email.objects.get().claimed_until
        assert claimed_until is not None
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert send_due_emails(now=claimed_until + timedelta(seconds=1)).sent == 1
        raise ConnectionError("too late")
