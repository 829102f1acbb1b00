"""Sending to real mail servers: accepted, refused, put off, hanging, dripping, hanging up."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Alert, AlertKind, Email, EmailState
from notifications.services import SendReport, send_due_emails, try_again
from tests.notifications.cases import SHARED, short
from tests.notifications.mail_servers import bad_server, by_smtp, free_port, mail_server

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def send(later: timedelta = timedelta(0)) -> SendReport:
    return send_due_emails(now=timezone.now() + later)


def the_email() -> Email:
    return Email.objects.get()


def troubles() -> list[str]:
    return list(Alert.objects.filter(kind=AlertKind.MAIL_TROUBLE, state="open").values_list("title", flat=True))


def test_it_arrives_as_it_was_written_and_is_marked_sent(settings: Any) -> None:
    short(body="Ask <Acme> & Söhne.")
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        assert send() == SendReport(sent=1)
        assert send() == SendReport()
    email, mail = the_email(), inbox.mails[0]
    assert (email.state, email.attempts, email.claimed_until) == (EmailState.SENT, 1, None)
    assert (mail["To"], mail["From"], mail["Subject"]) == (SHARED, SHARED, email.subject)
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (email.message_id, "auto-generated")
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert (text, html) == (email.text, email.html)
    assert "Ask <Acme> & Söhne." in text
    assert "Ask &lt;Acme&gt; &amp; Söhne." in html


def test_many_go_over_one_connection(settings: Any) -> None:
    for number in range(1, 6):
        short(number)
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        assert send_due_emails(now=timezone.now(), most=4) == SendReport(sent=4)
        assert send() == SendReport(sent=1)
    assert inbox.connections == 2
    assert inbox.subjects == list(Email.objects.order_by("pk").values_list("subject", flat=True))


def test_a_refused_recipient_is_not_tried_again_and_told_on_the_dashboard_alone(settings: Any) -> None:
    short(1)
    with mail_server(rcpt=lambda to, asked: "550 5.1.1 No such mailbox here") as inbox:
        by_smtp(settings, inbox.port)
        assert send() == SendReport(refused=1)
        assert send(timedelta(days=9)) == SendReport()
    email = the_email()
    assert (email.state, email.attempts, email.last_error) == (EmailState.REFUSED, 1, "550 5.1.1 No such mailbox here")
    assert troubles() == [f"E-mails to {SHARED} are refused"]
    alert = Alert.objects.get(kind=AlertKind.MAIL_TROUBLE)
    assert "550 5.1.1 No such mailbox here" in alert.body
    assert alert.link == f"/admin/notifications/email/{email.pk}/change/"


def test_a_refused_content_is_final_and_the_others_go_on(settings: Any) -> None:
    short(1)
    short(2)
    with mail_server(data=lambda to, asked: "554 Looks like spam" if asked == 1 else None) as inbox:
        by_smtp(settings, inbox.port)
        assert send() == SendReport(sent=1, refused=1)
    assert list(Email.objects.order_by("pk").values_list("state", "last_error")) == [
        ("refused", "554 Looks like spam"),
        ("sent", ""),
    ]


def test_a_passing_refusal_is_tried_again_with_the_same_message_id(settings: Any) -> None:
    short()
    first = the_email()
    with mail_server(rcpt=lambda to, asked: "451 4.7.1 Greylisted, come back" if asked < 3 else None) as inbox:
        by_smtp(settings, inbox.port)
        now = timezone.now()
        assert send_due_emails(now=now) == SendReport(later=1)
        waiting = the_email()
        assert (waiting.state, waiting.last_error) == (EmailState.WAITING, "451 4.7.1 Greylisted, come back")
        assert MINUTE <= waiting.next_try_at - now < MINUTE + timedelta(seconds=2)
        assert send_due_emails(now=now + timedelta(seconds=59)) == SendReport()
        assert send_due_emails(now=now + timedelta(seconds=63)) == SendReport(later=1)
        assert send_due_emails(now=now + timedelta(minutes=7)) == SendReport(sent=1)
    assert (the_email().attempts, inbox.mails[0]["Message-ID"]) == (3, first.message_id)
    assert troubles() == []


def test_a_server_that_hangs_costs_the_timeout_once(settings: Any) -> None:
    for number in range(1, 4):
        short(number)
    with bad_server(b"") as port:
        by_smtp(settings, port, timeout=0.3)
        started = time.monotonic()
        report = send()
        assert 0.3 <= time.monotonic() - started < 1
    words = "The mail server took longer than 0.3 seconds."
    assert report == SendReport(later=1, trouble=words)
    assert list(Email.objects.order_by("pk").values_list("state", "attempts", "last_error")) == [
        ("waiting", 1, words),
        ("waiting", 0, ""),
        ("waiting", 0, ""),
    ]


def test_a_server_that_drips_costs_the_timeout_too(settings: Any) -> None:
    short()
    with bad_server(b"220-" + b"slow " * 100, every=0.05) as port:
        by_smtp(settings, port, timeout=0.3)
        started = time.monotonic()
        assert send() == SendReport(later=1, trouble="The mail server took longer than 0.3 seconds.")
        assert 0.3 <= time.monotonic() - started < 1


def test_after_one_hangs_the_others_go_first(settings: Any) -> None:
    short(1)
    short(2)
    with bad_server(b"") as port:
        by_smtp(settings, port, timeout=0.1)
        send()
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        assert send() == SendReport(sent=1)
        assert send(MINUTE + timedelta(seconds=2)) == SendReport(sent=1)
    assert ["B000000002" in subject for subject in inbox.subjects] == [True, False]


def test_a_server_that_hangs_up_in_the_middle_gets_it_again(settings: Any) -> None:
    short()
    with mail_server(data=lambda to, asked: "hang up" if asked == 1 else None) as inbox:
        by_smtp(settings, inbox.port)
        report = send()
        assert (report.later, report.trouble) == (1, "Connection unexpectedly closed")
        assert send(2 * MINUTE) == SendReport(sent=1)
    assert [mail["Message-ID"] for mail in inbox.mails] == [the_email().message_id]


def test_a_server_that_is_away_is_told_after_an_hour_and_that_ends_with_the_next_e_mail(settings: Any) -> None:
    short()
    by_smtp(settings, free_port())
    assert "Connection refused" in send().trouble
    assert troubles() == []
    assert "Connection refused" in send(timedelta(minutes=61)).trouble
    assert troubles() == ["The mail server takes no e-mails"]
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        try_again(emails=[the_email().pk], now=timezone.now())
        assert send() == SendReport(sent=1)
    assert troubles() == []


def test_a_server_that_repeats_our_password_does_not_put_it_on_the_page(settings: Any) -> None:
    short()
    settings.EMAIL_HOST_PASSWORD = "open-sesame-4711"
    with mail_server(rcpt=lambda to, asked: "451 you said open-sesame-4711") as inbox:
        by_smtp(settings, inbox.port)
        settings.EMAIL_HOST_USER = ""
        send()
    assert the_email().last_error == "451 you said …"


@pytest.mark.parametrize("address", ["a@b\r\nBcc: evil@example.com", "ann@example.com\n"])
def test_an_address_that_is_none_is_refused_without_a_word_to_the_server(settings: Any, address: str) -> None:
    short()
    Email.objects.update(to=address)
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        assert send() == SendReport(refused=1)
    assert (inbox.mails, inbox.asked) == ([], 0)
    assert the_email().last_error.startswith("It cannot be written as an e-mail: ")
