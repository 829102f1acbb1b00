"""When the queue hangs, and what a worker host runs."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from time_machine import travel

from operations.programs import QueueWatch, worker_programs


def waiting(minutes: int) -> OrmQ:
    task: OrmQ = OrmQ.objects.create(key="allocation", payload="x", lock=timezone.now() - timedelta(minutes=minutes))
    return task


@pytest.mark.django_db
def test_the_queue_hangs_where_one_task_stays_first_for_over_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("operations.programs.time.monotonic", lambda: clock[0])
    # A connection that a test holds open must stay open.
    monkeypatch.setattr("operations.programs.connection.close", lambda: None)
    watch = QueueWatch()
    assert not watch()  # nothing waits
    clock[0] += 3600
    first = waiting(minutes=90)  # a backlog from before this worker
    second = waiting(minutes=80)
    assert not watch()
    clock[0] += 599
    assert not watch()
    first.delete()  # it is worked off
    clock[0] += 2
    assert not watch()
    clock[0] += 601
    assert watch()
    OrmQ.objects.filter(pk=second.pk).update(lock=timezone.now() + timedelta(minutes=20))  # taken by a worker
    assert not watch()


@travel("2026-11-22 12:00:00-05:00")
def test_a_worker_host_runs_the_queue_and_the_ticker_and_restarts_both() -> None:
    assert [(one.name, one.command[-1], one.restarts) for one in worker_programs()] == [
        ("queue", "qcluster", True),
        ("ticker", "ticker", True),
    ]
