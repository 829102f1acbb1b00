"""The minute's work on ungating: little where nothing has changed, everything where something has."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inventory.models import Asin
from inventory.services import reserve_units
from notifications.models import Alert
from pallets.services.ungating_follow import Followed, follow_ungating
from pallets.services.ungating_news import ToldReport
from pallets.services.ungating_tasks import TasksReport
from tests.factories import make_asin, make_store, ungate
from ungating.models import Scope, Status, UngatingChange, UngatingStatus, UngatingTask
from ungating.services import set_override

NOW = timezone.now()
QUIET = Followed(0, ToldReport(), None)


def follow(**later: int) -> Followed:
    return follow_ungating(now=NOW + timedelta(**later))


def gated(**fields: Any) -> UngatingStatus:
    return ungate(make_store(), "Acme", Scope.BRAND, **({"status": Status.GATED} | fields))


@pytest.mark.django_db
def test_nothing_is_done_where_nothing_has_changed(django_assert_num_queries: Any) -> None:
    gated()
    make_asin()
    assert follow() == Followed(0, ToldReport(), TasksReport(created=1))
    # expired and renewed, between begin and commit, and their alert; changes; alerts of carts; what tasks are made
    # from; the mark
    with django_assert_num_queries(5 + 1 + 1 + 6 + 1):
        assert follow(minutes=1) == QUIET
    assert follow(minutes=14) == QUIET
    assert follow(minutes=15) == Followed(0, ToldReport(), TasksReport())


@pytest.mark.django_db
def test_an_override_is_told_and_closes_its_task() -> None:
    row = gated()
    make_asin()
    follow()
    set_override(statuses=[row], status=Status.UNGATED, reason="approved")
    assert follow() == Followed(0, ToldReport(unlocked=1), TasksReport(closed=1))
    assert follow() == QUIET
    assert UngatingTask.objects.get().closed_because == "ungated"
    assert list(Alert.objects.order_by("pk").values_list("kind", "state")) == [
        ("ungating_action", "done"),
        ("ungating_changed", "open"),
    ]


@pytest.mark.django_db
def test_stock_that_moves_moves_the_tasks(settings: Any) -> None:
    gated()
    asin = make_asin()
    follow()
    reserve_units(units={asin.pk: 60}, reference="C-1")
    assert follow().tasks == TasksReport(updated=1)
    Asin.objects.filter(pk=asin.pk).update(unit_cost=Decimal("11.00"))
    assert follow().tasks == TasksReport(updated=1)
    assert UngatingTask.objects.get().unlocks == Decimal("660.00")
    settings.UNGATING_TASK_USD = 661
    assert follow().tasks == TasksReport(closed=1)


@pytest.mark.django_db
def test_what_expires_is_noted_told_and_asked_for() -> None:
    gated(status=Status.UNGATED, expires_at=NOW + timedelta(hours=1))
    make_asin()
    assert follow() == Followed(0, ToldReport(), TasksReport())
    assert follow(hours=1) == Followed(1, ToldReport(), TasksReport(created=1))
    assert follow(hours=1) == QUIET
    change = UngatingChange.objects.get()
    assert (change.old, change.new, change.reason[:8]) == ("ungated", "unknown", "Expired ")
    assert list(Alert.objects.order_by("pk").values_list("title", flat=True)) == [
        "1 ungating status has expired",
        "Store 1: Acme is gated and would unlock up to $1,200.00",
    ]


@pytest.mark.django_db(transaction=True)
def test_three_who_follow_at_once_make_each_task_and_tell_each_change_once() -> None:
    store = make_store()
    rows = [ungate(store, f"Brand {number}", Scope.BRAND, status=Status.GATED) for number in range(6)]
    for number in range(6):
        make_asin(f"B{number:09d}", brand=f"Brand {number}")
    set_override(statuses=rows[:3], status=Status.UNGATED, reason="approved")
    answers: list[Followed | Exception] = []
    start = threading.Barrier(3)

    def run() -> None:
        start.wait(timeout=10)
        try:
            answers.append(follow())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert sum(answer.told.unlocked for answer in answers if isinstance(answer, Followed)) == 3
    assert UngatingTask.objects.count() == 3
    assert (
        sorted(Alert.objects.values_list("kind", "count"))
        == [("ungating_action", 1)] * 3 + [("ungating_changed", 1)] * 3
    )
