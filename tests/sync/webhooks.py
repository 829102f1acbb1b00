"""Messages as a sender that follows Standard Webhooks sends them."""

import base64
import hmac
import json
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

KEY = b"k" * 32
NEXT_KEY = b"n" * 24
BODY = json.dumps({"type": "client.updated", "data": {"id": "1"}}).encode()


def secret(key: bytes) -> str:
    """A secret as it stands in WEBHOOK_SECRETS."""
    return "whsec_" + base64.b64encode(key).decode()


def signature(message_id: str, timestamp: str, body: bytes, key: bytes = KEY) -> str:
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def headers(
    body: bytes = BODY, *, message_id: str = "msg_1", at: datetime | None = None, key: bytes = KEY
) -> dict[str, str]:
    timestamp = str(int((at or timezone.now()).timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(message_id, timestamp, body, key),
    }


def send(body: bytes = BODY, *, path: str = "/webhooks/panel", sent: Any = None, **options: Any) -> HttpResponse:
    """A message signed as it should be, or with the headers `sent`; a stranger's browser has no CSRF token."""
    sent = headers(body, **options) if sent is None else sent
    return Browser(enforce_csrf_checks=True).post(path, body, content_type="application/json", headers=sent)
