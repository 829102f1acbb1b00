import json
from dataclasses import replace
from pathlib import Path

import pytest

from pallets.packing import beam
from pallets.packing.grow import Build
from pallets.packing.loops import HAS_NUMBA
from pallets.packing.loops_build import LoopBuild
from pallets.packing.order import Order, read_order
from pallets.packing.pack import pack
from pallets.packing.plan import PackPlan
from tests.pallets.packing.test_pack import random_order

ORDERS = Path(__file__).parents[2] / "data" / "orders"


def both(order: Order, monkeypatch: pytest.MonkeyPatch) -> list[PackPlan]:
    """The plan with arrays and the plan with loops."""
    plans = []
    for build in (Build, LoopBuild):
        monkeypatch.setattr(beam, "begin", build)
        plans.append(pack(order))
    return plans


@pytest.mark.parametrize("seed", [1, 2, 4, 6, 7, 10, 11, 12])
def test_loops_take_the_same_decisions_as_arrays(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, loops = both(random_order(seed), monkeypatch)
    assert arrays.pallets
    assert arrays == loops


@pytest.mark.skipif(not HAS_NUMBA, reason="needs numba: without it the loops are too slow for whole orders")
@pytest.mark.parametrize("path", sorted(ORDERS.glob("*.json")), ids=lambda path: path.stem)
def test_compiled_loops_make_equal_plans(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, loops = both(read_order(json.loads(path.read_text())), monkeypatch)
    assert arrays == loops


@pytest.mark.skipif(not HAS_NUMBA, reason="needs numba: without it the loops are too slow for many orders")
@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_compiled_loops_make_equal_plans_of_random_orders(effort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(100):
        order = random_order(seed)
        arrays, loops = both(replace(order, limits=replace(order.limits, effort=effort)), monkeypatch)
        assert arrays == loops, seed
