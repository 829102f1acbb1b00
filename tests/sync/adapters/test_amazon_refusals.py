"""Amazon refuses, breaks off or cannot be asked: what was got is kept, and no secret is shown."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sync.adapters.amazon import (
    AmazonReading,
    AmazonRestrictions,
)
from sync.adapters.reading import Unreachable
from tests.sync.adapters.amazon_sandbox import (
    ACCESS,
    APP_ID,
    ASIN,
    CLIENT_SECRET,
    NOW,
    ONE,
    RESTRICTIONS_PATH,
    TOKEN_PATH,
    TWO,
    AmazonSandbox,
    StillClock,
    adapter,
    codes,
    errors,
    running_sandbox,
)

SECRETS = (CLIENT_SECRET, *ACCESS, *ACCESS.values())


@pytest.fixture
def amazon() -> Iterator[AmazonSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def build(amazon: AmazonSandbox, clock: StillClock) -> Callable[..., AmazonRestrictions]:
    pytest.importorskip("sp_api", reason="requirements/amazon.txt is not installed")
    return partial(adapter, amazon, clock)


@pytest.fixture
def read(build: Callable[..., AmazonRestrictions]) -> Callable[..., AmazonReading]:
    return lambda *wanted, **changes: build(**changes).read(wanted, now=NOW)


def test_wrong_credentials_of_one_seller(amazon: AmazonSandbox, read: Any) -> None:
    del amazon.refresh_tokens[ONE.refresh_token]
    reading = read(*((seller, asin) for seller in (ONE, TWO) for asin in codes(3)))
    assert [status["store_id"] for status in reading.parts["statuses"]] == ["2", "2", "2"]
    assert (reading.left, len(amazon.logins)) == (3, 2)
    [problem] = reading.problems
    assert problem.field == "AMAZON_SELLERS"
    assert problem.message.startswith("Amazon refuses the credentials of store 1 (400 invalid_grant): authorise")


def test_wrong_credentials_of_the_only_seller(amazon: AmazonSandbox, read: Any) -> None:
    amazon.fail(400, {"error": "unauthorized_client", "error_description": CLIENT_SECRET}, path=TOKEN_PATH)
    with pytest.raises(Unreachable, match=r"store 1 \(400 unauthorized_client\).* AMAZON_SELLERS"):
        read((ONE, ASIN))


def test_a_seller_whose_token_is_refused(amazon: AmazonSandbox, read: Any) -> None:
    amazon.fail(403, errors("Unauthorized", f"Denied for {ACCESS[ONE.refresh_token]}."))
    reading = read((ONE, ASIN), (TWO, ASIN))
    assert [status["store_id"] for status in reading.parts["statuses"]] == ["2"]
    assert "store 1 (403 Unauthorized: Denied for …): authorise" in reading.problems[0].message


def test_an_application_that_amazon_does_not_know(amazon: AmazonSandbox, read: Any) -> None:
    with pytest.raises(Unreachable, match="Amazon refuses LWA_APP_ID and LWA_CLIENT_SECRET") as caught:
        read((ONE, ASIN), (TWO, ASIN), lwa_client_secret="of-another-application")
    assert [problem.field for problem in caught.value.problems] == ["LWA_APP_ID"]
    assert "of-another-application" not in str(caught.value)
    assert (len(amazon.logins), amazon.asked) == (1, [])


def test_questions_that_are_refused(amazon: AmazonSandbox, read: Any) -> None:
    amazon.fail(400, [{"code": "BAD_REQUEST", "message": "Invalid 'asin' provided."}])  # as in the published model
    reading = read((ONE, "BAD_ASIN"), (ONE, "BAD_ASIN2"), (ONE, ASIN))
    assert [status["value"] for status in reading.parts["statuses"]] == ["BAD_ASIN2", ASIN]
    assert reading.left == 1
    assert reading.problems[0].message == (
        "Amazon refuses 1 question of store 1, first BAD_ASIN (400 BAD_REQUEST: Invalid 'asin' provided): "
        "check its sellerId and marketplace in AMAZON_SELLERS."
    )
    with pytest.raises(Unreachable, match="refuses 2 questions of store 2, first BAD_ASIN "):
        amazon.fail(404, errors("NotFound", "No."))
        read((TWO, "BAD_ASIN"), (TWO, "BAD_ASIN"), (TWO, "X"), endpoint=amazon.endpoint + "/elsewhere")


BROKEN = [
    (500, errors("InternalFailure", "Oops."), "500 InternalFailure: Oops"),
    (503, "<html><h1>Down</h1></html>", "status 503"),
    (502, "", "status 502"),
    (403, "<html>Blocked</html>", "status 403"),
    (302, "", "status 302"),
    (200, "<html>Please sign in</html>", "without a list of restrictions"),
    (200, {}, "without a list of restrictions"),
    (200, {"restrictions": None}, "without a list of restrictions"),
    (200, {"restrictions": [], "errors": [{"code": "X", "message": "Y"}]}, "without a list of restrictions"),
    (200, [], "without a list of restrictions"),
    (200, {"restrictions": ["x" * 1_000_000]}, "far too much"),
]


@pytest.mark.parametrize(("status", "body", "words"), BROKEN)
def test_a_broken_reply_never_means_ungated(
    amazon: AmazonSandbox, read: Any, clock: StillClock, status: int, body: Any, words: str
) -> None:
    amazon.fail(status, body, times=2, Location="http://127.0.0.1:1/")
    with pytest.raises(Unreachable, match=words):
        read((ONE, ASIN), (TWO, ASIN))
    assert (clock.slept, len(amazon.asked)) == ([1.0], 2)


def test_after_one_broken_reply_it_goes_on(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    amazon.fail(503, "<html>", Retry_After="4")
    reading = read((ONE, ASIN))
    assert (len(reading.parts["statuses"]), reading.problems, clock.slept) == (1, (), [4.0])


def test_what_was_answered_before_a_fault_is_kept(build: Any, amazon: AmazonSandbox) -> None:
    def tell(done: int, total: int) -> None:
        if done == 2:
            amazon.fail(500, errors("InternalFailure", "Oops."), times=2)

    reading = build().read([(ONE, asin) for asin in codes(5)], now=NOW, tell=tell)
    assert [status["value"] for status in reading.parts["statuses"]] == codes(2)
    assert reading.left == 3
    assert [problem.message for problem in reading.problems] == [
        "Amazon cannot be asked now, the rest is asked next time: it answered with 500 InternalFailure: Oops."
    ]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, {"error": "server_error"}, "with 500 server_error"),
        (503, "<html>", "with status 503"),
        (200, "<html>", "without an access token"),
        (200, {"access_token": "Atza|one\r\nx: y", "expires_in": 3600}, "without an access token"),
        (200, {"access_token": "Atza|one", "expires_in": True}, "without an access token"),
        (200, {"access_token": "Atza|one"}, "without an access token"),
    ],
)
def test_login_out_of_order(
    amazon: AmazonSandbox, read: Any, clock: StillClock, status: int, body: Any, words: str
) -> None:
    amazon.fail(status, body, path=TOKEN_PATH, times=2)
    with pytest.raises(Unreachable, match=f"Login with Amazon answered .*{words}"):
        read((ONE, ASIN))
    assert (clock.slept, amazon.asked) == ([1.0], [])


def test_login_too_often(amazon: AmazonSandbox, read: Any) -> None:
    amazon.fail(429, {"error": "slow_down"}, path=TOKEN_PATH)
    assert len(read((ONE, ASIN)).parts["statuses"]) == 1


def test_a_token_is_renewed_before_it_ends(amazon: AmazonSandbox, build: Any, clock: StillClock) -> None:
    def tell(done: int, total: int) -> None:
        clock.now += 1800.0 if done < 3 else 0.0

    build().read([(ONE, asin) for asin in codes(4)], now=NOW, tell=tell)
    assert len(amazon.logins) == 2


def test_nobody_listens(amazon: AmazonSandbox, read: Any) -> None:
    amazon.close()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 did not answer \(ConnectError\)"):
        read((ONE, ASIN))


def test_a_reply_in_drips(amazon: AmazonSandbox, read: Any) -> None:
    amazon.drip = 0.02
    with pytest.raises(Unreachable, match="too long"):
        read((ONE, ASIN), timeout=0.1)


def test_whoever_listens_may_stop_it(build: Any, amazon: AmazonSandbox) -> None:
    told = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        build().read([(ONE, asin) for asin in codes(5)], now=NOW, tell=tell)
    assert (told, len(amazon.asked)) == ([(1, 5), (2, 5)], 2)


def test_nothing_to_ask(amazon: AmazonSandbox, read: Any) -> None:
    assert read() == AmazonReading({"statuses": []}, False, {})
    assert amazon.logins == []


def test_secrets_are_not_shown(amazon: AmazonSandbox, read: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("sp_api", "sp_api.base.client", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    sent = (CLIENT_SECRET, ONE.refresh_token, ACCESS[ONE.refresh_token])
    amazon.fail(400, errors("BAD_REQUEST", " ".join(sent)))
    shown = [repr(read((ONE, ASIN), (TWO, ASIN))), repr(ONE)]
    amazon.refresh_tokens.clear()
    for status in (400, 401, 500):
        amazon.fail(status, {"error": CLIENT_SECRET, "error_description": ONE.refresh_token}, path=TOKEN_PATH, times=2)
        with pytest.raises(Unreachable) as caught:
            read((ONE, ASIN))
        shown.append(str(caught.value))
    assert RESTRICTIONS_PATH in caplog.text
    assert [secret for secret in SECRETS if secret in " ".join([caplog.text, *shown])] == []


def test_settings_that_are_missing_or_wrong() -> None:
    with pytest.raises(Unreachable) as caught:
        AmazonRestrictions(
            lwa_app_id="", lwa_client_secret=" ", endpoint="http://amazon.example", token_url="https://me:pw@a.example"
        )
    assert [problem.message for problem in caught.value.problems] == [
        "LWA_APP_ID is not set: Amazon gives it in the registration of the application.",
        "LWA_CLIENT_SECRET is not set: Amazon gives it in the registration of the application.",
        "The SP-API endpoint must be an https address without a user, or an http one of this machine.",
        "The LWA token address must be an https address without a user, or an http one of this machine.",
    ]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sp_api", None)
    with pytest.raises(Unreachable, match=r"run pip install -r requirements/amazon\.txt"):
        AmazonRestrictions(lwa_app_id=APP_ID, lwa_client_secret=CLIENT_SECRET)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("dev", "unset AWS_ENV and SP_API_DEFAULT_MARKETPLACE in the environment (ValueError)"),
        # Amazon's sandbox answers every question alike: the variable may be there for another tool.
        ("SANDBOX", "https://sellingpartnerapi-na.amazon.com"),
    ],
)
def test_the_variables_of_the_package(value: str, shown: str) -> None:
    pytest.importorskip("sp_api", reason="requirements/amazon.txt is not installed")
    code = """
from sync.adapters.amazon import AmazonRestrictions, Seller
from sync.adapters.reading import Unreachable
try:
    AmazonRestrictions(lwa_app_id="a", lwa_client_secret="b")
    from sync.adapters.amazon_api import Restrictions, Wire
    print(Restrictions(
        credentials={"lwa_app_id": "a", "lwa_client_secret": "b", "refresh_token": "c"}, seller_id="d",
        marketplace="US", endpoint="", token_url="", wire=Wire(timeout=1.0, is_loopback=True), clock=float,
    ).endpoint)
except Unreachable as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "AWS_ENV": value}, cwd=Path(__file__).parents[3],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert shown in done.stdout


def test_a_proxy_is_not_asked_for_this_machine(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert len(read((ONE, ASIN)).parts["statuses"]) == 1
