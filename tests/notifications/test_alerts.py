"""Alerts: told once, counted, told again after a day, put off, done and open again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from common.errors import Conflict, DomainError
from notifications.models import Alert, AlertKind, AlertState, Email, MailChoice
from notifications.services import close_alert, mark_done, raise_alert, reopen, snooze
from tests.notifications.cases import NOW, SHARED, mails, short, staff, the_alert

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FIRST = (SHARED, "Stock below reserved: B000000001: 8 units short")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with travel(NOW, tick=False) as clock:
        yield clock


def test_a_new_condition_is_e_mailed_and_its_repeats_are_counted(clock: Any) -> None:
    short()
    clock.shift(23 * HOUR)
    short(title="B000000001: 9 units short")
    alert = the_alert()
    assert (alert.count, alert.title, alert.last_at) == (2, "B000000001: 9 units short", NOW + 23 * HOUR)
    assert mails() == [FIRST]


def test_what_stays_open_and_repeats_is_e_mailed_again_a_day_after_the_last(clock: Any) -> None:
    short()
    clock.shift(24 * HOUR)
    short()
    clock.shift(23 * HOUR)
    short()
    clock.shift(HOUR)
    short()
    again = "Stock below reserved: still open, {} times: B000000001: 8 units short"
    assert mails() == [FIRST, (SHARED, again.format(2)), (SHARED, again.format(4))]
    assert "2 times since Nov. 22, 2026, noon, and still open." in Email.objects.order_by("pk")[1].text


def test_what_was_settled_is_a_new_condition_when_it_comes_back() -> None:
    short()
    close_alert(kind=AlertKind.STOCK_SHORT, fold_key="asin:1")
    short()
    assert [alert.state for alert in Alert.objects.order_by("pk")] == [AlertState.DONE, AlertState.OPEN]
    assert mails() == [FIRST, FIRST]


def test_one_that_was_open_before_there_were_e_mails_is_told_with_its_next_repeat() -> None:
    short()
    Email.objects.all().delete()
    Alert.objects.update(mailed_at=None)
    short()
    short()
    assert [subject for _to, subject in mails()] == [
        "Stock below reserved: still open, 2 times: B000000001: 8 units short"
    ]


def test_nothing_is_told_of_what_was_rolled_back() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        short()
        raise RuntimeError
    assert (Alert.objects.count(), Email.objects.count()) == (0, 0)


def test_put_off_it_is_counted_and_not_e_mailed_and_then_open_by_itself(clock: Any) -> None:
    short()
    assert snooze(alerts=[the_alert().pk], until=NOW + 30 * HOUR, now=NOW) == 1
    clock.shift(29 * HOUR)
    short()
    at = NOW + 29 * HOUR
    assert (the_alert().count, Alert.objects.awake(at).count(), Alert.objects.snoozed(at).count()) == (2, 0, 1)
    assert mails() == [FIRST]
    clock.shift(HOUR)
    assert Alert.objects.awake(NOW + 30 * HOUR).count() == 1
    short()
    assert [subject for _to, subject in mails()][1:] == [
        "Stock below reserved: still open, 3 times: B000000001: 8 units short"
    ]


@pytest.mark.parametrize("span", [timedelta(0), -HOUR, timedelta(days=367)])
def test_it_is_put_off_into_the_next_year_only(span: timedelta) -> None:
    short()
    with pytest.raises(DomainError) as refusal:
        snooze(alerts=[the_alert().pk], until=NOW + span, now=NOW)
    assert refusal.value.problems[0].field == "until"
    assert the_alert().snoozed_until is None


def test_done_counts_those_that_were_open() -> None:
    short(1)
    short(2)
    keys = list(Alert.objects.values_list("pk", flat=True))
    snooze(alerts=keys[:1], until=NOW + HOUR, now=NOW)
    assert (mark_done(alerts=keys), mark_done(alerts=keys)) == (2, 0)
    assert set(Alert.objects.values_list("state", "snoozed_until")) == {("done", None)}


def test_what_is_done_or_put_off_is_opened_again() -> None:
    short(1)
    short(2)
    short(3)
    done, put_off, untouched = Alert.objects.order_by("pk").values_list("pk", flat=True)
    mark_done(alerts=[done])
    snooze(alerts=[put_off], until=NOW + HOUR, now=NOW)
    assert reopen(alerts=[done, put_off, untouched], now=NOW) == 2
    assert Alert.objects.awake(NOW).count() == 3


def test_a_condition_is_open_once() -> None:
    short(1)
    older = the_alert()
    mark_done(alerts=[older.pk])
    short(1)
    short(2)
    other = Alert.objects.get(title__startswith="B000000002")
    mark_done(alerts=[other.pk])
    with pytest.raises(Conflict, match="“B000000001: 8 units short” is open already as a newer alert"):
        reopen(alerts=[older.pk, other.pk], now=NOW)
    assert Alert.objects.get(pk=other.pk).state == AlertState.DONE
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=older.pk).update(state="open")


def test_those_who_chose_the_kind_and_may_see_alerts_are_told_too(settings: Any) -> None:
    chosen = {
        "ann": staff("ann"),
        "twice": staff("twice", email=SHARED.upper()),
        "no_address": staff("no_address", email=""),
        "no_role": staff("no_role", role=None),
        "gone": staff("gone"),
        "not_staff": staff("not_staff"),
    }
    staff("did_not_choose")
    other_kind = staff("other_kind")
    for user in chosen.values():
        MailChoice.objects.create(user=user, kind=AlertKind.STOCK_SHORT)
    MailChoice.objects.create(user=other_kind, kind=AlertKind.SYNC_TROUBLE)
    type(chosen["gone"]).objects.filter(username="gone").update(is_active=False)
    type(chosen["gone"]).objects.filter(username="not_staff").update(is_staff=False)
    short(1)
    assert [to for to, _subject in mails()] == [SHARED, "ann@example.com"]
    settings.ALLOCATION_EMAIL = ""
    short(2)
    assert [to for to, _subject in mails()][2:] == ["ann@example.com", "ALLOCATION@profitzon.net"]


def test_a_user_with_the_shared_address_is_told_once_whatever_name_stands_before_it(settings: Any) -> None:
    settings.ALLOCATION_EMAIL = "Team <ann@example.com>"
    MailChoice.objects.create(user=staff("ann"), kind=AlertKind.STOCK_SHORT)
    short()
    assert [to for to, _subject in mails()] == ["Team <ann@example.com>"]


def test_trouble_with_mail_is_not_e_mailed(clock: Any) -> None:
    for _time in range(2):
        raise_alert(kind=AlertKind.MAIL_TROUBLE, title="Refused", fold_key="a")
        clock.shift(25 * HOUR)
    assert (the_alert().count, the_alert().mailed_at, mails()) == (2, None, [])


def test_titles_stand_on_one_line_and_texts_can_be_stored() -> None:
    short(title="Acme\r\nBcc: evil@example.com\x00\u202e" + "x" * 300, body="a\r\nb\x00\ud800")
    alert = the_alert()
    assert alert.title == "Acme Bcc: evil@example.com " + "x" * 172 + "…"
    assert alert.body == "a\nb ?"


def test_a_repeat_asks_the_database_twice_and_touches_one_row() -> None:
    short()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        short()
    # the count by the unique open key; whether a reminder is due
    assert len(queries) == 2


def test_the_database_refuses_states_that_there_are_not() -> None:
    short()
    email = Email.objects.get()
    for wrong in ({"state": "lost"}, {"state": "sending"}, {"claimed_until": NOW}, {"state": "sent"}, {"sent_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Email.objects.filter(pk=email.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        MailChoice.objects.create(user=staff("ann"), kind="mail_trouble")
