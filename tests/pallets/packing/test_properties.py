"""What holds for every order: nothing is lost, every plan is valid, the order of rows does not matter."""

import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pallets.packing.order import Carton, Limits, Order, OrderError, read_order
from pallets.packing.pack import pack
from pallets.packing.validate import validate
from tests.pallets.packing.cutting import cut_pallets

ROOT = Path(__file__).parents[3]
ANY = (True, True, True)
FLAT = (False, False, True)
REASONS = ("larger than the deck", "heavier than the limit", "taller than the usable height", "no room on the ")


def checked(order: Order) -> dict[str, Any]:
    """The plan as JSON, valid, with every carton on a pallet or unplaced with a reason of the known ones."""
    plan = pack(order).as_json()
    assert validate(order, plan) == []
    placed = Counter(row["sku"] for pallet in plan["pallets"] for row in pallet["placements"])
    unplaced = Counter({row["sku"]: row["qty"] for row in plan["unplaced"]})
    assert placed + unplaced == Counter({carton.sku: carton.qty for carton in order.cartons})
    assert all(row["reason"].startswith(REASONS) for row in plan["unplaced"])
    return plan


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Odd orders: slivers, giants, heavy ones, every limit moved."""
    side = st.integers(1, 60) | st.integers(60, 300) | st.integers(300, 700)
    carton = st.builds(
        Carton,
        sku=st.text("ABCDEF", min_size=3, max_size=6),
        dims_lwh=st.tuples(side, side, side),
        vertical_ok_lwh=st.sampled_from((ANY, FLAT, (True, False, False), (True, True, False))),
        qty=st.integers(1, 15),
        weight=st.floats(0.0001, 60) | st.floats(60, 2_000),
        fragile=st.booleans(),
        group=st.sampled_from(("general", "food", "hazmat")),
    )
    limits = st.builds(
        Limits,
        deck=st.sampled_from(((480, 400), (400, 480), (250, 90))),
        usable_height=st.sampled_from((660, 200, 35)),
        max_net_weight=st.sampled_from((1455.0, 100.0, 0.5)),
        min_support=st.sampled_from((0.0, 0.65, 0.8, 1.0)),
        max_pallets=st.sampled_from((None, 1, 2)),
        forbidden_groups=st.sampled_from(((), (("food", "hazmat"),), (("food", "hazmat"), ("general", "hazmat")))),
        effort=st.just("fast"),
    )
    cartons = draw(st.lists(carton, min_size=1, max_size=6, unique_by=lambda one: one.sku))
    return Order(tuple(cartons), draw(limits))


@given(order=orders(), shuffle=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_every_carton_is_placed_or_has_a_reason_whatever_the_order_of_rows(
    order: Order, shuffle: random.Random
) -> None:
    plan = checked(order)
    rows = list(order.cartons)
    shuffle.shuffle(rows)
    assert json.dumps(pack(Order(tuple(rows), order.limits)).as_json()) == json.dumps(plan)


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(60), id="60"), pytest.param(range(60, 1_060), id="1000", marks=pytest.mark.full)]
)
def test_cut_pallets_are_packed_validly_and_within_reach_of_the_best(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        pallets = rng.randint(1, 3)
        rivals = rng.choice(((), (("a", "b"),), (("a", "b"), ("b", "c"), ("a", "c"))))
        support = rng.choice((0.8, 1.0, 0.0))
        order = cut_pallets(rng, pallets, Limits(forbidden_groups=rivals, min_support=support, effort="fast"))
        plan = checked(order)
        assert (seed, plan["unplaced"], plan["bound"]) == (seed, [], pallets)
        assert pallets <= len(plan["pallets"]) <= len(order.cartons)


def test_no_more_pallets_than_allowed_and_none_is_left_empty() -> None:
    for seed in range(6):
        order = cut_pallets(random.Random(seed), 3, Limits(effort="fast"))
        for most in (1, 2, 3):
            plan = checked(replace(order, limits=replace(order.limits, max_pallets=most)))
            assert len(plan["pallets"]) <= most
            assert all(pallet["placements"] for pallet in plan["pallets"])
            assert plan["unplaced"] == [] or len(plan["pallets"]) == most


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("dims_lwh", [0, 100, 80], "cartons[0].dims_lwh[0]: must be a whole number from 1 to 10,000, not 0"),
        ("dims_lwh", [120, -1, 80], "cartons[0].dims_lwh[1]: must be a whole number from 1 to 10,000, not -1"),
        ("dims_lwh", None, "cartons[0].dims_lwh: must be a list of 3 lengths in 0.1 in, not None"),
        ("dims_lwh", "missing", "cartons[0].dims_lwh: is missing"),
        ("weight", "missing", "cartons[0].weight: is missing"),
        ("weight", -1, "cartons[0].weight: must be a number from 0.0001 to 100,000, not -1"),
        ("qty", -5, "cartons[0].qty: must be a whole number from 1 to 100,000, not -5"),
        ("qty", 0, "cartons[0].qty: must be a whole number from 1 to 100,000, not 0"),
        ("qty", 1.5, "cartons[0].qty: must be a whole number from 1 to 100,000, not 1.5"),
    ],
)
def test_bad_cartons_are_refused_by_name(field: str, value: object, message: str) -> None:
    row = {"sku": "A", "dims_lwh": [120, 100, 80], "vertical_ok_lwh": [0, 0, 1], "qty": 3, "weight": 10.5}
    row = {key: kept for key, kept in (row | {field: value}).items() if (key, kept) != (field, "missing")}
    with pytest.raises(OrderError) as refusal:
        read_order({"cartons": [row]})
    assert str(refusal.value) == message


def test_where_no_carton_fits_there_is_no_pallet_and_a_reason_for_each() -> None:
    plan = checked(
        Order(
            (
                Carton("deck", (481, 401, 30), FLAT, 2, 1.0),
                Carton("heavy", (30, 30, 30), ANY, 1, 10.5),
                Carton("tall", (30, 30, 41), FLAT, 3, 1.0),
            ),
            Limits(usable_height=40, max_net_weight=10.0),
        )
    )
    assert (plan["pallets"], plan["bound"]) == ([], 0)
    assert [(row["sku"], row["qty"], row["reason"].split(":")[0]) for row in plan["unplaced"]] == [
        ("deck", 2, "larger than the deck"),
        ("heavy", 1, "heavier than the limit"),
        ("tall", 3, "taller than the usable height"),
    ]


def test_one_sku_of_many_cartons() -> None:
    plan = checked(Order((Carton("A", (160, 100, 110), FLAT, 720, 20.0),), Limits(effort="fast")))
    assert (len(plan["pallets"]), plan["bound"], plan["unplaced"]) == (10, 10, [])


def many_skus(count: int, quantity: int, seed: int = 1) -> Order:
    rng = random.Random(seed)
    cartons = tuple(
        Carton(
            f"S{n:04}",
            (rng.randint(80, 240), rng.randint(60, 200), rng.randint(50, 180)),
            rng.choice((ANY, FLAT)),
            quantity,
            round(rng.uniform(3, 40), 1),
        )
        for n in range(count)
    )
    return Order(cartons, Limits(effort="fast"))


def test_a_thousand_skus_of_one_carton() -> None:
    plan = checked(many_skus(1_000, 1))
    assert plan["unplaced"] == []
    assert plan["bound"] <= len(plan["pallets"]) <= 1.4 * plan["bound"]


LARGE = """
import json, resource, sys
from pallets.packing.pack import pack
from tests.pallets.packing.test_properties import many_skus
plan = pack(many_skus(int(sys.argv[1]), int(sys.argv[2])))
placed = sum(len(pallet.placements) for pallet in plan.pallets)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([placed, len(plan.pallets), plan.bound, peak, resource.getrusage(resource.RUSAGE_SELF).ru_utime]))
"""


@pytest.mark.full
@pytest.mark.parametrize(("skus", "quantity"), [(1, 10_000), (40, 250), (1_000, 10)])
def test_ten_thousand_cartons_take_less_than_a_gigabyte(skus: int, quantity: int) -> None:
    command = [sys.executable, "-c", LARGE, str(skus), str(quantity)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=900)
    placed, pallets, bound, megabytes, _ = json.loads(done.stdout)
    assert placed == 10_000
    assert bound <= pallets <= 1.4 * bound
    assert megabytes < 1_000
