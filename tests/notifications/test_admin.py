"""Alerts and e-mails in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notifications.models import Alert, AlertKind, AlertState, Email, EmailState
from notifications.services import snooze
from tests.notifications.cases import short, staff

pytestmark = pytest.mark.django_db

ALERTS = "admin:notifications_alert_changelist"
EMAILS = "admin:notifications_email_changelist"


@pytest.fixture
def root() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def act(browser: Browser, action: str, *rows: Any, url: str = ALERTS) -> str:
    posted = {"action": action, "_selected_action": [row.pk for row in rows]}
    return browser.post(reverse(url) + "?show=all" * (url == ALERTS), posted, follow=True).content.decode()


def listed(browser: Browser, **filters: str) -> list[str]:
    return [str(row) for row in browser.get(reverse(ALERTS), filters).context["cl"].result_list]


def test_alerts_are_marked_as_done_by_post(root: Browser) -> None:
    alert = Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k", link="/admin/")
    url = reverse(ALERTS)
    assert 'href="/admin/">Go there' in root.get(url).content.decode()
    root.get(url, {"action": "mark_done", "_selected_action": alert.pk})
    assert Alert.objects.get().state == AlertState.OPEN
    assert "1 alert marked as done." in act(root, "mark_done", alert)
    assert Alert.objects.get().state == AlertState.DONE


@pytest.mark.parametrize("link", ["//evil.com/", "/\\evil.com/", "/\t/evil.com/", "https://evil.com/", "data:x"])
def test_only_addresses_of_this_site_become_links(root: Browser, link: str) -> None:
    alert = Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k", link=link)
    page = reverse("admin:notifications_alert_change", args=[alert.pk])
    assert "Go there" not in root.get(page).content.decode()


def test_what_is_done_already_is_not_said_to_be_marked_again(root: Browser) -> None:
    short(1)
    short(2)
    first, second = Alert.objects.order_by("pk")
    act(root, "mark_done", first)
    assert "1 alert marked as done." in act(root, "mark_done", first, second)
    assert "0 alerts put off for a day." in act(root, "snooze_day", first)
    told = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
    assert list(told) == [(str(first.pk), "Marked as done"), (str(second.pk), "Marked as done")]


def test_alerts_are_put_off_and_opened_again(root: Browser) -> None:
    short()
    alert = Alert.objects.get()
    for action, days in (("snooze_day", 1), ("snooze_week", 7)):
        act(root, action, alert)
        until = Alert.objects.get().snoozed_until
        assert until is not None
        assert abs(until - timezone.now() - timedelta(days=days)) < timedelta(seconds=30)
    assert "1 alert open again." in act(root, "reopen", alert)
    assert Alert.objects.get().snoozed_until is None


def test_what_cannot_be_opened_again_is_told(root: Browser) -> None:
    short()
    older = Alert.objects.get()
    act(root, "mark_done", older)
    short()
    assert "is open already as a newer alert" in act(root, "reopen", older)


@pytest.mark.parametrize("action", ["mark_done", "snooze_day", "snooze_week", "reopen"])
def test_deciding_needs_the_permission(action: str) -> None:
    viewer = Browser()
    viewer.force_login(staff("viewer"))
    state = AlertState.DONE if action == "reopen" else AlertState.OPEN
    alert = Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k", state=state)
    before = Alert.objects.values().get()
    act(viewer, action, alert)
    page = reverse("admin:notifications_alert_decide", args=[alert.pk])
    assert viewer.post(page, {"decision": "done"}).status_code == 403
    assert Alert.objects.values().get() == before


def test_the_list_shows_what_needs_a_person_unless_asked_otherwise(root: Browser) -> None:
    for number in (1, 2, 3):
        short(number)
    _awake, put_off, done = Alert.objects.order_by("pk")
    snooze(alerts=[put_off.pk], until=timezone.now() + timedelta(days=1), now=timezone.now())
    act(root, "mark_done", done)
    of = "B00000000{}: 8 units short".format
    assert listed(root) == [of(1)]
    assert listed(root, show="snoozed") == [of(2)]
    assert listed(root, show="done") == [of(3)]
    assert sorted(listed(root, show="all")) == [of(1), of(2), of(3)]
    assert sorted(listed(root, state__exact="open")) == [of(1), of(2)]
    assert listed(root, kind__exact="sync_trouble") == []


def test_an_alert_is_decided_on_its_page(root: Browser) -> None:
    short()
    alert = Alert.objects.get()
    page = reverse("admin:notifications_alert_decide", args=[alert.pk])
    assert root.get(page, {"decision": "done"}).status_code == 200
    assert Alert.objects.get().state == AlertState.OPEN
    assert "1 alert marked as done." in root.post(page, {"decision": "done"}, follow=True).content.decode()
    assert Alert.objects.get().state == AlertState.DONE
    root.post(page, {"decision": "reopen"})
    root.post(page, {"decision": "week"})
    assert Alert.objects.awake(timezone.now()).count() == 0
    assert root.post(page, {"decision": "burn it"}).status_code == 200
    assert root.get(reverse("admin:notifications_alert_decide", args=["nine"])).status_code == 302


def test_the_page_of_an_alert_shows_its_e_mails_and_earlier_ones_of_the_same(root: Browser) -> None:
    short(title="<i>first</i>")
    act(root, "mark_done", Alert.objects.get())
    short(title="second")
    Email.objects.filter(subject__contains="second").update(last_error="550 <b>no</b>", attempts=3)
    text = root.get(reverse("admin:notifications_alert_change", args=[Alert.objects.latest("pk").pk])).content.decode()
    assert "&lt;i&gt;first&lt;/i&gt;</a> · 1 time · " in text
    assert "Stock below reserved: second" in text
    assert "Stock below reserved: &lt;i&gt;" not in text
    assert "550 &lt;b&gt;no&lt;/b&gt;" in text


def test_the_outbox_is_looked_at_and_tried_again(root: Browser) -> None:
    for number in (1, 2):
        short(number, title=f"<b>Short {number}</b>", body="<script>alert(1)</script>")
    refused, sent = Email.objects.order_by("pk")
    Email.objects.filter(pk=refused.pk).update(state=EmailState.REFUSED, last_error="550 no", attempts=1)
    Email.objects.filter(pk=sent.pk).update(state=EmailState.SENT, sent_at=timezone.now())
    text = root.get(reverse(EMAILS)).content.decode()
    assert "550 no" in text
    assert "<b>Short" not in text
    page = root.get(reverse("admin:notifications_email_change", args=[refused.pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    told = act(root, "try_again", refused, sent, url=EMAILS)
    assert "1 e-mail to be tried at once. 1 left as they are: sent, or just being sent." in told
    assert list(Email.objects.order_by("pk").values_list("state", "attempts")) == [("waiting", 0), ("sent", 0)]


@pytest.mark.parametrize(("role", "state"), [("viewer", "refused"), ("allocator", "refused"), ("manager", "waiting")])
def test_trying_again_is_for_managers_and_nobody_writes_e_mails(role: str, state: str) -> None:
    short()
    Email.objects.update(state=EmailState.REFUSED)
    email = Email.objects.get()
    browser = Browser()
    browser.force_login(staff("someone", role=role))
    act(browser, "try_again", email, url=EMAILS)
    assert Email.objects.get().state == state
    assert browser.get(reverse("admin:notifications_email_add")).status_code == 403
    browser.post(reverse("admin:notifications_email_change", args=[email.pk]), {"to": "evil@example.com"})
    browser.post(reverse("admin:notifications_email_delete", args=[email.pk]), {"post": "yes"})
    assert Email.objects.get().to == email.to


def asked(browser: Browser, url: str) -> list[str]:
    """What a page asks of the tables of alerts and e-mails; the header is left out."""
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    found = [query["sql"] for query in queries if "notifications_" in query["sql"]]
    return [sql for sql in found if "common_andoncord" not in sql]


def test_pages_ask_as_often_for_twenty_rows_as_for_two(root: Browser) -> None:
    short(0)
    page = reverse("admin:notifications_alert_change", args=[Alert.objects.get().pk])
    written = Email.objects.values().get() | {"id": None}
    for first, last in ((1, 2), (2, 20)):
        for number in range(first, last):
            short(number)
            Email.objects.create(**(written | {"message_id": f"<{number}>"}))
        # alerts: count, rows; e-mails: rows; the page of an alert: it, earlier ones, its e-mails with their count
        counts = [len(asked(root, url)) for url in (reverse(ALERTS), reverse(EMAILS), page)]
        assert counts == [2, 1, 4]
