"""Batches are started, cancelled and accepted here; `batch_run` does their work."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.urls import reverse
from django_q.tasks import async_task

from allocation.models import Batch, Cart, Policy
from allocation.models.batch import Effort
from allocation.states import CartState
from clients.models import Client
from common.errors import Conflict, DomainError, NotFound, Problem
from common.models import Run, RunState
from common.transactions import durable
from notifications.models import AlertKind
from notifications.services import raise_alert
from pallets.services.batch_run import batch_stores, close_batch, give_up_dead
from pallets.services.carts import confirm_cart

KIND = "allocation.batch"
TASK = "pallets.tasks.allocate_batch"
ACCEPT_TASK = "pallets.tasks.accept_drafts"
MOST_SECONDS = 900  # of one start in a worker; less than the queue's retry


class BatchBusy(Conflict):
    """Another batch waits or runs."""

    code = "batch_busy"
    title = "Another batch is running"


@dataclass(frozen=True)
class Refusal:
    """A draft that was not confirmed, and why."""

    code: str
    reason: str


@dataclass(frozen=True)
class Acceptance:
    """Carts that were confirmed, and the drafts that were not."""

    confirmed: tuple[Cart, ...]
    refused: tuple[Refusal, ...]


def start_batch(
    *,
    policy: Policy,
    fairness: Decimal,
    effort: str,
    clients: Collection[Client] = (),
    actor: User | None = None,
    in_background: bool = True,
) -> Batch:
    """A batch for `clients`, or for every client but the house; a worker does its work unless told otherwise.

    Raises DomainError naming each field that is wrong, BatchBusy while another batch waits or runs.
    """
    if problems := [*_setting_problems(fairness, effort), *_client_problems(clients)]:
        raise DomainError(problems)
    give_up_dead()
    try:
        batch = _claim(policy=policy, fairness=fairness, effort=effort, clients=clients, actor=actor)
    except IntegrityError:
        other = Batch.objects.filter(slot__isnull=False).first()
        raise BatchBusy(f"{other or 'Another batch'} is running. Wait for its end, or cancel it.") from None
    if in_background:
        async_task(TASK, batch.pk, task_name=str(batch), timeout=MOST_SECONDS)
    return batch


@durable
def _claim(*, policy: Policy, fairness: Decimal, effort: str, clients: Iterable[Client], actor: User | None) -> Batch:
    """The run has no start yet. Raises IntegrityError where another batch has the slot."""
    run = Run.objects.create(kind=KIND, attempts=0, started_by=actor)
    batch = Batch.objects.create(
        run=run, policy=policy, policy_weights=policy.weights, fairness=fairness, effort=effort
    )
    batch.clients.set(clients)
    return batch


def _setting_problems(fairness: Decimal, effort: str) -> list[Problem]:
    problems = []
    if not (fairness.is_finite() and 0 <= fairness <= 1):
        problems.append(Problem("fairness", f"Fairness must be from 0 to 1, not {fairness}."))
    elif fairness != round(fairness, 3):
        problems.append(Problem("fairness", f"Fairness may have three decimals, not {fairness}."))
    if effort not in Effort.values:
        problems.append(Problem("effort", f"There is no effort “{effort}”. Known: {', '.join(Effort.values)}."))
    return problems


def _client_problems(clients: Collection[Client]) -> list[Problem]:
    stores = batch_stores(clients)
    able = {store.client_id for store in stores}
    problems = []
    for client in sorted(clients, key=lambda client: client.panel_id):
        if not client.may_buy:
            state = client.get_status_display().lower() if client.is_active else "no longer in use"
            problems.append(Problem("clients", f"{client} is {state}; nothing can be allocated to it."))
        elif client.pk not in able:
            problems.append(Problem("clients", f"{client} has no active store."))
    if problems:
        return problems
    if not stores:
        return [Problem("clients", "There is nothing to allocate to: no client has an active store.")]
    if not any(store.client.available > 0 for store in stores):
        return [Problem("clients", "There is nothing to allocate: no client has available balance.")]
    return []


def cancel_batch(*, batch: Batch) -> None:
    """Ask the batch to stop; it ends with the carts found so far. One that has not begun ends at once, without any.

    Raises Conflict where it has ended.
    """
    give_up_dead()
    if not Batch.objects.filter(pk=batch.pk, slot__isnull=False).update(cancel_requested=True):
        raise Conflict(f"{batch} has ended already.")
    _close_waiting(batch_id=batch.pk)


@durable
def _close_waiting(*, batch_id: int) -> None:
    run = Run.objects.select_for_update().get(batch=batch_id)
    if run.attempts == 0:
        close_batch(run=run, batch_id=batch_id, state=RunState.SKIPPED, error="Cancelled before it began.")


def accept_batch(*, batch: Batch, codes: Collection[str] | None = None, actor: User | None = None) -> Acceptance:
    """Confirm the batch's drafts, all or those in `codes`, each in its own transaction, in order of their codes.

    A draft that cannot be confirmed any more is refused with the reason; the others go on. Raises Conflict while the
    batch is still running, NotFound for a code that is no cart of this batch.
    """
    batch.refresh_from_db()
    if batch.is_open:
        raise Conflict(f"{batch} is still running.")
    own = dict(Cart.objects.filter(batch=batch).order_by("pk").values_list("code", "state"))
    if unknown := sorted(set(codes or ()) - set(own)):
        raise NotFound([Problem("carts", f"{code} is no cart of {batch}.") for code in unknown])
    wanted = [code for code, state in own.items() if (code in codes if codes is not None else state == CartState.DRAFT)]
    confirmed, refused = [], []
    for code in wanted:
        try:
            confirmed.append(confirm_cart(code=code, actor=actor))
        except DomainError as error:
            refused.append(Refusal(code, str(error)))
    return Acceptance(tuple(confirmed), tuple(refused))


def accept_in_background(*, batch: Batch, codes: Collection[str] | None = None, actor: User | None = None) -> None:
    """Let a worker do `accept_batch`: many carts take longer than a page may."""
    arguments = (batch.pk, None if codes is None else sorted(codes), actor.pk if actor else None)
    async_task(ACCEPT_TASK, *arguments, task_name=f"{batch}: accept", timeout=MOST_SECONDS)


def accept_drafts(*, batch: Batch, codes: Collection[str] | None = None, actor: User | None = None) -> Acceptance:
    """`accept_batch` for what is a draft still; an alert names what was refused. Safe to repeat."""
    drafts = Cart.objects.filter(batch=batch, state=CartState.DRAFT).values_list("code", flat=True)
    wanted = [code for code in drafts if codes is None or code in codes]
    done = accept_batch(batch=batch, codes=wanted, actor=actor)
    if done.refused:
        raise_alert(
            kind=AlertKind.BATCH_TROUBLE,
            title=f"{batch}: {len(done.refused)} of {len(wanted)} drafts could not be confirmed",
            body="\n".join(f"{row.code}: {row.reason}" for row in done.refused),
            link=reverse("admin:allocation_batch_change", args=[batch.pk]),
            fold_key=f"{batch.pk}:accept",
        )
    return done
