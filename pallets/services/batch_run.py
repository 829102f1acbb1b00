"""The work of a batch: counted as a start before it begins, watched while it runs, its result written at the end."""

import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import Any

import structlog
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from allocation.engine.outcome import Progress
from allocation.models import Batch, BatchClient, Cart
from allocation.snapshot import Snapshot, take_snapshot
from allocation.states import CartState
from clients.models import Client, Store
from common.errors import Conflict, DomainError
from common.models import Run, RunState
from common.money import CENT, ZERO, cents
from common.transactions import durable
from notifications.models import AlertKind
from notifications.services import raise_alert
from pallets.batching import BatchPlan, Draft, plan_batch
from pallets.services.carts import save_proposal
from pallets.solving import NothingToAllocate

log = structlog.get_logger(__name__)

MOST_STARTS = 3
LEASE = timedelta(minutes=5)  # renewed while it works
HEARTBEAT = 0.5  # seconds between two words on progress
PACKING = "packing"

Tell = Callable[[Progress], None]


class BatchLost(Conflict):
    """The batch was given up or is run by another worker; this one writes nothing more."""

    code = "batch_lost"


def batch_stores(clients: Collection[Client]) -> list[Store]:
    """The active stores of `clients`, or of every client but the house, with their clients."""
    stores = Store.objects.receiving().select_related("client").order_by("client__panel_id", "panel_id")
    if clients:
        return list(stores.filter(client__in=clients))
    return list(stores.exclude(client__in=Client.objects.filter(stores__is_mutual=True)))


def run_batch(*, batch_id: int, tell: Tell | None = None) -> Batch:
    """Make the batch's drafts; `tell` hears of its progress. The run says how it ended.

    Does nothing where it has ended or another worker is at it. A start that a killed worker left behind is done anew,
    three starts in all; then the batch is parked.
    """
    batch = Batch.objects.select_related("run__started_by", "policy").get(pk=batch_id)
    attempt = _begin(batch)
    if attempt is None:
        return Batch.objects.select_related("run", "policy").get(pk=batch_id)
    end = partial(_end, batch=batch, attempt=attempt)
    with bound_contextvars(run_id=batch.run_id):
        try:
            _work(batch, _Watch(batch, attempt, tell))
        except BatchLost:
            log.warning("batch was taken over")
        except DomainError as error:
            end(error=str(error))
        except Exception as error:
            log.exception("batch failed")
            end(error=f"An unexpected error ({type(error).__name__}) ended the batch. See the log.", alarm=True)
        except BaseException:  # Ctrl-C, a worker told to end: the slot is given back at once
            end(error="The batch was interrupted.")
            raise
    return Batch.objects.select_related("run", "policy").get(pk=batch_id)


def _begin(batch: Batch) -> int | None:
    """The number of this start, counted before any work; None where there is nothing to do."""
    now = timezone.now()
    idle = Run.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=batch.run_id, state=RunState.RUNNING)
    if idle.filter(attempts__lt=MOST_STARTS).update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return Run.objects.values_list("attempts", flat=True).get(pk=batch.run_id)
    if idle.exists():
        _park(batch=batch)
    return None


@durable
def _park(*, batch: Batch) -> None:
    run = Run.objects.select_for_update().get(pk=batch.run_id)
    if run.state == RunState.RUNNING:
        error = f"It was started {run.attempts} times and never came to its end."
        close_batch(run=run, batch_id=batch.pk, state=RunState.PARKED, error=error, alarm=True)


@durable
def _end(*, batch: Batch, attempt: int, error: str, alarm: bool = False) -> None:
    run = Run.objects.select_for_update().get(pk=batch.run_id)
    if (run.state, run.attempts) == (RunState.RUNNING, attempt):
        close_batch(run=run, batch_id=batch.pk, state=RunState.FAILED, error=error, alarm=alarm)


def close_batch(*, run: Run, batch_id: int, state: RunState, error: str, alarm: bool = False) -> None:
    """End a batch without a result: its drafts go, its slot is free. Must run in a transaction that locked the run."""
    _discard(batch_id)
    run.finish(state, error=error)
    Batch.objects.filter(pk=batch_id).update(slot=None, stage="", value=ZERO, bound=None)
    if alarm:
        raise_alert(
            kind=AlertKind.BATCH_TROUBLE,
            title=f"Batch {batch_id} {'was parked' if state == RunState.PARKED else 'failed'}",
            body=error,
            link=reverse("admin:allocation_batch_change", args=[batch_id]),
            fold_key=str(batch_id),
        )


def _discard(batch_id: int) -> None:
    Cart.objects.filter(batch=batch_id, state=CartState.DRAFT).delete()


def give_up_dead() -> None:
    """End a batch whose worker has not been heard of for the length of its lease, so that another may start."""
    dead = Run.objects.filter(batch__slot__isnull=False, state=RunState.RUNNING, lease_until__lte=timezone.now())
    for run_id in list(dead.values_list("pk", flat=True)):
        _give_up(run_id=run_id)


@durable
def _give_up(*, run_id: int) -> None:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state == RunState.RUNNING and run.lease_until and run.lease_until <= timezone.now():
        error = "Its worker was lost; it was given up for another batch."
        close_batch(run=run, batch_id=run.batch.pk, state=RunState.FAILED, error=error)


@dataclass
class _Watch:
    """Writes progress and renews the lease at most every half second, in statements of their own; asks then whether to
    stop. What it writes never changes the result, only a person's wish to stop does.
    """

    batch: Batch
    attempt: int
    tell: Tell | None
    stopped: bool = False
    next_at: float = field(default=0.0)

    def stop(self) -> bool:
        return self.stopped

    def progress(self, step: Progress) -> None:
        if self.tell:
            self.tell(step)
        if time.monotonic() >= self.next_at:
            self._write(step)
            self.next_at = time.monotonic() + HEARTBEAT

    def _write(self, step: Progress) -> None:
        mine = Run.objects.filter(pk=self.batch.run_id, state=RunState.RUNNING, attempts=self.attempt)
        done = {"done": step.done, "total": step.total, "lease_until": timezone.now() + LEASE}
        if not mine.update(**done):
            raise BatchLost("The batch was given up.")
        row = Batch.objects.filter(pk=self.batch.pk)
        row.update(stage=step.stage, **_found(step))
        self.stopped = row.values_list("cancel_requested", flat=True).get()


def _found(step: Progress) -> dict[str, Decimal | None]:
    value = cents(Decimal(step.value))
    return {"value": value, "bound": None if step.bound is None else max(_up(step.bound), value)}


def _up(amount: float) -> Decimal:
    return Decimal(amount).quantize(CENT, rounding=ROUND_CEILING)


def _work(batch: Batch, watch: _Watch) -> None:
    """Plan for all clients with money, save a draft for each store, write the result."""
    _discard(batch.pk)
    watch.progress(Progress("reading", 0, 1))
    stores = batch_stores(list(batch.clients.all()))
    paying = [store for store in stores if store.client.available > 0]
    if not paying:
        raise NothingToAllocate("No client has an active store and available balance.")
    now = timezone.now()
    money = {store.client.panel_id: store.client.available for store in paying}
    snapshot = take_snapshot(stores=paying, policy=batch.policy, now=now, today=timezone.localdate(now), money=money)
    plan = plan_batch(
        snapshot,
        budgets=_with_credit(money, snapshot),
        fairness=batch.fairness,
        effort=batch.effort,
        stop=watch.stop,
        progress=watch.progress,
    )
    results = {store.client_id: _Result(store.client) for store in stores}
    problems = []
    for number, draft in enumerate(plan.drafts(), start=1):
        credit = snapshot.promises.credit(draft.store.pk)
        if draft.proposal:
            actor = batch.run.started_by
            save_proposal(proposal=draft.proposal, confirm=False, actor=actor, batch=batch, credit=credit)
        else:
            problems.append(_problem(draft))
        results[draft.store.client_id].add(draft, credit)
        watch.progress(Progress(PACKING, number, len(paying), float(plan.value), float(plan.bound)))
    rows = [result.row(batch, plan) for result in results.values()]
    _save(batch=batch, attempt=watch.attempt, plan=plan, rows=rows, problems=problems)


def _with_credit(money: dict[str, Decimal], snapshot: Snapshot) -> dict[str, Decimal]:
    """Each client's money and what its preorders that have arrived bring, in USD by panel id."""
    budgets = dict(money)
    for store in snapshot.stores:
        budgets[store.client.panel_id] += snapshot.promises.credit(store.pk)
    return budgets


def _problem(draft: Draft) -> dict[str, Any]:
    store = draft.store
    left_out = [row.as_json() for row in draft.left_out]
    return {"store": store.panel_id, "name": store.name, "reason": draft.problem, "left_out": left_out}


@dataclass
class _Result:
    """One client's drafts, added up."""

    client: Client
    spent: Decimal = ZERO
    value: Decimal = ZERO
    carts: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, draft: Draft, credit: Decimal) -> None:
        self.left_out.update(row.code for row in draft.left_out)
        if draft.proposal:
            self.carts += 1
            self.spent += max(draft.proposal.total - credit, ZERO)
            self.value += draft.proposal.value

    def row(self, batch: Batch, plan: BatchPlan) -> BatchClient:
        pick = plan.first_picks.get(self.client.panel_id)
        return BatchClient(
            batch=batch,
            client=self.client,
            budget=max(self.client.available, ZERO),
            spent=self.spent,
            value=self.value,
            share=None if not pick else round(Decimal(min(max(float(self.value) / pick, 0.0), 1.0)), 6),
            shortfall=cents(Decimal(max(0.0, plan.guaranteed * (pick or 0.0) - float(self.value)))),
            hurdle=plan.hurdles.get(self.client.panel_id, Decimal(0)),
            carts=self.carts,
            left_out=dict(sorted(self.left_out.items())),
        )


@durable
def _save(
    *, batch: Batch, attempt: int, plan: BatchPlan, rows: list[BatchClient], problems: list[dict[str, Any]]
) -> None:
    run = Run.objects.select_for_update().get(pk=batch.run_id)
    if (run.state, run.attempts) != (RunState.RUNNING, attempt):
        raise BatchLost("The batch was given up.")
    BatchClient.objects.bulk_create(rows)
    value = sum((row.value for row in rows), ZERO)
    Batch.objects.filter(pk=batch.pk).update(
        slot=None,
        stage="",
        value=value,
        bound=max(plan.bound, value),
        guaranteed=round(Decimal(plan.guaranteed), 6),
        prices=plan.prices,
        problems=problems,
    )
    run.finish(RunState.SUCCEEDED, counts={"clients": len(rows), "carts": sum(row.carts for row in rows)})
