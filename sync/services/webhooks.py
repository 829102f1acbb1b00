"""Messages of outside systems: each is taken once and has its source read. They say when to look, never what is there.

The data comes from the reading itself, where what we know wins if it is newer.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from common.api.parsing import read_json
from common.errors import Conflict, DomainError
from common.transactions import durable
from sync.adapters.signatures import SETTING, UnusableSecret, decode_secret
from sync.models import SourceName, WebhookDelivery
from sync.services.polling import queue_due_polls, wake

log = structlog.get_logger(__name__)

# How long a message's id is remembered.
KEPT = timedelta(days=7)
LONGEST_TYPE = 200


class NotConfigured(DomainError):
    """There is no usable secret to check the source's messages with."""

    code = "not_configured"
    title = "Webhooks are not set up"
    status = 401


class UnusableMessage(DomainError):
    """An authentic message in a form that no sender of ours uses."""

    code = "unusable_message"
    title = "The message cannot be read"
    status = 400


class MessageIdReused(Conflict):
    """An id that came before with another body."""

    code = "message_id_reused"
    title = "The message's id was used before"


def secrets_of(source: SourceName) -> list[bytes]:
    """The secrets of `source` in WEBHOOK_SECRETS, several while they are changed.

    Raises NotConfigured where there is none, or where one is unusable: the log and `manage.py check` say which.
    """
    configured = settings.WEBHOOK_SECRETS
    texts = configured.get(source.value, []) if isinstance(configured, dict) else None
    try:
        secrets = [decode_secret(text) for text in texts] if isinstance(texts, list) else []
    except UnusableSecret as error:
        log.error("webhook secret unusable", source=source.value, reason=str(error))
        secrets = []
    if not secrets:
        raise NotConfigured(
            f"Messages of this source cannot be checked yet: an operator must put its secret into {SETTING}."
        )
    return secrets


def type_of(body: bytes) -> str:
    """The `type` of an authentic message, which may be one that we do not know.

    Raises UnusableMessage, or ParseError for what is no strict JSON.
    """
    message = read_json(body)
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or not 1 <= len(kind) <= LONGEST_TYPE or not kind.isprintable():
        raise UnusableMessage(
            f'The body must be a JSON object with a "type" of 1 to {LONGEST_TYPE} printable characters.', field="type"
        )
    return kind


def accept_message(*, source: SourceName, message_id: str, body: bytes, now: datetime) -> bool:
    """Have `source` read because of an authentic message; False where the same one came before, which does nothing.

    Its id and the wish to read are stored together. Where the process ends right after that, the next tick queues
    the reading. Raises MessageIdReused where the id came with another body, Busy, OutcomeUnknown.
    """
    digest = sha256(body).hexdigest()
    earlier = WebhookDelivery.objects.filter(source=source, message_id=message_id).first()
    if earlier is None:
        earlier = _remember(source=source, message_id=message_id, digest=digest, now=now)
    if earlier is None:
        durable(queue_due_polls)(now=now)
        return True
    if earlier.body_hash != digest:
        raise MessageIdReused("A message with this id and another body was received before; this one was not taken.")
    return False


@durable
def _remember(*, source: SourceName, message_id: str, digest: str, now: datetime) -> WebhookDelivery | None:
    """None, or the same delivery where it was taken by another process a moment ago."""
    try:
        with transaction.atomic():
            WebhookDelivery.objects.create(source=source, message_id=message_id, body_hash=digest)
    except IntegrityError:
        return WebhookDelivery.objects.get(source=source, message_id=message_id)
    wake(source=source, now=now)
    return None


@durable
def forget_old_deliveries(*, now: datetime) -> int:
    """Delete the deliveries that were received more than 7 days ago; how many."""
    return WebhookDelivery.objects.filter(received_at__lt=now - KEPT).delete()[0]
