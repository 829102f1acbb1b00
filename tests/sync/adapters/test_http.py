"""One request to an outside system: what is taken, what is asked again, what is refused and in which words."""

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.adapters.http import NotThere, Reply
from sync.adapters.reading import Unreachable
from tests.sync.adapters.upstream import HEAD, OK, TOKEN, Answer, ask, bytes_of, in_turn, make_caller, refusal, upstream


def test_the_token_goes_into_its_header_and_nowhere_else() -> None:
    with upstream(in_turn(OK)) as running, make_caller(running.url + "/api/") as caller:
        assert caller.get("/v1/clients", {"limit": "200", "cursor": "a&b=ü"}) == Reply(OK.body, '"v1"')
    (request,) = running.requests
    assert (request.path, request.params) == ("/api/v1/clients", {"limit": "200", "cursor": "a&b=ü"})
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in f"{request.path}{request.params}{caller!r}"


def test_neither_netrc_nor_a_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with upstream(in_turn(OK)) as running, make_caller(running.url) as caller:
        caller.get("/v1/clients", {})
    assert running.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "last",
    [
        Answer(body=b"{}", headers={"Connection": "close"}),
        bytes_of(HEAD + b"Content-Length: 2\r\n\r\n{}"),
        bytes_of(HEAD + b"Content-Length: 2\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore"),
    ],
    ids=["announced", "dropped while idle", "more than was asked for"],
)
def test_one_connection_serves_many_requests_and_a_spent_one_is_replaced_at_once(last: Answer) -> None:
    waits: list[float] = []
    with upstream(in_turn(OK, OK, last, OK)) as running, make_caller(running.url, sleep=waits.append) as caller:
        for _ in range(3):
            caller.get("/v1/clients", {})
        time.sleep(0.05)  # the other side closes in its own time
        assert caller.get("/v1/clients", {}) == Reply(OK.body, '"v1"')
    assert (len(running.requests), running.connections, waits) == (4, 2, [])


def test_unchanged_is_none_and_only_where_an_etag_was_shown() -> None:
    unchanged = Answer(status=304)
    with upstream(in_turn(unchanged, OK, unchanged)) as running, make_caller(running.url) as caller:
        assert caller.get("/v1/clients", {}, etag='W/"v1"') is None
        assert caller.get("/v1/clients", {}) == Reply(OK.body, '"v1"')
        with pytest.raises(Unreachable, match="answered with status 304"):
            caller.get("/v1/clients", {})
    assert [request.headers.get("If-None-Match") for request in running.requests] == ['W/"v1"', None, None]
    assert running.connections == 1


@pytest.mark.parametrize("etag", ['"a\r\nX-Evil: 1"', '"ü"', '"' + "a" * 200 + '"', '"a b"'])
def test_an_etag_that_cannot_be_sent_back_is_not_used(etag: str) -> None:
    with upstream(in_turn(OK)) as running, make_caller(running.url) as caller:
        assert caller.get("/v1/clients", {}, etag=etag) is not None
    assert "If-None-Match" not in running.requests[0].headers


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("", "PANEL_URL is not a web address such as https://api.example.com."),
        ("panel.example.com", "PANEL_URL is not a web address"),
        ("ftp://panel.example.com", "PANEL_URL is not a web address"),
        ("https://", "PANEL_URL is not a web address"),
        ("https://panel.example.com:port", "PANEL_URL is not a web address"),
        ("https://panel.example.com:0", "PANEL_URL is not a web address"),
        ("https://panel..example.com", "PANEL_URL is not a web address"),
        ("https://panel\n.example.com", "PANEL_URL is not a web address"),
        ("https://panel.example.com/a b", "PANEL_URL is not a web address"),
        ("https://me:pass@panel.example.com", "PANEL_URL holds more than an address"),
        ("https://@panel.example.com", "PANEL_URL holds more than an address"),
        ("https://panel.example.com?token=1", "PANEL_URL holds more than an address"),
        ("https://panel.example.com/#x", "PANEL_URL holds more than an address"),
        ("http://127.0.0.1@evil.example.com", "PANEL_URL holds more than an address"),
        ("http://panel.example.com", "PANEL_URL must begin with https://"),
        ("http://localhost.example.com", "PANEL_URL must begin with https://"),
        ("http://127.0.0.2", "PANEL_URL must begin with https://"),
        ("http://10.0.0.1", "PANEL_URL must begin with https://"),
    ],
)
def test_addresses_that_are_refused(base: str, words: str) -> None:
    with pytest.raises(Unreachable, match="^" + words):
        make_caller(base)


@pytest.mark.parametrize(
    "base",
    ["https://panel.example.com", " HTTPS://panel.example.com:8443/api/ ", "http://[::1]:8000", "http://LocalHost"],
)
def test_addresses_that_are_taken(base: str) -> None:
    make_caller(base).close()


@pytest.mark.parametrize(
    ("token", "words"), [(" \n", "PANEL_TOKEN is not set"), ("a\r\nX: b", "PANEL_TOKEN holds"), ("clé", "PANEL_TOKEN")]
)
def test_tokens_that_cannot_be_sent(token: str, words: str) -> None:
    with pytest.raises(Unreachable, match="^" + words) as caught:
        make_caller("https://panel.example.com", token=token)
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "words", "tries"),
    [
        (401, "The AutoFBA panel refuses our token (status 401): put a valid one into PANEL_TOKEN.", 1),
        (403, "The AutoFBA panel refuses our token (status 403): put a valid one into PANEL_TOKEN.", 1),
        (404, "The AutoFBA panel has nothing at /v1/clients (status 404): set PANEL_URL to the address before /v1", 1),
        (400, "The AutoFBA panel answered with status 400, which is no answer to a list.", 1),
        (204, "The AutoFBA panel answered with status 204", 1),
        (206, "The AutoFBA panel answered with status 206", 1),
        (500, "The AutoFBA panel is out of order at the moment (status 500).", 2),
        (502, "The AutoFBA panel is out of order at the moment (status 502).", 2),
        (503, "The AutoFBA panel is out of order at the moment (status 503).", 2),
        (504, "The AutoFBA panel is out of order at the moment (status 504).", 2),
        (429, "The AutoFBA panel is asked too often at the moment (status 429).", 2),
        (301, "redirects are not followed: set PANEL_URL to the final address", 1),
        (302, "redirects are not followed: set PANEL_URL to the final address", 1),
        (307, "redirects are not followed: set PANEL_URL to the final address", 1),
        (308, "redirects are not followed: set PANEL_URL to the final address", 1),
    ],
)
def test_statuses_in_words_and_never_in_the_answers_own(status: int, words: str, tries: int) -> None:
    headers = {"Location": "http://127.0.0.1:9/elsewhere"}
    error, asked = refusal(lambda request: Answer(status, b"their own words", headers))
    assert words in str(error)
    assert "their own words" not in str(error)
    assert asked == tries
    assert isinstance(error, NotThere) is (status == 404)


def date_in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "least"),
    [("0", 0), ("3", 3), ("10", 10), (date_in(-60), 0), ("soon", 0), ("-5", 0), ("", 0)],
    ids=["0", "3", "10", "a minute ago", "soon", "-5", "nothing"],
)
def test_a_short_wait_that_is_asked_for_is_kept(asked: str, least: float) -> None:
    waits: list[float] = []
    busy = Answer(429, headers={"Retry-After": asked})
    with capture_logs() as logged:
        reply, tries = ask(in_turn(busy, OK), sleep=waits.append)
    assert (reply, tries) == (Reply(OK.body, '"v1"'), 2)
    (wait,) = waits
    assert least + 0.2 <= wait <= least + 1
    assert [entry["event"] for entry in logged] == ["asking_once_more"]


@pytest.mark.parametrize(("asked", "seconds"), [("11", 11), ("3600", 3600), ("9" * 4000, 86_400), ("9" * 12, 86_400)])
def test_a_long_wait_is_left_to_the_next_poll(asked: str, seconds: float) -> None:
    error, tries = refusal(lambda request: Answer(503, headers={"Retry-After": asked}))
    assert (error.retry_after, tries) == (seconds, 1)


def test_a_date_to_wait_for_is_measured_by_their_own_clock() -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2015 07:28:40 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}

    def write(out: Any) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        out.write(f"HTTP/1.1 503 Busy\r\n{lines}Content-Length: 0\r\n\r\n".encode())

    error, tries = refusal(lambda request: Answer(raw=write))
    assert (error.retry_after, tries) == (40, 1)


def test_the_second_failure_is_the_last_and_says_what_it_was_asked_to_wait() -> None:
    error, tries = refusal(in_turn(Answer(502), Answer(429, headers={"Retry-After": "7"})))
    assert (error.retry_after, tries) == (7, 2)


def test_no_second_try_where_no_time_is_left_for_it() -> None:
    waits: list[float] = []
    error, tries = refusal(lambda request: Answer(500), total_seconds=0.2, sleep=waits.append)
    assert (tries, waits, error.retry_after) == (1, [], None)


def test_a_connection_that_ends_without_a_word_is_asked_again() -> None:
    error, tries = refusal(lambda request: bytes_of(b""))
    assert ("cannot be reached (the connection broke off)" in str(error), tries) == (True, 2)


def test_nobody_listens() -> None:
    with upstream(in_turn(OK)) as running:
        url = running.url
    with make_caller(url) as caller, pytest.raises(Unreachable, match=r"cannot be reached \(nothing answers there\)"):
        caller.get("/v1/clients", {})


def test_a_host_that_is_not_known() -> None:
    with (
        make_caller("https://panel.invalid") as caller,
        pytest.raises(Unreachable, match="host name in PANEL_URL is not"),
    ):
        caller.get("/v1/clients", {})


def test_no_logger_hears_the_token(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with upstream(in_turn(Answer(500), Answer(401))) as running:
        caller = make_caller(running.url)
        with pytest.raises(Unreachable) as caught:
            caller.get("/v1/clients", {})
    heard = f"{caplog.text}{capsys.readouterr()}{caught.value}"
    assert "asking_once_more" in heard
    assert TOKEN not in heard
