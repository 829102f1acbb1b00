"""The verdict on plans that are made by hand: exact figures, each kind of fault in its own count."""

import pytest

from pallets.bench.judge import judge, judged_plan, together
from pallets.packing.order import Carton, Limits, Order
from pallets.packing.pack import pack

FLAT = (False, False, True)
CUBE = Carton("A", (200, 200, 200), FLAT, 3, 100.0)
LOW = Carton("B", (200, 100, 100), FLAT, 1, 10.0)
ORDER = Order((CUBE, LOW), Limits())
DECK = 480 * 400 * 660


def row(sku: str, x: int, y: int, z: int, *sides: int) -> dict[str, object]:
    dx, dy, dz = sides or (200, 200, 200)
    return {"sku": sku, "x": x, "y": y, "z": z, "dx": dx, "dy": dy, "dz": dz}


def test_a_good_plan() -> None:
    plan = [[row("A", 0, 0, 0), row("A", 200, 0, 0), row("B", 0, 0, 200, 200, 100, 100)], [row("A", 0, 0, 0)]]
    verdict = judge(ORDER, plan)
    assert (verdict.cartons, verdict.unplaced, verdict.pallets, verdict.bound) == (4, 0, 2, 1)
    assert (verdict.unsupported, verdict.turned, verdict.faults, verdict.valid) == (0, 0, 0, True)
    fills = (210 / 1455, 100 / 1455)  # weight is more than the cube here
    assert verdict.fills == pytest.approx(fills[:1])
    assert verdict.fill == pytest.approx(fills[0])
    volumes = (18_000_000 / DECK, 8_000_000 / DECK)
    assert verdict.volume == pytest.approx(sum(volumes))
    cost = sum(volume * (2 - fill) for volume, fill in zip(volumes, fills, strict=True))
    assert verdict.cost_index == pytest.approx(cost / sum(volumes))
    assert (verdict.lowest_support, verdict.skus_a_pallet, verdict.heavy_on_light) == (1.0, 1.5, 0)


def test_each_fault_has_its_count() -> None:
    floating = row("A", 0, 0, 300)
    half = row("A", 250, 0, 200)
    turned = row("B", 250, 200, 0, 100, 100, 200)
    plan = [[floating, half, turned, row("A", 150, 0, 0)]]
    verdict = judge(ORDER, plan)
    assert (verdict.unsupported, verdict.turned, verdict.faults, verdict.valid) == (2, 1, 0, False)
    assert verdict.lowest_support == 0.0
    overlapping = judge(ORDER, [[row("A", 0, 0, 0), row("A", 100, 0, 0), row("A", 350, 0, 0)]])
    # One overlap and one carton over the edge of the deck.
    assert (overlapping.unsupported, overlapping.turned, overlapping.faults, overlapping.unplaced) == (0, 0, 2, 1)


def test_hundreds_of_faults_are_all_counted() -> None:
    order = Order((Carton("A", (20, 20, 20), FLAT, 300, 1.0),))
    rows = [row("A", 20 * (n % 20), 20 * (n // 20), 500, 20, 20, 20) for n in range(150)]
    verdict = judge(order, [rows, rows])
    assert verdict.unsupported == 300


def test_a_plan_of_ours_is_valid_and_its_counts_are_checked() -> None:
    plan = pack(ORDER)
    assert judged_plan(ORDER, plan).valid
    fewer = Order((CUBE,), ORDER.limits)
    wrong = judged_plan(ORDER, pack(fewer))
    assert (wrong.valid, wrong.faults, wrong.unplaced) == (False, 1, 1)


def test_a_sum_over_orders() -> None:
    one = judge(ORDER, [[row("A", 0, 0, 0)], [row("A", 0, 0, 0), row("A", 200, 0, 0)]])
    other = judge(ORDER, [[row("A", 0, 0, 50)]])
    both = together([one, other])
    assert (both.cartons, both.pallets, both.unplaced, both.unsupported) == (8, 3, 4, 1)
    assert both.fills == pytest.approx((100 / 1455, 200 / 1455))
    assert both.lowest_support == 0.0
    assert together([]).cost_index == together([]).fill == together([]).skus_a_pallet == 0.0
