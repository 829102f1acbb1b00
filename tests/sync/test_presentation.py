"""How fresh a source is and when it is read next, in words."""

from datetime import timedelta
from typing import Any

import pytest

from common.models import Run, RunState
from sync.models import SourceName, SourceState
from sync.presentation import Freshness, freshness, source_views, span
from sync.services.polling import stale_after
from tests.sync.test_admin import NOW, as_of, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_portal_is_set(settings: Any) -> None:
    settings.PORTAL_URL = "file:/nowhere.csv"


def fresh(found: SourceState | None, source: SourceName = SourceName.PORTAL) -> str:
    return freshness(source, found, now=NOW)


def test_how_fresh_a_source_is() -> None:
    limit = stale_after(SourceName.PORTAL)
    assert fresh(None) == Freshness.NEVER_READ
    assert fresh(None, SourceName.PANEL) == Freshness.NOT_SET
    assert fresh(SourceState(source="portal")) == Freshness.NEVER_READ
    assert fresh(SourceState(source="portal", as_of=NOW - limit)) == Freshness.FRESH
    assert fresh(SourceState(source="portal", as_of=NOW - limit - timedelta(seconds=1))) == Freshness.STALE
    assert fresh(SourceState(source="preorders", as_of=as_of(days=9)), SourceName.PREORDERS) == Freshness.BY_HAND


@pytest.mark.parametrize(
    ("run", "target", "expected"),
    [
        (RunState.RUNNING, "", Freshness.FRESH),
        (RunState.SKIPPED, "", Freshness.FRESH),
        (RunState.FAILED, "", Freshness.FAILED),
        (RunState.FAILED, "upload.csv", Freshness.FRESH),
        (RunState.PARKED, "", Freshness.PARKED),
        (RunState.HELD, "upload.csv", Freshness.FRESH),
    ],
)
def test_the_last_run_tells_of_trouble(run: RunState, target: str, expected: Freshness) -> None:
    found = state(run=run, target=target, as_of=NOW)
    assert fresh(found) == expected
    found.held_run = Run.objects.create(kind="sync.portal", state=RunState.HELD)
    assert fresh(found) == Freshness.HELD


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "due"),
        ({"next_poll_at": NOW + timedelta(seconds=41)}, "in 41 seconds"),
        ({"next_poll_at": as_of(minutes=7)}, "due since 7 minutes: is a worker running?"),
        ({"next_poll_at": NOW, "queued_at": as_of(seconds=3)}, "queued"),
        ({"next_poll_at": NOW, "queued_at": as_of(hours=2)}, "queued since 2 hours: is a worker running?"),
        ({"run": RunState.RUNNING}, "being read now"),
        ({"run": RunState.PARKED}, "when a person starts it"),
    ],
)
def test_when_a_source_is_read_next(fields: dict[str, Any], expected: str) -> None:
    state(**fields)
    view = source_views(now=NOW)[0]
    assert (view.next_reading, view.period) == (expected, "every 60 seconds")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-3), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(seconds=120), "2 minutes"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=800), "800 days"),
    ],
)
def test_a_length_of_time_in_words(length: timedelta, words: str) -> None:
    assert span(length) == words
