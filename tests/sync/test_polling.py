"""When sources are read by themselves: once when due, again when woken, told once when they grow old."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_q.models import OrmQ
from time_machine import travel

from common.models import RunState
from notifications.models import Alert
from sync.models import SourceName, SourceState
from sync.services.lease import begin_run
from sync.services.polling import (
    poll_period,
    poll_source,
    queue_due_polls,
    stale_after,
    wake,
    warn_of_stale_sources,
)
from sync.services.run import sync_source
from sync.tasks import tick
from tests.sync.cases import asin_row, panel, sheet

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
PORTAL = SourceName.PORTAL


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def portal_is_set(settings: Any, tmp_path: Path) -> None:
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(1)])}"


def queued() -> list[str]:
    return [task.task["args"][0] for task in OrmQ.objects.order_by("pk")]


@pytest.mark.django_db
def test_a_source_is_queued_when_it_is_due_and_not_before(portal_is_set: None, settings: Any) -> None:
    settings.POLL_SECONDS = {"portal": 20, "panel": 60, "ungating": 60}
    assert queue_due_polls(now=NOW) == [PORTAL]
    state = SourceState.objects.get(source="portal")
    assert (state.next_poll_at, state.queued_at) == (NOW + timedelta(seconds=20), NOW)
    poll_source(source=PORTAL)
    assert queue_due_polls(now=NOW + timedelta(seconds=19)) == []
    assert queue_due_polls(now=NOW + timedelta(seconds=20)) == [PORTAL]
    assert queued() == ["portal", "portal"]


@pytest.mark.django_db
def test_only_sources_that_are_set_and_polled_are_queued(settings: Any, tmp_path: Path) -> None:
    settings.PREORDERS_URL = settings.PANEL_URL = f"file:{tmp_path}"
    assert queue_due_polls(now=NOW) == [SourceName.PANEL]


@pytest.mark.django_db
def test_what_waits_in_the_queue_is_not_queued_again_unless_it_was_lost(portal_is_set: None) -> None:
    queue_due_polls(now=NOW)
    assert queue_due_polls(now=NOW + timedelta(minutes=4)) == []
    assert queue_due_polls(now=NOW + timedelta(minutes=5)) == [PORTAL]


@pytest.mark.django_db
def test_a_source_that_is_being_read_waits_until_that_is_over_and_is_then_read_again(portal_is_set: None) -> None:
    queue_due_polls(now=NOW)
    SourceState.objects.update(queued_at=None)
    run = begin_run(source=PORTAL, target="", by_hand=False, actor=None)
    wake(source=PORTAL, now=NOW)
    assert queue_due_polls(now=NOW) == []
    run.finish(RunState.SUCCEEDED)
    assert queue_due_polls(now=NOW) == [PORTAL]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_look_at_once_one_queues(portal_is_set: None) -> None:
    start = threading.Barrier(5)
    found: list[list[SourceName]] = []

    def look() -> None:
        start.wait()
        found.append(queue_due_polls(now=NOW))
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, found)) == [0, 0, 0, 0, 1]
    assert queued() == ["portal"]


@pytest.mark.django_db
def test_a_stale_source_is_told_once_and_taken_back_when_it_is_read(portal_is_set: None, at_noon: Any) -> None:
    sync_source(source=PORTAL)
    at_noon.shift(stale_after(PORTAL))
    assert warn_of_stale_sources(now=NOW + stale_after(PORTAL)) == []
    late = NOW + stale_after(PORTAL) + timedelta(seconds=1)
    at_noon.move_to(late)
    for _ in range(3):
        assert warn_of_stale_sources(now=late) == [PORTAL]
    alert = Alert.objects.get()
    assert (alert.title, alert.count, alert.state) == (
        "Buying portal: stale, not read since 2026-11-22 12:00",
        1,
        "open",
    )
    sync_source(source=PORTAL)
    alert.refresh_from_db()
    assert alert.state == "done"


@pytest.mark.django_db
def test_trouble_that_is_told_already_is_not_told_again_as_stale(portal_is_set: None, settings: Any) -> None:
    settings.PORTAL_URL = "file:/nowhere.csv"
    sync_source(source=PORTAL)
    assert warn_of_stale_sources(now=NOW + timedelta(hours=1)) == [PORTAL]
    assert [alert.title for alert in Alert.objects.all()] == ["Buying portal: the sync failed"]


@pytest.mark.django_db
def test_the_schedule_queues_what_is_due(settings: Any, tmp_path: Path) -> None:
    settings.PANEL_URL = f"file:{panel(tmp_path)}"
    assert tick() == ["panel"]
    assert tick() == []


def test_the_period_comes_from_the_settings(settings: Any) -> None:
    settings.POLL_SECONDS = {"portal": 30, "panel": 60, "ungating": 60}
    assert (poll_period(PORTAL), stale_after(PORTAL)) == (timedelta(seconds=30), timedelta(seconds=180))
