import copy
from collections.abc import Callable
from typing import Any

import pytest

from pallets.packing.order import Carton, Limits, Order
from pallets.packing.validate import validate

FLAT = (False, False, True)
ORDER = Order(
    (
        Carton("base", (480, 400, 100), FLAT, 1, 300.0),
        Carton("cube", (160, 200, 110), FLAT, 12, 20.0),
        Carton("lid", (480, 400, 90), FLAT, 1, 5.0),
    ),
    Limits(max_pallets=1),
)
Plan = dict[str, Any]
Steps = list[dict[str, Any]]
STEPS: Steps = [
    {"step": 1, "sku": "base", "nx": 1, "ny": 1, "nz": 1, "x": 0, "y": 0, "z": 0, "dx": 480, "dy": 400, "dz": 100},
    {"step": 2, "sku": "cube", "nx": 3, "ny": 1, "nz": 2, "x": 0, "y": 0, "z": 100, "dx": 160, "dy": 200, "dz": 110},
    {"step": 3, "sku": "cube", "nx": 3, "ny": 1, "nz": 2, "x": 0, "y": 200, "z": 100, "dx": 160, "dy": 200, "dz": 110},
    {"step": 4, "sku": "lid", "nx": 1, "ny": 1, "nz": 1, "x": 0, "y": 0, "z": 320, "dx": 480, "dy": 400, "dz": 90},
]


def placed(step: dict[str, Any]) -> Steps:
    """The cartons of one step, written out here once more so that the validator is not checked by itself."""
    found = []
    for k in range(step["nz"]):
        for j in range(step["ny"]):
            for i in range(step["nx"]):
                corner = {
                    "x": step["x"] + i * step["dx"],
                    "y": step["y"] + j * step["dy"],
                    "z": step["z"] + k * step["dz"],
                }
                found.append({"sku": step["sku"], **corner, "dx": step["dx"], "dy": step["dy"], "dz": step["dz"]})
    return found


@pytest.fixture
def plan() -> Plan:
    """A slab, two blocks of six cubes side by side, a lid over both: 410 of 660 high, all of the deck."""
    placements = [carton for step in STEPS for carton in placed(step)]
    cube = round(480 * 400 * 410 / (480 * 400 * 660), 6)
    pallet = {
        "placements": placements,
        "steps": copy.deepcopy(STEPS),
        "weight": 300.0 + 12 * 20 + 5 + 45,
        "height": 470,
        "fill": round(cube / 0.9, 6),
        "cube": cube,
    }
    made = {"pallets": [pallet], "unplaced": [], "bound": 1}
    assert validate(ORDER, made) == []
    return made


def steps(plan: Plan) -> Steps:
    found: Steps = plan["pallets"][0]["steps"]
    return found


def renumber(rows: Steps) -> None:
    for number, row in enumerate(rows, start=1):
        row["step"] = number


def shift(plan: Plan) -> None:
    steps(plan)[1]["x"] += 10


def swap(plan: Plan) -> None:
    """The slab comes when the cubes stand already."""
    rows = steps(plan)
    rows[0], rows[1] = rows[1], rows[0]
    renumber(rows)


def lid_too_early(plan: Plan) -> None:
    """The lid rests on half of its base, and the last cubes would have to slip in under it."""
    rows = steps(plan)
    rows[2], rows[3] = rows[3], rows[2]
    renumber(rows)


def swap_names(plan: Plan) -> None:
    rows = steps(plan)
    rows[0]["sku"], rows[3]["sku"] = rows[3]["sku"], rows[0]["sku"]


def drop(plan: Plan) -> None:
    steps(plan).pop()


def duplicate(plan: Plan) -> None:
    rows = steps(plan)
    rows.append(dict(rows[3]))
    renumber(rows)


def turn(plan: Plan) -> None:
    row = steps(plan)[1]
    row["dx"], row["dy"] = row["dy"], row["dx"]


def turn_the_block(plan: Plan) -> None:
    row = steps(plan)[1]
    row["nx"], row["ny"] = row["ny"], row["nx"]


def count_off(plan: Plan) -> None:
    steps(plan)[1]["nz"] += 1


def none(plan: Plan) -> None:
    steps(plan).clear()


def wrong_number(plan: Plan) -> None:
    steps(plan)[1]["step"] = 3


def nothing_in_it(plan: Plan) -> None:
    steps(plan)[1]["nx"] = 0


def lose_a_key(plan: Plan) -> None:
    del steps(plan)[1]["nx"]


def fraction(plan: Plan) -> None:
    steps(plan)[1]["x"] = 0.5


def no_list(plan: Plan) -> None:
    plan["pallets"][0]["steps"] = "1234"


@pytest.mark.parametrize(
    ("mutate", "faults"),
    [
        (shift, ["no step builds cube at 0, 0, 100", "the steps build cube at 10, 0, 100, which is not placed"]),
        (
            swap,
            [
                "step 1 puts a carton at 0, 0, 100 on 0% of its base",
                "step 2 puts a carton at 0, 0, 0 under one of step 1",
            ],
        ),
        (
            lid_too_early,
            [
                "step 3 puts a carton at 0, 0, 320 on 50% of its base",
                "step 4 puts a carton at 0, 200, 100 under one of step 3",
            ],
        ),
        (swap_names, ["no step builds base at 0, 0, 0", "the steps build lid at 0, 0, 0, which is not placed"]),
        (drop, ["the steps build 13 cartons, 14 are placed"]),
        (duplicate, ["the steps build 15 cartons, 14 are placed"]),
        (turn, ["no step builds cube at 160, 0, 100", "the steps build cube at 200, 0, 100, which is not placed"]),
        (turn_the_block, ["no step builds cube at 320, 0, 210"]),
        (count_off, ["the steps build 17 cartons, 14 are placed"]),
        (none, ["the steps build 0 cartons, 14 are placed"]),
        (wrong_number, ["step 2 is numbered 3"]),
        (nothing_in_it, ["step 2 is not given in whole numbers from 1"]),
        (lose_a_key, ["step 2 has other keys than dx, dy, dz, nx, ny, nz, sku, step, x, y, z"]),
        (fraction, ["step 2 is not given in whole numbers from 1"]),
        (no_list, ["steps are not a list"]),
    ],
)
def test_broken_steps_are_caught(plan: Plan, mutate: Callable[[Plan], None], faults: list[str]) -> None:
    mutate(plan)
    found = validate(ORDER, plan)
    assert [f"pallet 1: {fault}" in found for fault in faults] == [True] * len(faults), found


def test_an_overweight_carton_is_caught_beside_its_steps(plan: Plan) -> None:
    heavy = Order((Carton("base", (480, 400, 100), FLAT, 1, 1300.0), *ORDER.cartons[1:]), ORDER.limits)
    assert "pallet 1: cartons weigh 1545.00 lb, at most 1455.00 lb allowed" in validate(heavy, plan)


def test_a_plan_without_steps_is_as_valid(plan: Plan) -> None:
    del plan["pallets"][0]["steps"]
    assert validate(ORDER, plan) == []


@pytest.mark.parametrize("share, caught", [(80, False), (79, True)])
def test_support_of_a_step_is_that_of_the_order(share: int, caught: bool) -> None:
    """The upper carton rests on the lower one of an earlier step by `share` of 100 lengths."""
    order = Order((Carton("A", (100, 100, 100), FLAT, 2, 5.0),))
    first = {"step": 1, "sku": "A", "nx": 1, "ny": 1, "nz": 1, "x": 0, "y": 0, "z": 0, "dx": 100, "dy": 100, "dz": 100}
    rows = [first, first | {"step": 2, "x": 100 - share, "z": 100}]
    cube = 2_000_000 / (480 * 400 * 660)
    pallet = {"placements": [*placed(rows[0]), *placed(rows[1])], "steps": rows, "weight": 55.0, "height": 260}
    plan = {"pallets": [pallet | {"cube": cube, "fill": cube / 0.9}], "unplaced": [], "bound": 1}
    fault = f"pallet 1: step 2 puts a carton at {100 - share}, 0, 100 on {share}% of its base"
    assert (fault in validate(order, plan)) is caught
