"""The ungating software's statuses over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.adapters.reading import Reading, Unreachable
from sync.adapters.ungating import read_ungating
from tests.sync.adapters.upstream import Answer, in_turn, make_caller, page, upstream

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
SINCE = "2026-10-01T00:00:00Z"
ROW = {"id": "u1", "store_id": "s1", "updated_at": "2026-10-02T08:00:00Z"}


def marks(since: str = SINCE, etag: str = "", asked: str = "") -> dict[str, Any]:
    return {"statuses": {"since": since, "etag": etag, "asked": asked}}


def test_the_first_reading_takes_everything_and_later_ones_what_changed() -> None:
    told: list[tuple[int, int]] = []
    moved = "2026-10-02T07:59:00Z"
    with upstream(in_turn(page([ROW], cursor="a"), page([ROW]), page([ROW], ETag='"1"'))) as running:
        caller = make_caller(running.url)
        first = read_ungating(
            caller, marks={}, sweep=False, now=NOW, tell=lambda done, total: told.append((done, total))
        )
        second = read_ungating(caller, marks=first.marks, sweep=False, now=NOW)
        caller.close()
    assert first == Reading({"statuses": [ROW, ROW]}, True, marks(moved))
    assert second == Reading({"statuses": [ROW]}, False, marks(moved, '"1"', moved))
    assert running.paths == ["/v1/ungating"] * 3
    assert [request.params.get("updated_since") for request in running.requests] == [None, None, moved]
    assert told == [(1, 0), (2, 0)]


def test_a_sweep_takes_everything_in_spite_of_a_mark() -> None:
    with upstream(in_turn(page([ROW]))) as running, make_caller(running.url) as caller:
        reading = read_ungating(caller, marks=marks(SINCE, '"1"', SINCE), sweep=True, now=NOW)
    assert (reading.complete, reading.parts) == (True, {"statuses": [ROW]})
    assert (running.requests[0].params, "If-None-Match" in running.requests[0].headers) == ({"limit": "200"}, False)


def test_unchanged_leaves_the_mark_as_it_was() -> None:
    old = marks(SINCE, '"1"', SINCE)
    with upstream(in_turn(Answer(304))) as running, make_caller(running.url) as caller:
        assert read_ungating(caller, marks=old, sweep=False, now=NOW) == Reading({"statuses": []}, False, old)
    assert running.requests[0].headers["If-None-Match"] == '"1"'


def test_a_page_that_fails_fails_the_reading() -> None:
    with upstream(in_turn(page([ROW], cursor="a"), Answer(403))) as running, make_caller(running.url) as caller:
        with pytest.raises(Unreachable, match="refuses our token"):
            read_ungating(caller, marks={}, sweep=False, now=NOW)
        assert len(running.requests) == 2
