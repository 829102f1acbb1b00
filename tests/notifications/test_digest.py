"""The daily digest: once a day for each who gets it."""

import threading
from datetime import date

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from notifications.models import DIGEST, Email, MailChoice
from notifications.services import Section, send_digest, send_due_emails
from tests.notifications.cases import SHARED, mails, staff

DAY = date(2026, 11, 22)
SECTIONS = [Section("Open alerts", ["2 alerts"], "/admin/notifications/alert/")]
SUBJECT = "Daily digest of Sunday, November 22, 2026"


@pytest.mark.django_db
def test_it_is_written_once_a_day_for_everybody_who_gets_it() -> None:
    ann = staff("ann")
    staff("ben")
    MailChoice.objects.create(user=ann, kind=DIGEST)
    assert send_digest(sections=SECTIONS, day=DAY) == 2
    assert send_digest(sections=[], day=DAY) == 0
    assert mails() == [(SHARED, SUBJECT), ("ann@example.com", SUBJECT)]
    assert send_digest(sections=SECTIONS, day=date(2026, 11, 23)) == 2


@pytest.mark.django_db
def test_one_who_chooses_it_later_gets_that_day_s() -> None:
    assert send_digest(sections=SECTIONS, day=DAY) == 1
    MailChoice.objects.create(user=staff("ann"), kind=DIGEST)
    assert send_digest(sections=SECTIONS, day=DAY) == 1
    assert [to for to, _subject in mails()] == [SHARED, "ann@example.com"]


@pytest.mark.django_db
def test_it_is_sent_like_any_other() -> None:
    send_digest(sections=iter(SECTIONS), day=DAY)  # type: ignore[arg-type]
    assert send_due_emails(now=timezone.now()).sent == 1
    assert "Open alerts\n- 2 alerts\n" in mail.outbox[0].body
    assert mail.outbox[0].extra_headers["Message-ID"].startswith("<digest.2026-11-22.")


@pytest.mark.django_db(transaction=True)
def test_four_who_write_it_at_once_write_one() -> None:
    counts: list[int] = []
    start = threading.Barrier(4)

    def write() -> None:
        try:
            start.wait()
            counts.append(send_digest(sections=SECTIONS, day=DAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(counts), Email.objects.count()) == ([0, 0, 0, 1], 1)
