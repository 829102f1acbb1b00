"""Overrides while a feed writes the same statuses: both are kept."""

import threading
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from common.sources import Source
from tests.factories import make_store, ungate
from ungating.forms import UngatingStatusForm
from ungating.models import Scope, Status, UngatingChange, UngatingStatus
from ungating.services import reset_override, set_override

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb]


@pytest.fixture(autouse=True)
def several_writers() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")


def in_thread(act: Any) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("reset", [False, True])
def test_an_override_that_meets_the_feed_is_tried_again(reset: bool) -> None:
    store = make_store()
    fields = {"override": Status.GATED, "override_reason": "no"} if reset else {}
    rows = [ungate(store, f"Brand {number}", Scope.BRAND, **fields) for number in range(20)]
    noted = threading.Event()

    def feed() -> None:
        """A line of history refers to its status, which is written after it: nobody else can have it between."""
        with transaction.atomic():
            UngatingChange.objects.bulk_create(UngatingChange(status=row, new=Status.GATED) for row in rows)
            noted.set()
            time.sleep(0.5)
            UngatingStatus.objects.filter(pk__in=[row.pk for row in rows]).update(status=Status.GATED)

    thread = in_thread(feed)
    noted.wait(timeout=10)
    act = reset_override if reset else set_override
    values = {} if reset else {"status": Status.UNGATED, "reason": "approved"}
    assert act(statuses=rows, **values) == 20
    thread.join(timeout=20)
    stored = set(UngatingStatus.objects.values_list("status", "override"))
    assert stored == {("gated", "" if reset else "ungated")}
    assert UngatingChange.objects.filter(is_override=True).count() == 20


def test_the_form_of_a_feeds_status_does_not_write_back_what_it_read(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ungate(make_store(), "Acme", Scope.BRAND, status=Status.GATED, source=Source.FEED)
    browser, clean = Browser(), UngatingStatusForm.clean
    browser.force_login(User.objects.create_superuser("root"))

    def meanwhile(form: UngatingStatusForm) -> Any:
        in_thread(lambda: UngatingStatus.objects.update(status=Status.NOT_ELIGIBLE, reason="now")).join(timeout=10)
        return clean(form)

    monkeypatch.setattr(UngatingStatusForm, "clean", meanwhile)
    url = reverse("admin:ungating_ungatingstatus_change", args=[row.pk])
    assert browser.post(url, {"override": "ungated", "override_reason": "approved"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.reason, row.override, row.override_reason) == (
        "not_eligible", "now", "ungated", "approved",
    )  # fmt: skip
