"""Several senders over one outbox, and several who raise one alert."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models import Alert, Email
from notifications.services import queue_due_emails, send_due_emails
from tests.notifications.cases import short
from tests.notifications.mail_servers import by_smtp, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 4


def at_once(act: Callable[[], Any]) -> list[Any]:
    """What `act` returns in each of four threads that begin together."""
    found: list[Any] = []
    start = threading.Barrier(SENDERS)

    def run() -> None:
        try:
            start.wait()
            found.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == SENDERS
    return found


def test_each_e_mail_is_sent_by_one_of_four_senders(settings: Any) -> None:
    for number in range(24):
        short(number)
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        reports = at_once(lambda: send_due_emails(now=timezone.now()))
    assert sum(report.sent for report in reports) == 24
    arrived = Counter(mail["Message-ID"] for mail in inbox.mails)
    assert arrived == dict.fromkeys(Email.objects.values_list("message_id", flat=True), 1)
    assert set(Email.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_condition_that_four_raise_at_once_is_one_alert_and_one_e_mail() -> None:
    at_once(short)
    assert (Alert.objects.get().count, Email.objects.count()) == (4, 1)


def test_four_ticks_queue_one_sending() -> None:
    short()
    now = timezone.now()
    assert sorted(at_once(lambda: queue_due_emails(now=now))) == [False, False, False, True]
