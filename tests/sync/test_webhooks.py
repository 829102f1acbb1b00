"""POST /webhooks/<source>: what is let in, what is not, and that the latter costs next to nothing."""

import json
import logging
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client as Browser
from django_q.models import OrmQ

from access.models import ApiToken
from sync.models import SourceState, WebhookDelivery
from sync.services.webhooks import KEPT, forget_old_deliveries
from tests.sync.webhooks import BODY, KEY, NEXT_KEY, headers, secret, send

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def _secrets(settings: LazySettings) -> None:
    settings.WEBHOOK_SECRETS = {"panel": [secret(KEY)], "ungating": [secret(NEXT_KEY)]}


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal; nothing has come of it."""
    assert answer["Content-Type"] == PROBLEM
    assert (WebhookDelivery.objects.count(), SourceState.objects.count(), OrmQ.objects.count()) == (0, 0, 0)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("path", ["/webhooks/panel", "/webhooks/panel/"])
@time_machine.travel(NOW, tick=False)
def test_a_good_message_is_accepted_and_wakes_its_source(path: str) -> None:
    answer = send(path=path)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.cookies.output() == ""
    delivery = WebhookDelivery.objects.get()
    assert (delivery.source, delivery.message_id, delivery.received_at) == ("panel", "msg_1", NOW)
    assert delivery.body_hash == sha256(BODY).hexdigest()
    state = SourceState.objects.get()
    assert (state.source, state.next_poll_at, OrmQ.objects.count()) == ("panel", NOW, 0)


def test_the_ungating_software_has_a_secret_of_its_own() -> None:
    assert send(path="/webhooks/ungating", key=NEXT_KEY).status_code == 202
    assert send(path="/webhooks/ungating", key=KEY, message_id="msg_2").json()["code"] == "invalid_signature"
    assert send(key=NEXT_KEY, message_id="msg_2").json()["code"] == "invalid_signature"
    assert list(WebhookDelivery.objects.values_list("source", "message_id")) == [("ungating", "msg_1")]


def test_a_type_that_we_do_not_know_is_accepted() -> None:
    assert send(b'\n {"type": "weather.changed"}').status_code == 202


def test_whatever_the_sender_says_of_formats_is_ignored() -> None:
    sent = headers() | {"accept": "text/html", "origin": "https://evil.example.com"}
    answer = Browser(enforce_csrf_checks=True).post(
        "/webhooks/panel?format=xml", BODY, content_type="application/x-www-form-urlencoded", headers=sent
    )
    assert (answer.status_code, answer["Content-Type"]) == (202, "application/json")


def test_nothing_but_the_signature_counts() -> None:
    assert send(sent=headers(message_id="a") | {"authorization": "Bearer pas_wrong"}).status_code == 202
    anna = Browser(enforce_csrf_checks=True)
    anna.force_login(User.objects.create_superuser("anna"))
    post = {"path": "/webhooks/panel", "data": BODY, "content_type": "application/json"}
    assert anna.post(**post, headers=headers(message_id="b")).status_code == 202
    assert anna.post(**post).status_code == 401
    token = ApiToken.issue(user=User.objects.get(), name="ERP")[1]
    assert send(sent={"authorization": f"Bearer {token}"}).status_code == 401
    assert list(WebhookDelivery.objects.order_by("pk").values_list("message_id", flat=True)) == ["a", "b"]


@pytest.mark.parametrize("path", ["/webhooks/portal", "/webhooks/preorders", "/webhooks/nobody", "/webhooks/PANEL",
                                  "/webhooks/", "/webhooks/panel/1", "/webhooks/panel//"])  # fmt: skip
@pytest.mark.parametrize("method", ["post", "get"])
def test_other_sources_are_not_found(path: str, method: str) -> None:
    answer = getattr(Browser(), method)(path, headers=headers())
    assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_post_is_allowed(method: str) -> None:
    answer = Browser().generic(method, "/webhooks/panel", BODY, headers=headers())
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert WebhookDelivery.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-id": None}, "missing_header"),
        ({"webhook-timestamp": None}, "missing_header"),
        ({"webhook-signature": None}, "missing_header"),
        ({"webhook-signature": ""}, "missing_header"),
        ({"webhook-id": "msg.1"}, "invalid_message_id"),
        ({"webhook-id": "msg 1"}, "invalid_message_id"),
        ({"webhook-id": "m" * 201}, "invalid_message_id"),
        ({"webhook-id": "msg_2"}, "invalid_signature"),
        ({"webhook-timestamp": "1.5"}, "invalid_timestamp"),
        ({"webhook-timestamp": "-1"}, "invalid_timestamp"),
        ({"webhook-timestamp": "1"}, "timestamp_too_old"),
        ({"webhook-timestamp": "9" * 12}, "timestamp_too_new"),
        ({"webhook-signature": "v1,wrong"}, "invalid_signature"),
        ({"webhook-signature": "v1a,wrong"}, "invalid_signature"),
        ({"webhook-signature": "v1,wrong " * 21}, "invalid_signature"),
        ({"webhook-signature": "é\x00"}, "invalid_signature"),
    ],
)
def test_a_wrong_header_is_refused_without_asking_the_database(
    change: dict[str, str | None], code: str, django_assert_num_queries: Any
) -> None:
    sent = {name: value for name, value in (headers() | change).items() if value is not None}
    with django_assert_num_queries(0):
        answer = send(sent=sent)
    assert refusal(answer) == (401, code)


@pytest.mark.parametrize("key", [NEXT_KEY, b"", secret(KEY).encode()])
def test_another_secret_is_refused_without_asking_the_database(key: bytes, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = send(key=key)
    assert refusal(answer) == (401, "invalid_signature")


@pytest.mark.parametrize("body", [json.dumps(json.loads(BODY), indent=1).encode(), BODY + b"\n", BODY[:-1], b""])
def test_another_body_than_the_signed_one_is_refused(body: bytes) -> None:
    assert refusal(send(body, sent=headers())) == (401, "invalid_signature")


@pytest.mark.parametrize(("seconds", "code"), [(301, "timestamp_too_old"), (-301, "timestamp_too_new")])
def test_the_window_is_five_minutes(seconds: int, code: str) -> None:
    sent = headers(at=NOW)
    with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
        assert refusal(send(sent=sent)) == (401, code)
    with time_machine.travel(NOW + timedelta(seconds=seconds - seconds // abs(seconds)), tick=False):
        assert send(sent=sent).status_code == 202


def test_old_and_new_secret_while_they_are_changed(settings: LazySettings) -> None:
    settings.WEBHOOK_SECRETS = {"panel": [secret(NEXT_KEY), secret(KEY)]}
    assert [send(message_id="a", key=KEY).status_code, send(message_id="b", key=NEXT_KEY).status_code] == [202, 202]
    sent = headers(message_id="c", key=NEXT_KEY)
    sent["webhook-signature"] = f"v1a,junk v1,junk junk {sent['webhook-signature']} v1,"
    assert send(sent=sent).status_code == 202
    settings.WEBHOOK_SECRETS = {"panel": [secret(NEXT_KEY)]}
    assert send(message_id="d", key=KEY).status_code == 401


@pytest.mark.parametrize(
    "secrets", [{}, {"ungating": [secret(KEY)]}, {"panel": []}, {"panel": secret(KEY)}, [], {"panel": ["whsec_abc"]},
                {"panel": [secret(KEY), "topsecret"]}],
)  # fmt: skip
def test_without_usable_secrets_nothing_is_believed(
    settings: LazySettings, secrets: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WEBHOOK_SECRETS = secrets
    assert refusal(send()) == (401, "not_configured")
    assert "topsecret" not in caplog.text and "whsec_abc" not in caplog.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"client.updated", "invalid_json"),
        (b'{"type": "a"', "invalid_json"),
        (b'{"type": "\xff"}', "not_utf8"),
        ('{"type": "a"}'.encode("utf-16"), "not_utf8"),
        (b'{"type": "a", "type": "b"}', "duplicate_key"),
        (b'{"type": "a", "n": NaN}', "not_a_number"),
        (b'{"type": "\\ud800"}', "lone_surrogate"),
        (b"[" * 100_000, "too_deep"),
        (b'{"type": "a", "n": ' + b"9" * 5_000 + b"}", "number_too_long"),
        (b'["type"]', "unusable_message"),
        (b"null", "unusable_message"),
        (b"{}", "unusable_message"),
        (b'{"type": null}', "unusable_message"),
        (b'{"type": 5}', "unusable_message"),
        (b'{"type": ""}', "unusable_message"),
        (b'{"type": "a\\n2026 forged line"}', "unusable_message"),
        (b'{"type": "\\u001b[2J"}', "unusable_message"),
        (b'{"type": "' + b"a" * 201 + b'"}', "unusable_message"),
    ],
)
def test_an_authentic_body_must_be_an_object_with_a_type(body: bytes, code: str) -> None:
    assert refusal(send(body)) == (400, code)


def test_a_replay_does_nothing() -> None:
    assert send().status_code == 202
    SourceState.objects.update(next_poll_at=None)
    for _ in range(3):
        answer = send()
        assert (answer.status_code, answer.json()) == (200, {"status": "already received"})
    assert (WebhookDelivery.objects.count(), SourceState.objects.get().next_poll_at) == (1, None)


def test_the_same_id_with_another_body_is_a_conflict() -> None:
    assert send().status_code == 202
    SourceState.objects.update(next_poll_at=None)
    answer = send(b'{"type": "client.deleted"}')
    assert (answer.status_code, answer["Content-Type"]) == (409, PROBLEM)
    assert answer.json()["code"] == "message_id_reused"
    assert (WebhookDelivery.objects.get().body_hash, SourceState.objects.get().next_poll_at) == (
        sha256(BODY).hexdigest(), None
    )  # fmt: skip


def test_ids_of_two_sources_are_apart_and_so_are_cases() -> None:
    assert send(message_id="abc").status_code == 202
    assert send(message_id="ABC").status_code == 202
    assert send(message_id="abc", path="/webhooks/ungating", key=NEXT_KEY).status_code == 202
    assert WebhookDelivery.objects.count() == 3


def test_the_log_names_message_and_type_and_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sent = headers(b'{"type": "client.updated", "name": "Private Person"}')
    send(b'{"type": "client.updated", "name": "Private Person"}', sent=sent)
    send(b"", sent=sent)
    logged = [record.msg for record in caplog.records if record.name == "sync.webhooks_api"]
    assert [(line["event"], line.get("message_id"), line.get("type"), line.get("code")) for line in logged] == [
        ("webhook received", "msg_1", "client.updated", None),
        ("webhook refused", None, None, "invalid_signature"),
    ]
    for words in ("Private Person", sent["webhook-signature"], secret(KEY), "whsec"):
        assert words not in caplog.text


def test_deliveries_are_forgotten_after_seven_days() -> None:
    for number, age in enumerate([KEPT - timedelta(seconds=1), KEPT, KEPT + timedelta(seconds=1), 2 * KEPT]):
        with time_machine.travel(NOW - age, tick=False):
            send(message_id=f"msg_{number}")
    assert forget_old_deliveries(now=NOW) == 2
    assert sorted(WebhookDelivery.objects.values_list("message_id", flat=True)) == ["msg_0", "msg_1"]
    assert forget_old_deliveries(now=NOW) == 0
