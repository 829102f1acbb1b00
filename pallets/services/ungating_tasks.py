"""Ungating tasks follow the stock: made where only gating keeps enough from a store, closed where it no longer does."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator

from common.money import usd
from common.transactions import durable
from notifications.models import AlertKind
from notifications.services import close_alert
from pallets.gated_stock import Blocked, GatedStock, read_gated_stock
from pallets.services.news import AT_ONCE, News, open_folds, raise_alerts
from pallets.ungating_worth import asked
from ungating.models import ClosedBecause, TasksMark, TaskState, UngatingTask
from ungating.services.tasks import task_alert

KIND = AlertKind.UNGATING_ACTION
BATCH = 1_000
COMES_BACK_AT = 2  # times the worth at which a person settled a task
COLUMNS = ("pk", "store_id", "brand_key", "ask", "unlocks", "state", "closed_because", "settled_unlocks")
OPENED = {
    "state": TaskState.OPEN,
    "closed_because": "",
    "settled_by": None,
    "settled_at": None,
    "settled_unlocks": None,
}

Pair = tuple[int, str]  # store, brand key
Columns = dict[str, Any]


@dataclass(frozen=True)
class TasksReport:
    """How many tasks were made, came back, were closed, or stand with other figures."""

    created: int = 0
    reopened: int = 0
    closed: int = 0
    updated: int = 0


class _Row(NamedTuple):
    """A stored task, as far as it is compared."""

    pk: int
    store: int
    brand_key: str
    ask: str
    unlocks: Decimal
    state: str
    because: str
    settled_unlocks: Decimal | None

    @property
    def is_over(self) -> bool:
        """Its reason is gone, and was noted as gone."""
        return self.state == TaskState.DONE and self.because in (ClosedBecause.UNGATED, ClosedBecause.NOT_WORTH_IT)


@dataclass(frozen=True)
class _Plan:
    """Tasks to make, and the columns of stored ones (by key) to write."""

    created: list[Blocked] = field(default_factory=list)
    reopened: dict[int, Columns] = field(default_factory=dict)
    closed: dict[int, Columns] = field(default_factory=dict)
    updated: dict[int, Columns] = field(default_factory=dict)

    @property
    def report(self) -> TasksReport:
        return TasksReport(len(self.created), len(self.reopened), len(self.closed), len(self.updated))


def refresh_tasks(*, now: datetime, made_from: str = "") -> TasksReport:
    """Bring the tasks to what gating alone keeps from stores at `now`; safe to repeat. `made_from` is what the caller
    knows of the data they come from, and is remembered with them.

    A new task, and one that comes back, raises an alert, which is closed with it. Must run outside of any transaction.
    """
    stock = read_gated_stock(now=now)
    blocked = list(stock.blocked(settings.UNGATING_TASK_USD * 100))
    return _write(stock=stock, blocked=blocked, now=now, made_from=made_from)


@durable
def _write(*, stock: GatedStock, blocked: Sequence[Blocked], now: datetime, made_from: str) -> TasksReport:
    """One at a time: whoever comes second finds the tasks of the first, and a person who settles one waits."""
    TasksMark.objects.get_or_create(pk=1)
    mark = TasksMark.objects.select_for_update().get(pk=1)
    rows = UngatingTask.objects.select_for_update().order_by("pk").values_list(*COLUMNS)
    plan = _planned({(row.store, row.brand_key): row for row in map(_Row._make, rows)}, blocked, stock.is_ungated)
    UngatingTask.objects.bulk_create([_made(one) for one in plan.created], batch_size=BATCH)
    _update({**plan.reopened, **plan.closed, **plan.updated}, now)
    _tell(plan)
    mark.made_from, mark.made_at = made_from, now
    mark.save()
    return plan.report


def _planned(stored: Mapping[Pair, _Row], blocked: Iterable[Blocked], is_ungated: Callable[[int, str], bool]) -> _Plan:
    plan, found = _Plan(), set[Pair]()
    for one in blocked:
        found.add((one.store, one.brand_key))
        row = stored.get((one.store, one.brand_key))
        if row is None:
            plan.created.append(one)
        else:
            _follow(plan, row, one)
    for pair, row in stored.items():
        if pair in found or row.state == TaskState.DISMISSED or row.is_over:
            continue
        if is_ungated(*pair):
            plan.closed[row.pk] = {"state": TaskState.DONE, "closed_because": ClosedBecause.UNGATED}
        elif row.state == TaskState.OPEN:  # what a person settled stays so while its stock comes and goes
            plan.closed[row.pk] = {"state": TaskState.DONE, "closed_because": ClosedBecause.NOT_WORTH_IT}
    return plan


def _made(one: Blocked) -> UngatingTask:
    return UngatingTask(store_id=one.store, brand=one.brand, brand_key=one.brand_key, ask=one.ask, unlocks=one.unlocks)


def _follow(plan: _Plan, row: _Row, one: Blocked) -> None:
    """Bring a stored task to what is so now; it comes back where it was closed by itself or is worth twice as much."""
    settled_at = row.unlocks if row.settled_unlocks is None else row.settled_unlocks
    figures: Columns = {"ask": one.ask, "unlocks": one.unlocks}
    if row.state != TaskState.OPEN and (row.is_over or one.unlocks >= COMES_BACK_AT * settled_at):
        plan.reopened[row.pk] = figures | OPENED
    elif (row.ask, row.unlocks) != (one.ask, one.unlocks):
        plan.updated[row.pk] = figures | ({} if row.state == TaskState.OPEN else {"settled_unlocks": settled_at})


def _update(changes: Mapping[int, Columns], now: datetime) -> None:
    """One statement for all tasks that get the same columns: a brand's stock is one to every store that lacks it."""
    groups = defaultdict(list)
    for pk, columns in sorted(changes.items()):
        groups[tuple(columns.items())].append(pk)
    for shared, pks in groups.items():
        UngatingTask.objects.filter(pk__in=pks).update(**dict(shared), updated_at=now)


def _tell(plan: _Plan) -> None:
    """Alerts for what is open now and was not, by worth; those of tasks that were closed are over."""
    closed = {str(pk) for pk in plan.closed}
    for pk in sorted(open_folds(KIND, task_alert("")) & closed) if closed else ():
        close_alert(kind=KIND, fold_key=task_alert(pk))
    fresh = [(one.store, one.brand_key, one.unlocks) for one in plan.created]
    if plan.reopened:
        again = UngatingTask.objects.filter(pk__in=plan.reopened)
        fresh += again.values_list("store_id", "brand_key", "unlocks")
    if fresh:
        fresh.sort(key=lambda one: (-one[2], one[0], one[1]))
        told, rest = fresh[:AT_ONCE], fresh[AT_ONCE:]
        raise_alerts(kind=KIND, news=[*_news([one[:2] for one in told]), *_rest([one[2] for one in rest])])


def _news(pairs: Sequence[Pair]) -> list[News]:
    """Read again: not every database tells the keys of rows that are made many at a time."""
    stores, brands = {store for store, _ in pairs}, {brand for _, brand in pairs}
    stored = UngatingTask.objects.filter(store_id__in=stores, brand_key__in=brands).select_related("store__client")
    found = {(task.store_id, task.brand_key): task for task in stored}
    return [_told(found[pair]) for pair in pairs]


def _told(task: UngatingTask) -> News:
    store, brand = task.store, Truncator(task.brand).chars(60)
    return News(
        title=f"{store.name}: {brand} is gated and would unlock up to {usd(task.unlocks)}",
        body=f"Ask for {asked([task.ask])} of {task.brand} at {store.name} of {store.client.name}.",
        link=reverse("admin:ungating_ungatingtask_change", args=[task.pk]),
        fold_key=task_alert(task.pk),
    )


def _rest(worth: Sequence[Decimal]) -> list[News]:
    if not worth:
        return []
    title = f"{len(worth):,} more ungating {'task' if len(worth) == 1 else 'tasks'}, each up to {usd(max(worth))}"
    body = "They stand in the list of ungating tasks, those that would unlock most first."
    link = reverse("admin:ungating_ungatingtask_changelist") + "?state__exact=open"
    return [News(title=title, body=body, link=link, fold_key="tasks")]
