"""Ungating tasks: what they are worth, when they close and come back, and whom they call."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Client, Store
from inventory.models import Asin
from notifications.models import Alert
from pallets.services.news import AT_ONCE
from pallets.services.ungating_tasks import TasksReport, refresh_tasks
from tests.factories import make_asin, make_client, make_store, ungate
from ungating.models import Scope, Status, TaskState, UngatingStatus, UngatingTask
from ungating.services import settle_tasks

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def tasks() -> list[tuple[str, str, str, str, str, str]]:
    rows = UngatingTask.objects.order_by("store__panel_id", "brand_key")
    return [
        (task.store.panel_id, task.brand, task.ask, str(task.unlocks), task.state, task.closed_because)
        for task in rows.select_related("store")
    ]


def alerts() -> list[tuple[str, str, int]]:
    return list(Alert.objects.order_by("pk").values_list("title", "state", "count"))


def gate(store: Store, brand: str = "Acme", status: str = Status.GATED, **fields: Any) -> UngatingStatus:
    return ungate(store, brand, Scope.BRAND, status=status, **fields)


def refresh() -> TasksReport:
    return refresh_tasks(now=NOW)


def test_a_task_says_what_to_ask_for_and_what_it_unlocks() -> None:
    gate(make_store(name="Acme US"))
    make_asin(on_hand=63)  # ten cases of 6 at $10.00, three loose
    make_asin("B000000002", on_hand=12, unit_cost=Decimal("3.35"), brand=" ACME ")
    assert refresh() == TasksReport(created=1)
    assert tasks() == [("1", "Acme", "approval", "640.20", "open", "")]
    alert = Alert.objects.get()
    assert alert.kind == "ungating_action"
    assert alert.title == "Acme US: Acme is gated and would unlock up to $640.20"
    assert alert.body == "Ask for approval of Acme at Acme US of Client 1."
    assert alert.link == reverse("admin:ungating_ungatingtask_change", args=[UngatingTask.objects.get().pk])


@pytest.mark.parametrize(("units", "made"), [(100, 1), (95, 0)])
def test_it_takes_500_dollars(units: int, made: int) -> None:
    gate(make_store())
    make_asin(on_hand=units, case_pack=5, unit_cost=Decimal("5.00"))
    assert refresh().created == made


def test_the_amount_is_a_setting(settings: Any) -> None:
    settings.UNGATING_TASK_USD = 601
    gate(make_store())
    make_asin(on_hand=60)
    assert refresh() == TasksReport()
    settings.UNGATING_TASK_USD = 600
    assert refresh() == TasksReport(created=1)


@pytest.mark.parametrize(
    "asin",
    [
        {"on_hand": 0},
        {"brand": ""},
        {"is_active": False},
        {"case_length": Decimal(90)},  # fits no pallet
        {"case_pack": 121},  # all of it is loose
    ],
)
def test_only_gating_must_stand_in_the_way(asin: dict[str, Any]) -> None:
    store = make_store()
    gate(store)
    ungate(store, status=Status.GATED)
    make_asin(**asin)
    assert refresh() == TasksReport()


def test_reserved_units_count_for_nothing() -> None:
    gate(make_store())
    asin = make_asin(on_hand=120)
    Asin.objects.filter(pk=asin.pk).update(reserved=66)
    refresh()
    assert tasks() == [("1", "Acme", "approval", "540.00", "open", "")]


@pytest.mark.parametrize("status", [Status.NOT_ELIGIBLE, Status.UNGATED])
def test_what_cannot_be_asked_for_is_no_task(status: Status) -> None:
    gate(make_store(), status=status)
    make_asin()
    assert refresh() == TasksReport()


@pytest.mark.parametrize(
    ("change", "model"),
    [({"status": "suspended"}, Store), ({"status": "paused"}, Client), ({"is_active": False}, Store)],
)
def test_a_store_that_receives_nothing_has_no_tasks(change: dict[str, Any], model: Any) -> None:
    gate(make_store())
    make_asin()
    assert refresh().created == 1
    model.objects.update(**change)
    assert refresh() == TasksReport(closed=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "done", "not_worth_it")]


@pytest.mark.parametrize(
    ("statuses", "ask"),
    [
        ({}, "check"),
        ({"B000000001": Status.INVOICE_NEEDED}, "invoice"),
        ({"B000000001": Status.INVOICE_NEEDED, "B000000002": Status.GATED}, "invoice"),  # $600 to $540
        ({"B000000002": Status.GATED, "B000000003": Status.GATED}, "approval"),  # $600 each: the first of equals
    ],
)
def test_most_of_the_worth_says_what_to_ask_for(statuses: dict[str, Status], ask: str) -> None:
    store = make_store()
    for number, units in ((1, 60), (2, 54), (3, 6)):
        make_asin(f"B00000000{number}", on_hand=units)
    for code, status in statuses.items():
        ungate(store, code, Scope.ASIN, status=status)
    refresh()
    assert tasks() == [("1", "Acme", ask, "1200.00", "open", "")]


def test_a_part_that_the_store_may_have_is_left_out() -> None:
    store = make_store()
    gate(store)
    make_asin(on_hand=60)
    make_asin("B000000002", on_hand=600)
    ungate(store, "B000000002", Scope.ASIN)
    refresh()
    assert tasks() == [("1", "Acme", "approval", "600.00", "open", "")]


def test_asking_again_changes_and_tells_nothing() -> None:
    gate(make_store())
    make_asin()
    refresh()
    before = list(UngatingTask.objects.values_list())
    assert refresh() == TasksReport()
    assert list(UngatingTask.objects.values_list()) == before
    assert alerts() == [("Store 1: Acme is gated and would unlock up to $1,200.00", "open", 1)]


def test_an_open_task_follows_stock_and_status() -> None:
    row = gate(make_store())
    asin = make_asin()
    refresh()
    Asin.objects.filter(pk=asin.pk).update(reserved=60)
    assert refresh() == TasksReport(updated=1)
    assert tasks() == [("1", "Acme", "approval", "600.00", "open", "")]
    UngatingStatus.objects.filter(pk=row.pk).update(status=Status.INVOICE_NEEDED)
    assert refresh() == TasksReport(updated=1)
    assert tasks() == [("1", "Acme", "invoice", "600.00", "open", "")]
    assert [count for _, _, count in alerts()] == [1]


def test_a_task_closes_with_its_reason_and_its_alert_and_comes_back() -> None:
    row = gate(make_store())
    asin = make_asin()
    refresh()
    UngatingStatus.objects.filter(pk=row.pk).update(status=Status.UNGATED)
    assert refresh() == TasksReport(closed=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "done", "ungated")]
    assert [state for _, state, _ in alerts()] == ["done"]
    assert refresh() == TasksReport()
    UngatingStatus.objects.filter(pk=row.pk).update(status=Status.GATED)
    assert refresh() == TasksReport(reopened=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "open", "")]
    assert [state for _, state, _ in alerts()] == ["done", "open"]
    Asin.objects.filter(pk=asin.pk).update(reserved=114)
    assert refresh() == TasksReport(closed=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "done", "not_worth_it")]
    assert refresh() == TasksReport()


@pytest.mark.parametrize("state", [TaskState.DISMISSED, TaskState.DONE])
def test_what_a_person_settled_stays_until_its_worth_doubles(state: TaskState) -> None:
    gate(make_store())
    asin = make_asin(on_hand=600)
    Asin.objects.filter(pk=asin.pk).update(reserved=540)
    refresh()
    assert settle_tasks(tasks=UngatingTask.objects.all(), state=state) == 1
    assert settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DONE) == 0
    assert [state for _, state, _ in alerts()] == ["done"]
    assert refresh() == TasksReport()
    Asin.objects.filter(pk=asin.pk).update(reserved=486)
    assert refresh() == TasksReport(updated=1)
    assert tasks() == [("1", "Acme", "approval", "1140.00", state, "by_hand")]
    Asin.objects.filter(pk=asin.pk).update(reserved=480)
    assert refresh() == TasksReport(reopened=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "open", "")]
    assert UngatingTask.objects.get().settled_unlocks is None
    assert [state for _, state, _ in alerts()] == ["done", "open"]


def test_one_settled_before_worth_was_kept_doubles_what_it_said() -> None:
    store = make_store()
    gate(store)
    make_asin(on_hand=600)
    UngatingTask.objects.create(
        store=store, brand="Acme", ask="approval", unlocks=Decimal(3001), state=TaskState.DISMISSED
    )
    assert refresh() == TasksReport(updated=1)
    assert UngatingTask.objects.get().settled_unlocks == Decimal(3001)
    assert refresh() == TasksReport()


def test_one_marked_as_done_that_was_ungated_comes_back_when_it_is_gated_again() -> None:
    row = gate(make_store())
    make_asin()
    refresh()
    settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DONE)
    UngatingStatus.objects.filter(pk=row.pk).update(status=Status.UNGATED)
    assert refresh() == TasksReport(closed=1)
    assert tasks() == [("1", "Acme", "approval", "1200.00", "done", "ungated")]
    UngatingStatus.objects.filter(pk=row.pk).update(status=Status.GATED)
    assert refresh() == TasksReport(reopened=1)


@pytest.mark.parametrize("state", [TaskState.DISMISSED, TaskState.DONE])
@pytest.mark.parametrize(("model", "gone", "back"), [
    (Asin, {"reserved": 114}, {"reserved": 0}), (Store, {"status": "suspended"}, {"status": "active"}),
])  # fmt: skip
def test_what_a_person_settled_stays_while_stock_or_store_come_and_go(
    state: TaskState, model: Any, gone: dict[str, Any], back: dict[str, Any]
) -> None:
    gate(make_store())
    make_asin()
    refresh()
    settle_tasks(tasks=UngatingTask.objects.all(), state=state)
    for change in (gone, back):
        model.objects.update(**change)
        assert refresh() == TasksReport()
    assert tasks() == [("1", "Acme", "approval", "1200.00", state, "by_hand")]


def test_a_dismissed_one_stays_dismissed_though_it_was_ungated() -> None:
    row = gate(make_store())
    make_asin()
    refresh()
    settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DISMISSED)
    for status in (Status.UNGATED, Status.GATED):
        UngatingStatus.objects.filter(pk=row.pk).update(status=status)
        assert refresh() == TasksReport()
    assert tasks() == [("1", "Acme", "approval", "1200.00", "dismissed", "by_hand")]


def test_many_new_tasks_raise_few_alerts_the_largest_first() -> None:
    gate(make_store(), "Brand 1")
    for number in range(1, AT_ONCE + 4):
        make_asin(f"B{number:09d}", on_hand=60 + 6 * number, brand=f"Brand {number}")
    assert refresh() == TasksReport(created=AT_ONCE + 3)
    told = [title for title, _, _ in alerts()]
    assert len(told) == AT_ONCE + 1
    assert told[0] == "Store 1: Brand 23 is gated and would unlock up to $1,980.00"
    assert told[-1] == "3 more ungating tasks, each up to $780.00"


@pytest.mark.parametrize("stores", [2, 12])
def test_it_asks_as_often_for_many_stores(stores: int, django_assert_num_queries: Any) -> None:
    for number in range(stores):
        gate(make_store(str(number), client=make_client(str(number))))
    for number in range(1, 6):
        make_asin(f"B{number:09d}")
    refresh()
    settle_tasks(tasks=UngatingTask.objects.all(), state=TaskState.DISMISSED)
    Asin.objects.update(reserved=60)
    # stores, ASINs, statuses; begin, mark twice, tasks, one update of all, mark, commit
    with django_assert_num_queries(10):
        assert refresh() == TasksReport(updated=stores)
