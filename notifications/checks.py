"""System checks of how e-mail leaves."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

# Backends that send nothing: fine while one develops, a silent loss where people wait for their mail.
SENDS_NOTHING = {
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased", "locmem")
}


@register(Tags.security, deploy=True)
def mail_leaves_this_machine(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """A real installation names a mail server or a provider, unless nobody shall get mail."""
    if not settings.ALLOCATION_EMAIL or settings.EMAIL_BACKEND not in SENDS_NOTHING:
        return []
    return [
        Warning(
            f"E-mail to {settings.ALLOCATION_EMAIL} goes to {settings.EMAIL_BACKEND}, which sends nothing.",
            hint="Set EMAIL_URL=smtp+tls://user:password@host:587, or EMAIL_BACKEND to one of anymail's with its "
            "ANYMAIL_… settings; or ALLOCATION_EMAIL to nothing where nobody shall get mail.",
            id="notifications.W001",
        )
    ]
