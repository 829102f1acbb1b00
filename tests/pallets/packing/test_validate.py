import copy
from collections.abc import Callable
from typing import Any

import pytest

from pallets.packing.order import Carton, Limits, Order
from pallets.packing.pack import pack
from pallets.packing.validate import validate

FLAT = (False, False, True)
ORDER = Order(
    (
        Carton("base", (480, 400, 100), FLAT, 2, 300.0),
        Carton("cube", (160, 100, 110), FLAT, 12, 20.0),
        Carton("glass", (480, 400, 90), FLAT, 1, 5.0, fragile=True),
    ),
    Limits(forbidden_groups=(("food", "hazmat"),)),
)
Plan = dict[str, Any]


@pytest.fixture
def plan() -> Plan:
    """One pallet, bottom up: two slabs, a full layer of cubes, the glass."""
    made = pack(ORDER).as_json()
    assert validate(ORDER, made) == []
    assert [p["sku"] for p in made["pallets"][0]["placements"]] == ["base"] * 2 + ["cube"] * 12 + ["glass"]
    return copy.deepcopy(made)


def rows(plan: Plan) -> list[dict[str, Any]]:
    return list(plan["pallets"][0]["placements"])


def shift(plan: Plan) -> None:
    rows(plan)[5]["x"] += 30


def shift_off_the_deck(plan: Plan) -> None:
    rows(plan)[0]["x"] -= 1


def sink(plan: Plan) -> None:
    rows(plan)[0]["z"] -= 1


def lift(plan: Plan) -> None:
    rows(plan)[14]["z"] += 1


def lift_above_the_limit(plan: Plan) -> None:
    rows(plan)[14]["z"] = 600


def swap(plan: Plan) -> None:
    """The glass goes under the cubes."""
    placed = rows(plan)
    for cube in placed[2:14]:
        cube["z"] += 90
    placed[14]["z"] -= 110


def swap_names(plan: Plan) -> None:
    placed = rows(plan)
    placed[0]["sku"], placed[5]["sku"] = placed[5]["sku"], placed[0]["sku"]


def drop(plan: Plan) -> None:
    plan["pallets"][0]["placements"].pop(3)


def duplicate(plan: Plan) -> None:
    plan["pallets"][0]["placements"].append(copy.deepcopy(rows(plan)[3]))


def turn(plan: Plan) -> None:
    cube = rows(plan)[5]
    cube["dx"], cube["dz"] = cube["dz"], cube["dx"]


def shrink(plan: Plan) -> None:
    rows(plan)[5]["dz"] -= 1


def rename(plan: Plan) -> None:
    rows(plan)[5]["sku"] = "ghost"


def fraction(plan: Plan) -> None:
    rows(plan)[5]["x"] += 0.5


def wrong_weight(plan: Plan) -> None:
    plan["pallets"][0]["weight"] -= 1


def wrong_height(plan: Plan) -> None:
    plan["pallets"][0]["height"] -= 1


def wrong_fill(plan: Plan) -> None:
    plan["pallets"][0]["fill"] += 0.001


def wrong_cube(plan: Plan) -> None:
    plan["pallets"][0]["cube"] += 0.001


def wrong_bound(plan: Plan) -> None:
    plan["bound"] = 2


def count_twice(plan: Plan) -> None:
    plan["unplaced"].append({"sku": "cube", "qty": 1, "reason": "no room"})


def no_reason(plan: Plan) -> None:
    plan["unplaced"].append({"sku": "cube", "qty": 1, "reason": " "})


def lose_a_pallet(plan: Plan) -> None:
    plan["pallets"].clear()


def empty_pallet(plan: Plan) -> None:
    plan["pallets"].append(copy.deepcopy(plan["pallets"][0]) | {"placements": []})


def lose_a_key(plan: Plan) -> None:
    del plan["pallets"][0]["fill"]


@pytest.mark.parametrize(
    ("mutate", "fault"),
    [
        (shift, "pallet 1: carton 6 of cube overlaps carton 7 of cube"),
        (shift_off_the_deck, "pallet 1: carton 1 of base overhangs the deck"),
        (sink, "pallet 1: carton 1 of base is below the deck"),
        (lift, "pallet 1: carton 15 of glass rests on 0% of its base, 80% needed"),
        (
            lift_above_the_limit,
            "pallet 1: carton 15 of glass ends at 690 above the deck, at most 660 allowed",
        ),
        (swap, "pallet 1: carton 3 of cube is above the fragile carton 15 of glass"),
        (swap_names, "pallet 1: carton 1 of cube is drawn 480 x 400 x 100, it is (160, 100, 110)"),
        (drop, "cube: 12 ordered, but 11 placed and 0 unplaced"),
        (duplicate, "pallet 1: carton 4 of cube overlaps carton 16 of cube"),
        (turn, "pallet 1: carton 6 of cube stands on the wrong side: 160 is upright"),
        (shrink, "pallet 1: carton 6 of cube is drawn 160 x 100 x 109, it is (160, 100, 110)"),
        (rename, "pallet 1: ghost is not in the order"),
        (fraction, "pallet 1: carton 6 of cube is not placed in whole numbers"),
        (wrong_weight, "pallet 1: weight is given as 889.0, it is 890"),
        (wrong_height, "pallet 1: height is given as 459, it is 460"),
        (wrong_fill, "pallet 1: fill is given as 0.674401, it is 0.673401"),
        (wrong_cube, "pallet 1: cube is given as 0.607061, it is 0.606061"),
        (wrong_bound, "1 pallets hold everything, below the bound of 2"),
        (count_twice, "cube: 12 ordered, but 12 placed and 1 unplaced"),
        (no_reason, "unplaced row 1 needs a SKU, a quantity and a reason"),
        (lose_a_pallet, "base: 2 ordered, but 0 placed and 0 unplaced"),
        (empty_pallet, "pallet 2: is empty"),
        (lose_a_key, "pallet 1: has other keys than cube, fill, height, placements, weight"),
    ],
)
def test_a_broken_plan_is_caught(plan: Plan, mutate: Callable[[Plan], None], fault: str) -> None:
    mutate(plan)
    assert fault in validate(ORDER, plan)


def test_a_lower_weight_limit_is_broken(plan: Plan) -> None:
    order = Order(ORDER.cartons, Limits(max_net_weight=800.0))
    assert "pallet 1: cartons weigh 845.00 lb, at most 800.00 lb allowed" in validate(order, plan)


def test_more_pallets_than_allowed() -> None:
    order = Order((Carton("A", (480, 400, 660), FLAT, 2, 5.0),))
    plan = pack(order).as_json()
    assert validate(order, plan) == []
    assert validate(Order(order.cartons, Limits(max_pallets=1)), plan) == ["2 pallets, at most 1 allowed"]


def test_forbidden_groups_on_one_pallet() -> None:
    cartons = (
        Carton("A", (100, 100, 100), FLAT, 1, 5.0, group="hazmat"),
        Carton("B", (100, 100, 100), FLAT, 1, 5.0, group="food"),
    )
    plan = pack(Order(cartons)).as_json()
    fault = "pallet 1: groups food and hazmat may not share a pallet"
    assert validate(Order(cartons, ORDER.limits), plan) == [fault]


@pytest.mark.parametrize("share, faults", [(80, 0), (79, 1)])
def test_support_is_measured_per_carton(share: int, faults: int) -> None:
    """A 100 x 100 carton on a lower one, `share` of 100 lengths of its base over it."""
    order = Order((Carton("A", (100, 100, 100), FLAT, 2, 5.0),))
    low = {"sku": "A", "x": 0, "y": 0, "z": 0, "dx": 100, "dy": 100, "dz": 100}
    pallet = {"placements": [low, low | {"x": 100 - share, "z": 100}], "weight": 55.0, "height": 260}
    cube = 2_000_000 / (480 * 400 * 660)
    plan = {"pallets": [pallet | {"cube": cube, "fill": cube / 0.9}], "unplaced": [], "bound": 1}
    expected = ["pallet 1: carton 2 of A rests on 79% of its base, 80% needed"]
    assert validate(order, plan) == expected[:faults]


@pytest.mark.parametrize("plan", [None, [], {}, {"pallets": 1, "unplaced": [], "bound": 0}])
def test_what_is_no_plan_is_said(plan: Any) -> None:
    assert len(validate(ORDER, plan)) == 1
