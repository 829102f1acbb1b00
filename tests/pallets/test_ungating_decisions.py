"""What a person decides about gated goods stands: an own No asks for nothing, a settled task is not closed over it."""

import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from inventory.models import Asin
from pallets.services import ungating_tasks
from pallets.services.ungating_tasks import TasksReport, refresh_tasks
from tests.factories import make_asin, make_store, ungate
from ungating.models import Scope, Status, TaskState, UngatingStatus, UngatingTask
from ungating.services import reset_override, set_override, settle_tasks
from ungating.task_view import locked_goods

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def refresh() -> TasksReport:
    return refresh_tasks(now=NOW)


def gated(**fields: Any) -> UngatingStatus:
    return ungate(make_store(), "Acme", Scope.BRAND, **({"status": Status.GATED} | fields))


@pytest.mark.django_db
@pytest.mark.parametrize(("override", "made"), [
    (Status.GATED, 0), (Status.NOT_ELIGIBLE, 0), (Status.UNGATED, 0), (Status.INVOICE_NEEDED, 1), (Status.UNKNOWN, 1),
])  # fmt: skip
def test_a_persons_own_no_is_nothing_to_ask_for(override: Status, made: int) -> None:
    row = gated(status=Status.UNGATED)
    make_asin()
    set_override(statuses=[row], status=override, reason="our choice")
    assert refresh() == TasksReport(created=made)


@pytest.mark.django_db
def test_an_open_task_is_closed_by_an_own_no_and_comes_back_with_its_reset() -> None:
    row = gated()
    make_asin()
    assert refresh() == TasksReport(created=1)
    set_override(statuses=[row], status=Status.GATED, reason="complaints")
    assert refresh() == TasksReport(closed=1)
    assert UngatingTask.objects.get().closed_because == "not_worth_it"
    reset_override(statuses=[row])
    assert refresh() == TasksReport(reopened=1)


@pytest.mark.django_db
def test_the_part_that_a_person_keeps_away_is_not_counted_nor_listed() -> None:
    row = gated()
    make_asin()
    make_asin("B000000002", on_hand=60)
    one = ungate(row.store, "B000000002", Scope.ASIN)
    set_override(statuses=[one], status=Status.GATED, reason="complaints")
    refresh()
    task = UngatingTask.objects.get()
    assert task.unlocks == Decimal("1200.00")
    assert [good.asin.code for good in locked_goods(task, now=NOW)] == ["B000000001"]


@pytest.mark.django_db
def test_one_that_is_settled_says_when_it_was_changed() -> None:
    gated()
    make_asin()
    refresh()
    UngatingTask.objects.update(updated_at=NOW)
    settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DISMISSED)
    task = UngatingTask.objects.get()
    assert task.updated_at == task.settled_at != NOW


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_a_person_who_settles_a_task_that_is_closing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    gated()
    make_asin()
    refresh()
    Asin.objects.update(reserved=120)
    settled: list[int] = []

    def settle() -> None:
        settled.append(settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DISMISSED))
        connection.close()

    person = threading.Thread(target=settle)
    planned = ungating_tasks._planned

    def meanwhile(*args: Any) -> Any:
        plan = planned(*args)
        person.start()
        person.join(timeout=1)
        return plan

    monkeypatch.setattr(ungating_tasks, "_planned", meanwhile)
    assert refresh() == TasksReport(closed=1)
    person.join(timeout=20)
    task = UngatingTask.objects.get()
    assert (settled, task.state, task.closed_because) == ([0], "done", "not_worth_it")
