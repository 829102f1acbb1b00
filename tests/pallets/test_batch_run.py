"""The work of a batch: one worker at a time, three starts at most, progress, cancelling."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from allocation.engine.outcome import Progress
from allocation.models import Batch, Cart
from clients.models import Store
from common.errors import Conflict
from common.models import Run, RunState
from notifications.models import Alert
from pallets.services.batch_run import LEASE, run_batch
from pallets.services.batches import cancel_batch
from pallets.tasks import allocate_batch
from tests.factories import default_policy
from tests.pallets.batches import run, start, state

pytestmark = pytest.mark.django_db


def test_the_worker_is_given_the_batch_by_its_number_and_may_be_given_it_twice(market: tuple[Store, ...]) -> None:
    batch = start(in_background=True)
    (task,) = [queued.task for queued in OrmQ.objects.all()]
    assert (task["func"], task["args"]) == ("pallets.tasks.allocate_batch", (batch.pk,))
    assert allocate_batch(batch.pk) == "succeeded"
    codes = list(batch.carts.values_list("code", flat=True))
    assert allocate_batch(batch.pk) == "succeeded"
    assert list(batch.carts.values_list("code", flat=True)) == codes
    assert state(batch) == ("succeeded", 1, None)


class Killed(BaseException):
    """What a killed worker leaves no time to catch."""


def left_behind(batch: Batch, *, attempts: int, lease: timedelta) -> None:
    """The rows as a worker leaves them that is killed in its start number `attempts`."""
    Run.objects.filter(pk=batch.run_id).update(attempts=attempts, lease_until=timezone.now() + lease)
    store = Store.objects.order_by("pk").first()
    assert store
    Cart.objects.create(client=store.client, store=store, amount=Decimal(1), policy=default_policy(), batch=batch)


def test_a_start_that_was_killed_is_done_anew_and_its_drafts_go(market: tuple[Store, ...]) -> None:
    batch = start()
    left_behind(batch, attempts=1, lease=-timedelta(seconds=1))
    assert allocate_batch(batch.pk) == "succeeded"
    assert state(batch) == ("succeeded", 2, None)
    assert [cart.amount for cart in batch.carts.order_by("pk")] == [Decimal("7000.00"), Decimal("3500.00")]


def test_a_batch_that_another_worker_runs_is_left_alone(market: tuple[Store, ...]) -> None:
    batch = start()
    left_behind(batch, attempts=1, lease=LEASE)
    assert allocate_batch(batch.pk) == "running"
    assert state(batch) == ("running", 1, 1)


def test_after_three_starts_it_is_parked_with_an_alert(market: tuple[Store, ...]) -> None:
    batch = start()
    left_behind(batch, attempts=3, lease=-timedelta(seconds=1))
    assert allocate_batch(batch.pk) == "parked"
    assert state(batch) == ("parked", 3, None)
    alert = Alert.objects.get()
    assert (alert.kind, alert.title) == ("batch_trouble", f"Batch {batch.pk} was parked")
    assert alert.body == "It was started 3 times and never came to its end."
    assert batch.carts.count() == 0


def test_a_lost_batch_gives_way_to_the_next(market: tuple[Store, ...]) -> None:
    lost = start()
    left_behind(lost, attempts=1, lease=-timedelta(seconds=1))
    assert run().succeeded
    assert state(lost) == ("failed", 1, None)
    assert (lost.carts.count(), allocate_batch(lost.pk)) == (0, "failed")


def test_an_interrupted_batch_frees_its_place(market: tuple[Store, ...]) -> None:
    def interrupt(step: Progress) -> None:
        raise Killed

    batch = start()
    with pytest.raises(Killed):
        run_batch(batch_id=batch.pk, tell=interrupt)
    assert state(batch) == ("failed", 1, None)
    assert Batch.objects.get().run.error == "The batch was interrupted."


def test_an_unexpected_error_is_an_alert(market: tuple[Store, ...]) -> None:
    def fail(step: Progress) -> None:
        raise ZeroDivisionError

    batch = run_batch(batch_id=start().pk, tell=fail)
    assert (batch.run.state, Alert.objects.get().kind) == ("failed", "batch_trouble")
    assert batch.run.error == "An unexpected error (ZeroDivisionError) ended the batch. See the log."


def test_a_batch_that_was_given_up_meanwhile_writes_nothing_more(market: tuple[Store, ...]) -> None:
    batch = start()

    def give_up(step: Progress) -> None:
        if step.stage == "packing":
            Run.objects.filter(pk=batch.run_id).update(state=RunState.FAILED)

    assert run_batch(batch_id=batch.pk, tell=give_up).run.state == "failed"
    assert batch.results.count() == 0


def test_progress_is_told_and_written_in_statements_of_their_own(market: tuple[Store, ...]) -> None:
    seen: list[tuple[str, str, bool]] = []
    batch = start()

    def look(step: Progress) -> None:
        seen.append((step.stage, Batch.objects.get().stage, step.done <= step.total))

    run_batch(batch_id=batch.pk, tell=look)
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["reading", "prices", "carts", "improving", "bound", "packing"]
    assert seen[0][1] == "waiting"
    assert seen[1][1] == "reading"
    assert all(within for _, _, within in seen)


def test_a_waiting_batch_is_cancelled_at_once(market: tuple[Store, ...]) -> None:
    batch = start()
    cancel_batch(batch=batch)
    assert state(batch) == ("skipped", 0, None)
    assert allocate_batch(batch.pk) == "skipped"
    with pytest.raises(Conflict, match="has ended already"):
        cancel_batch(batch=batch)


def test_cancelling_leaves_a_valid_plan_of_what_was_found(market: tuple[Store, ...]) -> None:
    batch = start()

    def cancel(step: Progress) -> None:
        if step.stage == "reading":
            cancel_batch(batch=batch)

    done = run_batch(batch_id=batch.pk, tell=cancel)
    assert (done.run.state, done.cancel_requested) == ("succeeded", True)
    assert done.bound is not None and done.bound >= done.value > 0
    assert done.carts.count() == done.run.counts["carts"] > 0
