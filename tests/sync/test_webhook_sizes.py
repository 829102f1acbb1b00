"""How much of a message's body is read: nothing that could be refused before, and never more than what is taken."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import RequestFactory
from rest_framework.response import Response

from sync.models import WebhookDelivery
from sync.webhooks_api import MAX_BYTES, WebhookView
from tests.sync.webhooks import BODY, KEY, headers, secret, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(settings: LazySettings) -> None:
    settings.WEBHOOK_SECRETS = {"panel": [secret(KEY)]}


class CountingBody(BytesIO):
    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None and size >= 0
        chunk = super().read(min(size, 10_000))
        self.taken += len(chunk)
        return chunk


def ask(body: bytes, *, sent: dict[str, str] | None = None, **environ: Any) -> tuple[Response, int]:
    """The view's answer to a request as a server hands it over, and how many bytes of the body it has read."""
    stream = CountingBody(body)
    request = RequestFactory().post("/webhooks/panel", b"", content_type="application/json", headers=sent or headers())
    request.META.pop("CONTENT_LENGTH", None)
    request = type(request)({**request.META, "wsgi.input": stream, **environ})
    return WebhookView.as_view()(request, source="panel"), stream.taken


def test_20_mb_are_refused_before_they_are_read() -> None:
    big = b'{"type": "a", "x": "' + b"x" * 20_000_000 + b'"}'
    sent = headers(big)
    answer = send(big, sent=sent)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (
        413, "application/problem+json", "too_large"
    )  # fmt: skip
    answer, taken = ask(big, sent=sent, CONTENT_LENGTH=str(len(big)))
    assert (answer.status_code, taken) == (413, 0)
    answer, taken = ask(big, sent=sent, **{"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
    assert (answer.status_code, taken) == (413, MAX_BYTES + 1)
    assert WebhookDelivery.objects.count() == 0


def test_the_largest_body_that_is_taken() -> None:
    body = b'{"type": "a", "x": "'.ljust(MAX_BYTES - 2, b"x") + b'"}'
    assert len(body) == MAX_BYTES
    assert send(body).status_code == 202
    assert send(body + b" ", message_id="msg_2").status_code == 413


def test_a_body_in_chunks_is_read_to_its_end_or_refused() -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    answer, _ = ask(BODY, **chunked)
    assert (answer.status_code, answer.data["code"]) == (411, "length_required")
    answer, taken = ask(BODY, **chunked, **{"wsgi.input_terminated": True})
    assert (answer.status_code, taken) == (202, len(BODY))


@pytest.mark.parametrize(
    ("length", "status", "code", "read"),
    [
        (str(len(BODY) - 1), 401, "invalid_signature", len(BODY) - 1),
        ("0", 401, "invalid_signature", 0),
        (str(len(BODY) + 100), 202, None, len(BODY)),
        ("-1", 400, "invalid_length", 0),
        ("abc", 400, "invalid_length", 0),
        ("1e3", 400, "invalid_length", 0),
        ("٣", 400, "invalid_length", 0),
        ("9" * 5_000, 400, "invalid_length", 0),
        (str(MAX_BYTES + 1), 413, "too_large", 0),
    ],
)
def test_a_length_that_lies(length: str, status: int, code: str | None, read: int) -> None:
    answer, taken = ask(BODY, CONTENT_LENGTH=length)
    assert (answer.status_code, answer.data.get("code"), taken) == (status, code, read)


def test_a_wrong_signature_header_is_refused_before_the_body_is_read() -> None:
    answer, taken = ask(BODY, sent=headers() | {"webhook-signature": "v1a,x"}, CONTENT_LENGTH=str(len(BODY)))
    assert (answer.status_code, taken) == (401, 0)
