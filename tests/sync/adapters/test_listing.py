"""Lists read page by page, and the marks from which their changes are asked for."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.adapters.listing import Listing, Mark, moment_text, next_mark, read_list, read_mark, read_part
from sync.adapters.reading import Unreachable
from sync.parsing.issues import UnusableFile
from tests.sync.adapters.upstream import Answer, Request, Script, in_turn, make_caller, page, upstream

PATH = "/v1/clients"
NOW = datetime(2026, 10, 2, 12, 0, 30, tzinfo=UTC)
AS_OF = "2026-10-02T12:00:00Z"
OLD = Mark("2026-10-01T00:00:00Z")


def row(id_: str = "c1", updated_at: str = "2026-10-02T08:00:00Z", **fields: Any) -> dict[str, Any]:
    return {"id": id_, "updated_at": updated_at} | fields


def read(script: Script, **options: Any) -> tuple[Listing | None, list[Request]]:
    with upstream(script) as running, make_caller(running.url) as caller:
        return read_list(caller, PATH, **options), running.requests


def refused(script: Script) -> str:
    with pytest.raises(UnusableFile) as caught:
        read(script)
    return str(caught.value)


def test_all_pages_are_read_by_their_cursors() -> None:
    told: list[tuple[int, int]] = []
    pages = in_turn(
        page([row("c1"), row("c2")], cursor="a b/ü", as_of="2026-10-02T12:00:00Z", ETag='"1"'),
        page([], cursor="7", as_of="2026-10-02T12:00:05Z", ETag='"2"'),
        page([row("c3")], as_of="garbage", ETag='"3"'),
    )
    listing, requests = read(
        pages,
        since="2026-10-01T00:00:00Z",
        etag='"0"',
        params={"scope": "brand"},
        tell=lambda done, total: told.append((done, total)),
    )
    assert listing == Listing(
        [row("c1"), row("c2"), row("c3")], AS_OF, "", datetime(2026, 10, 2, 8, tzinfo=UTC)
    )  # the first page's moment, and no ETag: none stands for all three
    asked = {"scope": "brand", "updated_since": "2026-10-01T00:00:00Z", "limit": "200"}
    assert [request.params for request in requests] == [asked, asked | {"cursor": "a b/ü"}, asked | {"cursor": "7"}]
    assert [request.headers.get("If-None-Match") for request in requests] == ['"0"', None, None]
    assert told == [(2, 0), (2, 0), (3, 0)]


def test_a_single_page_keeps_its_etag_and_everything_is_asked_without_a_since() -> None:
    listing, requests = read(in_turn(page([row()], ETag='"1"')))
    assert listing == Listing([row()], AS_OF, '"1"', datetime(2026, 10, 2, 8, tzinfo=UTC))
    assert requests[0].params == {"limit": "200"}


def test_unchanged_is_none() -> None:
    assert read(in_turn(Answer(304)), etag='"1"')[0] is None


def test_a_cursor_may_be_a_number_and_the_last_page_may_have_one() -> None:
    def envelope(more: bool) -> Answer:
        return Answer(body=json.dumps({"data": [1], "has_more": more, "next_cursor": 7}).encode())

    listing, requests = read(in_turn(envelope(True), envelope(False)))
    assert listing == Listing([1, 1], "", "", None)
    assert requests[1].params == {"limit": "200", "cursor": "7"}


def test_the_newest_is_found_whatever_the_order_and_whatever_else_is_in_the_list() -> None:
    rows = [row("c1", "2026-10-02T08:00:00Z"), row("c2", "2026-10-02T05:00:01-04:00"), row("c3", "tomorrow"), 7, {}]
    listing, _ = read(in_turn(page(rows)))
    assert listing is not None
    assert (listing.objects, listing.newest) == (rows, datetime(2026, 10, 2, 9, 0, 1, tzinfo=UTC))


GOOD = {"data": [], "has_more": False, "next_cursor": None}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "'data' is not a list; 'has_more' is not true or false"),
        ("x", "'data' is not a list; 'has_more' is not true or false"),
        (GOOD | {"data": {}}, "'data' is not a list."),
        (GOOD | {"has_more": "false"}, "'has_more' is not true or false."),
        (GOOD | {"has_more": None}, "'has_more' is not true or false."),
        ({"data": [], "next_cursor": None}, "'has_more' is not true or false."),
        (GOOD | {"next_cursor": ["a"]}, "'next_cursor' is neither text nor null."),
        (GOOD | {"has_more": True, "next_cursor": True}, "'next_cursor' is neither text nor null."),
        (GOOD | {"has_more": True, "next_cursor": "a" * 1001}, "'next_cursor' is longer than 1000 characters."),
    ],
)
def test_replies_of_another_form(body: Any, words: str) -> None:
    message = refused(in_turn(Answer(body=json.dumps(body).encode())))
    assert message.startswith("The AutoFBA panel's answer to /v1/clients is not a page of a list: ")
    assert words in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"data": [{"id": "c1"', "is not usable JSON: line 1, column 22"),
        (b'{"data": [{"balance": NaN}]}', "is not usable JSON: it holds NaN"),
        (b'{"data": [], "data": []}', "is not usable JSON: an object has the key 'data' twice"),
        (b'{"data": ["\\ud800"]}', "is not usable JSON: it holds half of a surrogate pair"),
        (b"", "'s answer to /v1/clients is empty."),
    ],
)
def test_json_is_read_strictly(body: bytes, words: str) -> None:
    assert words in refused(in_turn(Answer(body=body)))


def test_lists_that_never_end() -> None:
    letters = itertools.cycle("abc")
    assert "goes in circles" in refused(lambda request: page([], cursor=next(letters)))
    more = Answer(body=json.dumps(GOOD | {"has_more": True}).encode())
    assert "says that there is more, but not where (next_cursor)" in refused(in_turn(more))
    empty = Answer(body=json.dumps(GOOD | {"has_more": True, "next_cursor": ""}).encode())
    assert "says that there is more" in refused(in_turn(empty))


@pytest.mark.parametrize(("limit", "size"), [("MOST_PAGES", 1), ("MOST_OBJECTS", 9)])
def test_lists_beyond_all_measure(limit: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"sync.adapters.listing.{limit}", 20)
    numbers = itertools.count()
    requests: list[Request] = []

    def endless(request: Request) -> Answer:
        requests.append(request)
        return page([1] * size, cursor=str(next(numbers)))

    with pytest.raises(Unreachable, match="which is more than is read"):
        read(endless)
    assert len(requests) == (20 if limit == "MOST_PAGES" else 3)


def test_a_tell_that_raises_ends_the_reading() -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stopped

    with upstream(in_turn(page([row()], cursor="a"))) as running, make_caller(running.url) as caller:
        with pytest.raises(Stopped):
            read_list(caller, PATH, tell=stop)
        assert len(running.requests) == 1


def moved(newest: datetime | None, as_of: str, now: datetime = NOW, old: Mark = OLD, asked: str = OLD.since) -> str:
    return next_mark(old, Listing([], as_of, "", newest), asked=asked, now=now).since


SEEN = datetime(2026, 10, 2, 11, 0, 0, 900_000, tzinfo=UTC)
FUTURE = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("newest", "as_of", "now", "since"),
    [
        (SEEN, AS_OF, NOW, "2026-10-02T10:59:00Z"),
        (SEEN, "", NOW, "2026-10-02T10:59:00Z"),
        (SEEN, "yesterday", NOW, "2026-10-02T10:59:00Z"),
        (FUTURE, AS_OF, NOW, "2026-10-02T11:59:00Z"),
        (FUTURE, "", NOW, "2026-10-02T11:59:30Z"),
        (FUTURE, "2031-01-01T00:00:00Z", NOW, "2026-10-02T11:59:30Z"),
        (FUTURE, AS_OF, NOW + HOUR, "2026-10-02T11:59:00Z"),
        (SEEN, AS_OF, NOW + HOUR, "2026-10-02T10:59:00Z"),
        (SEEN, AS_OF, NOW - 2 * HOUR, "2026-10-02T09:59:30Z"),
        (SEEN, AS_OF, datetime(2026, 9, 1, tzinfo=UTC), OLD.since),
        (datetime(2026, 9, 1, tzinfo=UTC), AS_OF, NOW, OLD.since),
        (None, AS_OF, NOW, OLD.since),
    ],
)
def test_no_clock_and_no_row_moves_the_mark_too_far(
    newest: datetime | None, as_of: str, now: datetime, since: str
) -> None:
    assert moved(newest, as_of, now) == since


def test_after_everything_was_read_the_mark_starts_afresh() -> None:
    assert moved(SEEN, AS_OF, old=Mark("2099-01-01T00:00:00Z"), asked="") == "2026-10-02T10:59:00Z"
    assert moved(SEEN, AS_OF, old=Mark(), asked="") == "2026-10-02T10:59:00Z"
    assert moved(None, AS_OF, old=OLD, asked="") == OLD.since
    assert moved(datetime(2000, 1, 1, tzinfo=UTC), AS_OF, old=Mark(), asked="") == "2000-01-01T00:00:00Z"


def test_moments_are_written_in_utc_and_never_too_late() -> None:
    moment = datetime.fromisoformat("2026-10-02T08:00:00.999999-04:00")
    assert moment_text(moment) == "2026-10-02T12:00:00Z"


@pytest.mark.parametrize(
    ("stored", "mark"),
    [
        ({"since": "2026-10-01T00:00:00Z", "etag": '"1"', "asked": ""}, Mark("2026-10-01T00:00:00Z", '"1"', "")),
        ({"since": "", "etag": "", "asked": ""}, Mark()),
        ({"since": "2026-10-01T00:00:00Z"}, OLD),
        ({"since": "2026-10-01T00:00:00Z", "etag": 7, "asked": ""}, OLD),
        ({"since": "last week", "etag": "", "asked": ""}, None),
        ({"since": None}, None),
        ({}, None),
        ("2026-10-01T00:00:00Z", None),
    ],
)
def test_stored_marks(stored: Any, mark: Mark | None) -> None:
    assert read_mark({"clients": stored}, "clients") == mark
    assert read_mark({"stores": stored}, "clients") is None
    if mark is not None:
        assert read_mark({"clients": mark.as_json()}, "clients") == mark


def test_an_etag_is_shown_only_with_the_question_that_gave_it() -> None:
    """The first change moves the mark, so the next question is another one; from the third on nothing is sent."""
    changed = page([row()], ETag='"1"')
    script = in_turn(changed, changed, Answer(304), page([row("c2", "2026-10-02T09:00:00Z")], ETag='"2"'), changed)
    mark: Mark | None = OLD
    found = []
    with upstream(script) as running, make_caller(running.url) as caller:
        for _ in range(5):
            part = read_part(caller, PATH, mark, everything=False, now=NOW)
            mark = part.mark
            found.append(len(part.objects))
    first, second, third = "2026-10-01T00:00:00Z", "2026-10-02T07:59:00Z", "2026-10-02T08:59:00Z"
    assert [request.params["updated_since"] for request in running.requests] == [first, second, second, second, third]
    assert [request.headers.get("If-None-Match") for request in running.requests] == [None, None, '"1"', '"1"', None]
    assert (found, mark) == ([1, 1, 0, 1, 1], Mark(third, '"1"', third))


def test_everything_is_asked_without_since_and_etag() -> None:
    old = Mark("", '"1"', "")
    with upstream(in_turn(page([row()], ETag='"1"'))) as running, make_caller(running.url) as caller:
        part = read_part(caller, PATH, old, everything=True, now=NOW)
    assert (running.requests[0].params, running.requests[0].headers.get("If-None-Match")) == ({"limit": "200"}, None)
    assert part.mark == Mark("2026-10-02T07:59:00Z", '"1"', "")
    assert part.mark.live_etag == ""
