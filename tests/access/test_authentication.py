"""Who gets in, and who is told why not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from access.models import ApiToken
from access.services import revoke_token

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ask(browser: Browser, authorization: str) -> tuple[int, str, str | None]:
    response = browser.get("/api/asins", headers={"Authorization": authorization})
    detail = response.json().get("detail", "")
    return response.status_code, detail, response.headers.get("WWW-Authenticate")


@pytest.mark.django_db
def test_without_a_name_nobody_gets_in(client: Browser) -> None:
    response = client.get("/api/asins")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Authentication credentials were not provided.",
        "code": "not_authenticated",
        "errors": [],
    }


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer"])
def test_a_token_gets_in(client: Browser, secret: str, scheme: str) -> None:
    assert ask(client, f"{scheme} {secret}") == (200, "", None)


@pytest.mark.parametrize("header", ["Bearer", "Bearer pas_wrong", "Token a b c", "Bearer \xff\x80"])
def test_an_unknown_token_does_not(client: Browser, secret: str, header: str) -> None:
    assert ask(client, header) == (401, "This API token is not known.", 'Bearer realm="api"')


def test_the_stored_digest_is_no_password(client: Browser, secret: str) -> None:
    assert ask(client, f"Bearer {ApiToken.objects.get().digest}")[0] == 401


def test_a_revoked_token_does_not(client: Browser, secret: str) -> None:
    revoke_token(token=ApiToken.objects.get())
    assert ask(client, f"Bearer {secret}") == (*(401, "This API token has been revoked.", 'Bearer realm="api"'),)


def test_an_expired_token_does_not(client: Browser, secret: str) -> None:
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(client, f"Bearer {secret}")[:2] == (401, "This API token has expired.")


def test_an_inactive_user_does_not(client: Browser, secret: str) -> None:
    User.objects.update(is_active=False)
    assert ask(client, f"Bearer {secret}")[:2] == (401, "The user of this API token is inactive.")


def test_another_scheme_is_not_ours(client: Browser, viewer: User) -> None:
    assert ask(client, "Basic dmVyYTp4")[:2] == (401, "Authentication credentials were not provided.")


def test_a_session_gets_in(client: Browser, viewer: User) -> None:
    client.force_login(viewer)
    assert client.get("/api/asins").status_code == 200


def test_use_is_noted_at_most_once_a_minute(client: Browser, secret: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        noted = []
        for seconds in (0, 59, 1, 59):
            clock.shift(timedelta(seconds=seconds))
            assert ask(client, f"Bearer {secret}")[0] == 200
            noted.append(ApiToken.objects.get().last_used_at)
    minute = timedelta(minutes=1)
    assert noted == [NOON, NOON, NOON + minute, NOON + minute]
