"""Claims, tries and their spacing, whatever the server."""

from datetime import timedelta
from typing import Any

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailUnsupportedFeature
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from time_machine import travel

from notifications.channel import Fault, fault_of
from notifications.models import Alert, AlertKind, Email, EmailState
from notifications.services import SendReport, drop_old_emails, send_due_emails, try_again
from notifications.services.sending import BACK_OFF, MOST_ATTEMPTS
from tests.notifications.cases import NOW, short

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


BROKEN = "tests.notifications.backends.BrokenBackend"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with travel(NOW, tick=False) as clock:
        yield clock


def the_email() -> Email:
    return Email.objects.get()


def test_tries_are_spaced_and_end_within_three_days(settings: Any) -> None:
    settings.EMAIL_BACKEND = BROKEN
    short()
    now, waits = NOW, []
    for attempt in range(1, MOST_ATTEMPTS):
        assert send_due_emails(now=now).later == 1
        email = the_email()
        assert (email.attempts, email.state) == (attempt, EmailState.WAITING)
        waits.append(round((email.next_try_at - now) / MINUTE, 2))
        now = email.next_try_at
    assert waits == [1, 5, 15, 60, 240, 720, 720, 720, 720, 720]
    assert now - NOW <= timedelta(days=3)
    assert send_due_emails(now=now).failed == 1
    assert (the_email().state, the_email().attempts) == (EmailState.FAILED, 11)
    assert send_due_emails(now=now + timedelta(days=30)) == SendReport()
    told = Alert.objects.filter(kind=AlertKind.MAIL_TROUBLE).values_list("title", flat=True)
    assert sorted(told) == ["E-mails were given up after three days", "The mail server takes no e-mails"]
    assert Email.objects.count() == 1
    assert sum(BACK_OFF, timedelta(0)) == timedelta(hours=65, minutes=21)


def test_what_was_given_up_gets_all_its_tries_again(settings: Any) -> None:
    short()
    Email.objects.update(state=EmailState.FAILED, attempts=11, last_error="away")
    before = the_email().message_id
    assert try_again(emails=[the_email().pk], now=NOW) == 1
    assert send_due_emails(now=NOW) == SendReport(sent=1)
    assert (the_email().attempts, mail.outbox[0].extra_headers["Message-ID"]) == (1, before)
    assert try_again(emails=[the_email().pk], now=NOW) == 0
    assert the_email().state == EmailState.SENT


def test_an_unexpected_error_is_kept_and_tried_again(settings: Any) -> None:
    settings.EMAIL_BACKEND = BROKEN
    short()
    assert send_due_emails(now=NOW).trouble == "An unexpected error (KeyError). See the log."
    assert (the_email().state, the_email().attempts) == (EmailState.WAITING, 1)


def test_a_backend_that_sends_nothing_has_not_sent(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.notifications.backends.SilentBackend"
    short()
    assert send_due_emails(now=NOW).later == 1
    assert the_email().last_error == "The mail server took nothing and gave no reason."


def test_nothing_is_claimed_where_the_settings_name_no_way(settings: Any) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {}
    short()
    with pytest.raises(ImproperlyConfigured, match="MAILGUN_API_KEY"):
        send_due_emails(now=NOW)
    assert (the_email().state, the_email().attempts) == (EmailState.WAITING, 0)


def test_a_claim_holds_for_its_lease_and_is_then_taken_up() -> None:
    short()
    Email.objects.update(state=EmailState.SENDING, claimed_until=NOW + 2 * MINUTE, attempts=1)
    before = the_email().message_id
    assert send_due_emails(now=NOW + 2 * MINUTE - timedelta(seconds=1)) == SendReport()
    assert send_due_emails(now=NOW + 2 * MINUTE) == SendReport(sent=1)
    assert (the_email().attempts, mail.outbox[0].extra_headers["Message-ID"]) == (2, before)


def test_one_that_kills_its_senders_is_given_up() -> None:
    short()
    Email.objects.update(state=EmailState.SENDING, claimed_until=NOW, attempts=MOST_ATTEMPTS)
    assert send_due_emails(now=NOW).failed == 1
    assert mail.outbox == []
    assert the_email().last_error == "Each of its senders was lost before the end."


def test_a_sender_that_slept_through_its_lease_cannot_undo_what_the_next_one_did(settings: Any) -> None:
    """While the first one waits for its server, another takes the e-mail over and sends it."""
    short()
    settings.EMAIL_BACKEND = "tests.notifications.backends.SlowBackend"
    assert send_due_emails(now=NOW).trouble == "too late"
    assert (the_email().state, the_email().attempts) == (EmailState.SENT, 2)
    assert len(mail.outbox) == 1


def test_the_oldest_go_first_and_no_more_than_asked_for() -> None:
    for number in (1, 2, 3):
        short(number)
    Email.objects.filter(subject__contains="B000000003").update(next_try_at=NOW - MINUTE)
    Email.objects.filter(subject__contains="B000000002").update(next_try_at=NOW + MINUTE)
    assert send_due_emails(now=NOW, most=1) == SendReport(sent=1)
    assert send_due_emails(now=NOW, most=5) == SendReport(sent=1)
    assert ["B000000003" in message.subject for message in mail.outbox] == [True, False]


def test_what_a_provider_says() -> None:
    refused = fault_of(AnymailRecipientsRefused("All message recipients were rejected"))
    assert refused == Fault("All message recipients were rejected", is_final=True)
    assert fault_of(AnymailUnsupportedFeature("no headers")) == Fault("no headers", is_final=False, is_of_server=True)
    assert fault_of(AnymailAPIError("odd")) == Fault("odd", is_final=False, is_of_server=True)


def test_sent_ones_go_after_ninety_days_and_nothing_else() -> None:
    for number in (1, 2, 3):
        short(number)
    old, young, waiting = Email.objects.order_by("pk")
    long_ago = NOW - timedelta(days=91)
    Email.objects.filter(pk=old.pk).update(state="sent", sent_at=long_ago, next_try_at=long_ago)
    Email.objects.filter(pk=young.pk).update(state="sent", sent_at=NOW, next_try_at=long_ago)
    Email.objects.filter(pk=waiting.pk).update(next_try_at=long_ago)
    assert drop_old_emails(now=NOW) == 1
    assert list(Email.objects.order_by("pk")) == [young, waiting]
