"""Issuing and revoking API tokens; answering a request once."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone

from access.models import ApiToken, IdempotencyKey
from common.errors import Conflict, DomainError
from common.history import note_update
from common.transactions import OutcomeUnknown

Answer = tuple[int, dict[str, Any]]
KEY = re.compile(r"[!-~]{1,200}", re.ASCII)


class UnusableKey(DomainError):
    """An Idempotency-Key that is empty, too long or not plain text."""

    code = "idempotency_key_unusable"
    title = "The Idempotency-Key cannot be used"
    status = 400


class KeyReused(DomainError):
    """An Idempotency-Key that came before with another body."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class StillRunning(Conflict):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "idempotency_key_in_use"
    title = "The same request is still running"


def issue_token(*, user: User, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new API token of `user` and its secret, which is never shown again."""
    with transaction.atomic():
        token, secret = ApiToken.issue(user=user, name=name)
        if expires_at:
            token.expires_at = expires_at
            token.save(update_fields=["expires_at"])
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    """The token stops working at once. The time of the first revocation stays."""
    now = timezone.now()
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            note_update([token], {"revoked_at": now})
    token.refresh_from_db(fields=["revoked_at"])


def answer_once(*, user: User, key: str, body: bytes, act: Callable[[], Answer]) -> Answer:
    """The status and answer of `act`, which takes effect once for each `key` of `user`.

    The same `body` again gets the stored answer; the answer is what JSON makes of it (amounts and dates are
    strings). Where `act` raises, the key is free again. A process that dies inside `act`, and an answer of the
    database that was lost, leave the key in use for good: whether `act` took effect is then for a person to see, and
    never tried twice.

    Raises UnusableKey, KeyReused (another body), StillRunning. Call it outside any transaction: `act` opens
    its own.
    """
    if not KEY.fullmatch(key):
        raise UnusableKey("The Idempotency-Key must be 1 to 200 visible ASCII characters.", field="Idempotency-Key")
    digest = sha256(body).hexdigest()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key, body_digest=digest)
    except IntegrityError:
        return _earlier_answer(user, key, digest)
    try:
        status, raw = act()
        answer: dict[str, Any] = json.loads(json.dumps(raw, cls=DjangoJSONEncoder))
    except OutcomeUnknown:
        raise  # it may have taken effect: the key stays in use
    except Exception:
        IdempotencyKey.objects.filter(pk=row.pk, status=None).delete()
        raise
    IdempotencyKey.objects.filter(pk=row.pk).update(status=status, answer=answer)
    return status, answer


def _earlier_answer(user: User, key: str, digest: str) -> Answer:
    row = IdempotencyKey.objects.filter(user=user, key=key).first()
    if row is not None and row.body_digest != digest:
        raise KeyReused(
            f"The Idempotency-Key “{key}” came before with another body. Use a new key for a new request.",
            field="Idempotency-Key",
        )
    if row is None or row.status is None:
        raise StillRunning(
            f"A request with the Idempotency-Key “{key}” has not been answered yet. Try again in a few "
            "seconds; if this lasts, look whether it took effect before you send it with a new key.",
            field="Idempotency-Key",
        )
    return row.status, row.answer or {}
