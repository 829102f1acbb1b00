"""The real services beside plain books: random orders, charges, readings, pallets; every figure the same after each."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.state_machine.machine import Machine
from tests.state_machine.world import World

pytestmark = pytest.mark.django_db
ANY = list(HealthCheck)
QUICK = settings(
    max_examples=8, stateful_step_count=15, derandomize=True, database=None, deadline=None, suppress_health_check=ANY
)
LONG = settings(
    max_examples=60, stateful_step_count=30, database=None, deadline=None, suppress_health_check=ANY, print_blob=False
)


@pytest.fixture
def machine(tmp_path: Path) -> type[Machine]:
    """A machine over a world that has just been opened."""
    World(tmp_path).open()
    return type("Machine", (Machine,), {"folder": tmp_path, "swarms": False})


def test_services_and_books_agree(machine: type[Machine]) -> None:
    """The same steps each time: it fails again as it failed."""
    run_state_machine_as_test(machine, settings=QUICK)


@pytest.mark.full
def test_services_and_books_agree_for_long(machine: type[Machine]) -> None:
    """Other steps each time, but those of STATE_MACHINE_SEED where it is set."""
    number = int(os.environ.get("STATE_MACHINE_SEED") or random.randrange(2**32))
    try:
        run_state_machine_as_test(seed(number)(machine), settings=LONG)
    except AssertionError as error:
        error.add_note(f"Again: STATE_MACHINE_SEED={number} pytest tests/test_state_machine.py -m full")
        raise
