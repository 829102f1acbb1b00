"""System checks of how e-mail leaves."""

import re
from collections.abc import Sequence
from email.utils import getaddresses
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# Characters that the outbox has room for.
LONGEST_ADDRESS = 254
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


@register(Tags.compatibility)
def shared_address_is_one(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """Every alert is written for it in the transaction that it tells of: one that cannot be stored would stop work, and
    one that cannot be sent to would leave everybody untold.
    """
    given = settings.ALLOCATION_EMAIL
    found = [address for _name, address in getaddresses([given])]
    if not given or (len(given) <= LONGEST_ADDRESS and len(found) == 1 and re.fullmatch(r"[^@\s]+@[^@\s]+", found[0])):
        return []
    return [
        Error(
            f"ALLOCATION_EMAIL must be one e-mail address of at most {LONGEST_ADDRESS} characters, or nothing: "
            f"{given[:100]!r}.",
            hint="Several people get the alerts through a mailing list, or by choosing kinds at “My notifications”.",
            id="notifications.E001",
        )
    ]
