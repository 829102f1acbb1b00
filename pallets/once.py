"""Forms that take effect once: each carries a key, and the same form sent again gets the first one's answer."""

import time
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from access.models import IdempotencyKey
from access.services import StillRunning, answer_once
from common.people import signed_in

FIELD = "once"
PATIENCE = 20  # seconds that a second click waits for the first one's answer
PAUSE = 0.2
IGNORED = {FIELD, "csrfmiddlewaretoken"}


def new_key() -> str:
    """For the hidden field of a form that is shown."""
    return token_hex(16)


def only_once(request: HttpRequest, act: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """What `act` answers (JSON), and whether it had been asked before: then nothing was done again.

    The same form with other contents, as after “Back”, is another request. A form without a key acts each time.
    A second click waits for the first one's answer. Raises StillRunning where that takes long, and as `act` does.
    Call it outside any transaction.
    """
    key = _key(request)
    if key is None:
        return act(), False
    done = False

    def first() -> tuple[int, dict[str, Any]]:
        nonlocal done
        done = True
        return 200, act()

    until = time.monotonic() + PATIENCE
    while True:
        try:
            answer = answer_once(user=signed_in(request), key=key, body=b"", act=first)[1]
        except StillRunning as error:
            if time.monotonic() > until:
                raise StillRunning(
                    _("This form was sent before and is not done yet. See what came of it, then open it anew.")
                ) from error
            time.sleep(PAUSE)
        else:
            return answer, not done


def answered(request: HttpRequest) -> dict[str, Any] | None:
    """The answer that this form got when it was sent before; None where it was not."""
    key = _key(request)
    row = IdempotencyKey.objects.filter(user=signed_in(request), key=key).first() if key else None
    return row.answer if row else None


def _key(request: HttpRequest) -> str | None:
    """The form's key with a digest of its contents."""
    given = request.POST.get(FIELD)
    if not given:
        return None
    contents = sorted((name, tuple(values)) for name, values in request.POST.lists() if name not in IGNORED)
    return f"{given[:64]}:{request.path[-80:]}:{sha256(repr(contents).encode()).hexdigest()[:32]}"
