"""What a message sets off: one reading, whatever the number of messages, and what we know wins if it is newer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from clients.models import Client
from common.models import Run, RunState
from common.transactions import Busy
from sync.models import RowIssue, SourceName, SourceState, WebhookDelivery
from sync.services import webhooks
from sync.services.lease import begin_run
from sync.services.polling import poll_source, queue_due_polls
from tests.sync.cases import panel, panel_client
from tests.sync.webhooks import KEY, NEXT_KEY, secret, send


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    """The panel's folder, as PANEL_URL names it."""
    settings.WEBHOOK_SECRETS = {"panel": [secret(KEY)], "ungating": [secret(NEXT_KEY)]}
    settings.PANEL_URL = f"file:{tmp_path}"
    return panel(tmp_path)


def queued() -> list[tuple[Any, ...]]:
    return [(task["func"], task["args"]) for task in (entry.task for entry in OrmQ.objects.order_by("pk"))]


def work() -> list[str]:
    """Do what is queued, as a worker does; what came out."""
    tasks = [entry.task for entry in OrmQ.objects.order_by("pk")]
    OrmQ.objects.all().delete()
    return [import_string(task["func"])(*task["args"]) for task in tasks]


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Verb and table of each statement that is not about transactions."""
    words = [query["sql"].replace('"', "").replace("`", "").split() for query in queries.captured_queries]
    tables = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM"}
    return [f"{one[0]} {one[one.index(tables[one[0]]) + 1]}" for one in words if one[0] in tables]


@pytest.mark.django_db
def test_a_message_is_followed_by_one_reading_that_takes_the_object_over(folder: Path) -> None:
    assert send().status_code == 202
    assert queued() == [("sync.tasks.poll", ("panel",))]
    work()
    assert Client.objects.get().name == "Client 1"
    run = Run.objects.get()
    assert (run.kind, run.state, SourceState.objects.get().last_run) == ("sync.panel", RunState.SUCCEEDED, run)


@pytest.mark.django_db
def test_ours_wins_if_newer(folder: Path) -> None:
    poll_source(source=SourceName.PANEL)
    panel(folder, [panel_client(name="Outdated", updated_at="2026-09-30T08:00:00Z")])
    assert send(message_id="msg_1").status_code == 202
    work()
    assert Client.objects.get().name == "Client 1"
    assert RowIssue.objects.get(closed_at=None).reason == "older_than_ours"
    panel(folder, [panel_client(name="Newest", updated_at="2026-10-02T08:00:00Z")])
    assert send(message_id="msg_2").status_code == 202
    work()
    assert Client.objects.get().name == "Newest"
    assert not RowIssue.objects.filter(closed_at=None).exists()


@pytest.mark.django_db
def test_a_good_message_takes_nine_statements_and_a_replay_one(folder: Path) -> None:
    SourceState.objects.create(source="panel", next_poll_at=timezone.now() + timedelta(minutes=1))
    with CaptureQueriesContext(connection) as good:
        assert send().status_code == 202
    assert statements(good) == [
        "SELECT sync_webhookdelivery",
        "INSERT sync_webhookdelivery",
        "SELECT sync_sourcestate",
        "UPDATE sync_sourcestate",
        "SELECT common_andoncord",
        "SELECT sync_sourcestate",
        "SELECT common_run",
        "UPDATE sync_sourcestate",
        "INSERT django_q_ormq",
    ]
    with CaptureQueriesContext(connection) as replay:
        assert send().status_code == 200
    assert [query["sql"][:6] for query in replay.captured_queries] == ["SELECT"]


@pytest.mark.django_db
def test_a_storm_of_200_messages_queues_one_reading(folder: Path) -> None:
    answers = Counter(send(message_id=f"msg_{number}").status_code for number in range(200))
    replays = Counter(send(message_id=f"msg_{number}").status_code for number in range(0, 200, 10))
    assert (answers, replays) == ({202: 200}, {200: 20})
    assert (queued(), WebhookDelivery.objects.count()) == ([("sync.tasks.poll", ("panel",))], 200)
    work()
    # The later messages came after that reading was asked for: they have one more, together, and then it is quiet.
    assert [queue_due_polls(now=timezone.now()) for _ in range(2)] == [[SourceName.PANEL], []]
    work()
    assert queue_due_polls(now=timezone.now()) == []


@pytest.mark.django_db
def test_a_message_during_a_reading_is_read_after_it(folder: Path) -> None:
    run = begin_run(source=SourceName.PANEL, target="", by_hand=False, actor=None)
    assert (send().status_code, queued()) == (202, [])
    run.finish(RunState.SUCCEEDED)
    assert queue_due_polls(now=timezone.now()) == [SourceName.PANEL]


@pytest.mark.django_db
def test_a_message_for_a_source_that_is_not_set_is_accepted_and_nothing_is_queued(settings: LazySettings) -> None:
    settings.PANEL_URL = ""
    assert (send().status_code, queued()) == (202, [])
    assert SourceState.objects.get().next_poll_at is not None


@pytest.mark.django_db(transaction=True)
def test_what_ends_between_id_and_queue_is_made_up_for_by_the_next_tick(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*, now: datetime) -> None:
        raise Busy("Other writers.")

    monkeypatch.setattr(webhooks, "queue_due_polls", power_cut)
    answer = send()
    assert (answer.status_code, answer.json()["code"], queued()) == (503, "busy", [])
    monkeypatch.undo()
    assert send().status_code == 200
    assert queue_due_polls(now=timezone.now()) == [SourceName.PANEL]
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_id_is_remembered_where_the_source_could_not_be_woken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(*, source: SourceName, now: datetime) -> None:
        raise Busy("Other writers.")

    monkeypatch.setattr(webhooks, "wake", power_cut)
    assert (send().status_code, WebhookDelivery.objects.count()) == (503, 0)
    monkeypatch.undo()
    assert (send().status_code, OrmQ.objects.count()) == (202, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_message_four_times_at_once_is_taken_once(folder: Path) -> None:
    """Five rounds; in the first one the source's row is made in the race too."""
    rounds, senders = 5, 4
    start = Barrier(senders)

    def sender(_: int) -> list[int]:
        try:
            return [_at_once(start, f"msg_{number}") for number in range(rounds)]
        finally:
            connection.close()

    with ThreadPoolExecutor(senders) as pool:
        answers = list(pool.map(sender, range(senders)))
    assert [sorted(one) for one in zip(*answers, strict=True)] == [[200, 200, 200, 202]] * rounds
    assert (WebhookDelivery.objects.count(), SourceState.objects.count(), OrmQ.objects.count()) == (rounds, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_different_bodies_with_one_id_at_once_are_one_message_and_conflicts(folder: Path) -> None:
    start = Barrier(3)

    def sender(number: int) -> int:
        try:
            return _at_once(start, "msg_1", f'{{"type": "a{number}"}}'.encode())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(sender, range(3)))
    assert (answers, WebhookDelivery.objects.count(), OrmQ.objects.count()) == ([202, 409, 409], 1, 1)


def _at_once(start: Barrier, message_id: str, body: bytes = b'{"type": "client.updated"}') -> int:
    start.wait(20)
    return send(body, message_id=message_id).status_code


@pytest.mark.django_db
def test_a_message_keeps_its_id_when_it_is_sent_again_later(folder: Path) -> None:
    """A sender's retry has a new time and a new signature."""
    assert send().status_code == 202
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert send().status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert webhooks.forget_old_deliveries(now=timezone.now()) == 1
        assert send().status_code == 202
