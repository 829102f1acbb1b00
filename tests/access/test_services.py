"""Tokens are issued and revoked; a request with a key is answered once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier, Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from access.models import ApiToken, IdempotencyKey
from access.services import KeyReused, StillRunning, UnusableKey, answer_once, issue_token, revoke_token
from common.errors import Conflict
from common.transactions import OutcomeUnknown

BODY = b'{"storeID": "1"}'


class Act:
    """Counts how often it took effect."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.times = 0
        self.answer = answer or {"cart": "C-000001"}

    def __call__(self) -> tuple[int, dict[str, Any]]:
        self.times += 1
        return 201, self.answer


def test_a_secret_is_stored_as_its_digest_only(viewer: User) -> None:
    token, secret = issue_token(user=viewer, name="report", expires_at=datetime(2027, 1, 1, tzinfo=UTC))
    stored = ApiToken.objects.values().get()
    assert secret.startswith("pas_") and len(secret) == 47
    assert secret not in json.dumps(stored, default=str)
    assert (stored["prefix"], stored["expires_at"]) == (secret[:10], datetime(2027, 1, 1, tzinfo=UTC))
    assert token.is_valid


def test_revoking_again_keeps_the_first_time(viewer: User) -> None:
    token, _ = issue_token(user=viewer, name="report")
    revoke_token(token=token)
    first = token.revoked_at
    revoke_token(token=token)
    assert first is not None and token.revoked_at == first and not token.is_valid


def test_the_same_request_is_answered_once(viewer: User) -> None:
    act = Act({"amount": Decimal("12.50"), "on": datetime(2026, 11, 22, tzinfo=UTC)})
    first = answer_once(user=viewer, key="a", body=BODY, act=act)
    again = answer_once(user=viewer, key="a", body=BODY, act=act)
    assert first == again == (201, {"amount": "12.50", "on": "2026-11-22T00:00:00Z"})
    assert act.times == 1


def test_another_body_under_the_same_key_is_refused(viewer: User) -> None:
    act = Act()
    answer_once(user=viewer, key="a", body=BODY, act=act)
    with pytest.raises(KeyReused, match="“a” came before with another body") as caught:
        answer_once(user=viewer, key="a", body=BODY + b" ", act=act)
    assert (caught.value.status, caught.value.code, act.times) == (422, "idempotency_key_reused", 1)


def test_keys_are_of_one_user_and_match_byte_by_byte(viewer: User) -> None:
    act = Act()
    other = User.objects.create_user("otto")
    for user, key in [(viewer, "a"), (viewer, "A"), (other, "a")]:
        answer_once(user=user, key=key, body=BODY, act=act)
    assert act.times == 3


def test_a_request_that_still_runs_is_a_conflict(viewer: User) -> None:
    act = Act()

    def meanwhile() -> tuple[int, dict[str, Any]]:
        with pytest.raises(StillRunning) as caught:
            answer_once(user=viewer, key="a", body=BODY, act=act)
        assert (caught.value.status, isinstance(caught.value, Conflict)) == (409, True)
        return 200, {}

    assert answer_once(user=viewer, key="a", body=BODY, act=meanwhile) == (200, {})
    assert act.times == 0


def test_a_failure_frees_the_key(viewer: User) -> None:
    def fail() -> tuple[int, dict[str, Any]]:
        raise Conflict("Not now.")

    with pytest.raises(Conflict, match="Not now"):
        answer_once(user=viewer, key="a", body=BODY, act=fail)
    assert IdempotencyKey.objects.count() == 0
    assert answer_once(user=viewer, key="a", body=b"other", act=Act()) == (201, {"cart": "C-000001"})


def test_where_it_is_not_known_whether_it_took_effect_nothing_is_tried_again(viewer: User) -> None:
    def lost() -> tuple[int, dict[str, str]]:
        raise OutcomeUnknown("The connection broke.")

    with pytest.raises(OutcomeUnknown):
        answer_once(user=viewer, key="a", body=BODY, act=lost)
    with pytest.raises(StillRunning, match="look whether it took effect"):
        answer_once(user=viewer, key="a", body=BODY, act=Act())


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a\n", "x" * 201])
def test_a_key_must_be_plain(viewer: User, key: str) -> None:
    act = Act()
    with pytest.raises(UnusableKey) as caught:
        answer_once(user=viewer, key=key, body=BODY, act=act)
    assert (caught.value.status, act.times) == (400, 0)


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_moment_one_takes_effect() -> None:
    user = User.objects.create_user("vera")
    start, others_are_done = Barrier(4), Event()
    refused: list[str] = []

    def act() -> tuple[int, dict[str, Any]]:
        assert others_are_done.wait(20)
        return 201, {"cart": "C-000001"}

    def request(_: int) -> tuple[int, dict[str, Any]] | None:
        start.wait(20)
        try:
            return answer_once(user=user, key="a", body=BODY, act=act)
        except StillRunning as error:
            refused.append(error.code)
            if len(refused) == 3:
                others_are_done.set()
            return None
        finally:
            connection.close()

    run: Callable[[int], Any] = request
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, range(4)))
    assert sorted(answers, key=str) == [(201, {"cart": "C-000001"}), None, None, None]
    assert refused == ["idempotency_key_in_use"] * 3
