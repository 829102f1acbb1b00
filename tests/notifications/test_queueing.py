"""When a worker is asked to send: once for what is due, again when it is done, after a minute while nothing can go."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ
from time_machine import travel

from notifications import tasks
from notifications.models import Email, EmailState, SenderSlot
from notifications.services import queue_due_emails, try_again
from tests.notifications.cases import NOW, short

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
BROKEN = "tests.notifications.backends.BrokenBackend"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with travel(NOW, tick=False) as clock:
        yield clock


def queued() -> list[str]:
    return [task.task["func"] for task in OrmQ.objects.order_by("pk")]


def test_nothing_is_queued_where_nothing_is_due() -> None:
    assert not queue_due_emails(now=NOW)
    short()
    assert not queue_due_emails(now=NOW - MINUTE)
    with CaptureQueriesContext(connection) as queries:
        assert not queue_due_emails(now=NOW - MINUTE)
    # what waits, what was left behind: a tick each second costs two looks at an index
    assert len(queries) == 2
    assert queued() == []


def test_what_is_due_is_queued_once_and_again_when_the_worker_has_ended() -> None:
    short()
    assert [queue_due_emails(now=NOW), queue_due_emails(now=NOW), tasks.tick()] == [True, False, False]
    assert queued() == ["notifications.tasks.send_due"]
    assert tasks.send_due() == "1 sent, 0 refused, 0 given up, 0 later"
    short(2)
    assert queue_due_emails(now=NOW)


def test_what_a_lost_sender_left_behind_is_queued() -> None:
    short()
    Email.objects.update(state=EmailState.SENDING, claimed_until=NOW, attempts=1)
    assert queue_due_emails(now=NOW)


def test_a_worker_that_was_lost_is_replaced_after_five_minutes() -> None:
    short()
    assert queue_due_emails(now=NOW)
    assert not queue_due_emails(now=NOW + 5 * MINUTE - timedelta(seconds=1))
    assert queue_due_emails(now=NOW + 5 * MINUTE)
    assert len(queued()) == 2


def test_one_call_of_the_task_sends_all_that_is_due() -> None:
    for number in range(1, 10):
        short(number)
    Email.objects.bulk_create(
        Email(kind="digest", to="a@example.com", message_id=f"<{n}>", next_try_at=NOW, created_at=NOW)
        for n in range(60)
    )
    assert tasks.send_due() == "69 sent, 0 refused, 0 given up, 0 later"
    assert len(mail.outbox) == 69


def test_while_the_server_is_away_one_e_mail_a_minute_tries_it(settings: Any) -> None:
    settings.EMAIL_BACKEND = BROKEN
    for number in (1, 2, 3):
        short(number)
    queue_due_emails(now=NOW)
    assert tasks.send_due().startswith("0 sent, 0 refused, 0 given up, 1 later; An unexpected error (KeyError)")
    assert sorted(Email.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert not queue_due_emails(now=NOW + MINUTE - timedelta(seconds=1))
    assert queue_due_emails(now=NOW + MINUTE)


def test_try_again_does_not_wait_for_that_minute(settings: Any) -> None:
    settings.EMAIL_BACKEND = BROKEN
    short()
    queue_due_emails(now=NOW)
    tasks.send_due()
    assert try_again(emails=[Email.objects.get().pk], now=NOW) == 1
    assert queue_due_emails(now=NOW)


def test_a_sending_that_is_rolled_back_is_not_queued() -> None:
    short()
    with pytest.raises(RuntimeError), transaction.atomic():
        assert queue_due_emails(now=NOW)
        raise RuntimeError
    assert queued() == []
    assert queue_due_emails(now=NOW)


def test_there_is_one_turn_to_send() -> None:
    queue_due_emails(now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SenderSlot.objects.create(pk=2, free_at=NOW)
