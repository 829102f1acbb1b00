"""What the tests of batches start and look at."""

from decimal import Decimal
from typing import Any

from allocation.models import Batch
from pallets.services.batch_run import run_batch
from pallets.services.batches import start_batch
from tests.factories import default_policy

BUYERS = (("1", "7000.00"), ("2", "3500.00"))  # clients with what they have, in USD


def start(**changes: Any) -> Batch:
    """A batch that waits, without a worker unless told otherwise."""
    wanted = {"policy": default_policy(), "fairness": Decimal("0.9"), "effort": "normal", "in_background": False}
    return start_batch(**(wanted | changes))


def run(**changes: Any) -> Batch:
    """A batch that has ended."""
    return run_batch(batch_id=start(**changes).pk)


def state(batch: Batch) -> tuple[str, int, int | None]:
    """State and starts of its run, and its slot."""
    found = Batch.objects.select_related("run").get(pk=batch.pk)
    return found.run.state, found.run.attempts, found.slot
