import json
import random
from pathlib import Path
from typing import Any

import pytest

from pallets.packing.order import Carton, Limits, Order, read_order
from pallets.packing.pack import pack
from pallets.packing.validate import validate

ORDERS = Path(__file__).parents[2] / "data" / "orders"
PALLETS = {
    "big_00": 23, "few_00": 4, "few_01": 5, "few_02": 5, "heavy_00": 6, "heavy_01": 5, "heavy_02": 5,
    "order_00": 6, "order_01": 5, "order_02": 5, "order_03": 5, "order_04": 4, "order_05": 5, "order_06": 5,
    "order_07": 6, "order_08": 5, "order_09": 4,
}  # fmt: skip
ANY = (True, True, True)
FLAT = (False, False, True)


def plan_of(*cartons: Carton, **limits: Any) -> dict[str, Any]:
    """The plan, after the validator has agreed with it."""
    order = Order(cartons, Limits(**limits))
    plan = pack(order).as_json()
    assert validate(order, plan) == []
    return plan


def random_order(seed: int) -> Order:
    rng = random.Random(seed)
    rivals = rng.choice(((), (("food", "hazmat"),), (("food", "hazmat"), ("general", "hazmat"))))
    limits = Limits(
        usable_height=rng.choice((660, 660, 300)),
        max_total_height=rng.choice((720, 500)),
        max_net_weight=rng.choice((1455.0, 400.0)),
        min_support=rng.choice((0.8, 0.8, 1.0, 0.65)),
        max_pallets=rng.choice((None, None, 1, 2)),
        forbidden_groups=rivals,
        effort="normal" if seed % 20 == 0 else "fast",
    )
    return Order(tuple(random_carton(rng, f"S{n}") for n in range(rng.randint(1, 8))), limits)


def random_carton(rng: random.Random, sku: str) -> Carton:
    longest = rng.choice((250, 250, 250, 700))
    return Carton(
        sku=sku,
        dims_lwh=(rng.randint(50, longest), rng.randint(50, longest), rng.randint(30, longest)),
        vertical_ok_lwh=rng.choice((ANY, FLAT, (True, False, False))),
        qty=rng.randint(1, 12),
        weight=round(rng.uniform(0.5, rng.choice((60, 60, 500))), 2),
        fragile=rng.random() < 0.2,
        group=rng.choice(("general", "food", "hazmat")),
    )


def test_one_carton_stands_in_the_middle_of_the_deck() -> None:
    plan = plan_of(Carton("A", (120, 100, 80), FLAT, 1, 10.0))
    placed = plan["pallets"][0].pop("placements")
    assert {(p["x"] + p["dx"] / 2, p["y"] + p["dy"] / 2, p["z"], p["dz"]) for p in placed} == {(240, 200, 0, 80)}
    steps = plan["pallets"][0].pop("steps")
    assert steps == [placed[0] | {"step": 1, "nx": 1, "ny": 1, "nz": 1}]
    assert plan == {
        "pallets": [{"weight": 55.0, "height": 140, "fill": 0.008418, "cube": 0.007576}],
        "unplaced": [],
        "bound": 1,
    }


def test_cartons_that_tile_a_pallet_fill_it() -> None:
    plan = plan_of(Carton("A", (160, 100, 110), FLAT, 72, 20.0))
    assert [(p["weight"], p["height"], p["fill"], p["cube"]) for p in plan["pallets"]] == [(1485.0, 720, 1.0, 1.0)]


def test_one_carton_more_needs_a_second_pallet() -> None:
    plan = plan_of(Carton("A", (160, 100, 110), FLAT, 73, 19.0))
    assert ([len(p["placements"]) for p in plan["pallets"]], plan["bound"]) == ([72, 1], 2)


def test_weight_ends_a_pallet_exactly_at_the_limit() -> None:
    plan = plan_of(Carton("A", (160, 100, 110), FLAT, 30, 145.5))
    assert [p["weight"] for p in plan["pallets"]] == [1500.0, 1500.0, 1500.0]
    assert (plan["bound"], plan["pallets"][0]["fill"]) == (3, 1.0)


def test_gross_limit_counts_where_it_is_the_lower_one() -> None:
    plan = plan_of(Carton("A", (100, 100, 100), FLAT, 4, 100.0), max_gross_weight=245.0)
    assert [p["weight"] for p in plan["pallets"]] == [245.0, 245.0]


def test_nothing_is_placed_above_fragile_cartons() -> None:
    plan = plan_of(
        Carton("F", (480, 400, 100), FLAT, 2, 10.0, fragile=True), Carton("S", (480, 400, 100), FLAT, 4, 10.0)
    )
    assert (len(plan["pallets"]), plan["bound"]) == (2, 2)
    tops = [max(pallet["placements"], key=lambda p: p["z"])["sku"] for pallet in plan["pallets"]]
    assert tops == ["F", "F"]


def test_forbidden_groups_go_on_two_pallets() -> None:
    food = Carton("A", (100, 100, 100), ANY, 2, 5.0, group="food")
    hazmat = Carton("B", (100, 100, 100), ANY, 2, 5.0, group="hazmat")
    plain = Carton("C", (100, 100, 100), ANY, 2, 5.0)
    plan = plan_of(food, hazmat, plain, forbidden_groups=(("hazmat", "food"),))
    assert (len(plan["pallets"]), plan["bound"]) == (2, 2)
    assert len(plan_of(food, hazmat, plain)["pallets"]) == 1


def test_heavy_cartons_are_below_light_ones() -> None:
    plan = plan_of(Carton("L", (480, 400, 330), FLAT, 1, 10.0), Carton("H", (480, 400, 330), FLAT, 1, 500.0))
    assert [(p["sku"], p["z"]) for p in plan["pallets"][0]["placements"]] == [("H", 0), ("L", 330)]


def test_cartons_that_fit_no_pallet_are_unplaced_with_the_numbers() -> None:
    plan = plan_of(
        Carton("deck", (500, 410, 100), FLAT, 2, 10.0),
        Carton("heavy", (100, 100, 100), ANY, 1, 1456.0),
        Carton("tall", (100, 100, 700), FLAT, 3, 10.0),
        Carton("tall but may lie", (100, 100, 470), (True, True, False), 1, 10.0),
    )
    assert plan["unplaced"] == [
        {"sku": "deck", "qty": 2,
         "reason": "larger than the deck: 41.0 x 50.0 in at the smallest, the deck is 48.0 x 40.0 in"},
        {"sku": "heavy", "qty": 1, "reason": "heavier than the limit: 1456 lb a carton, 1455 lb a pallet"},
        {"sku": "tall", "qty": 3,
         "reason": "taller than the usable height: 70.0 in upright as allowed, 66.0 in usable"},
    ]  # fmt: skip
    assert (len(plan["pallets"]), plan["bound"]) == (1, 1)


def test_max_pallets_leaves_the_rest_unplaced() -> None:
    plan = plan_of(Carton("A", (160, 100, 110), FLAT, 100, 10.0), max_pallets=1)
    assert len(plan["pallets"][0]["placements"]) == 72
    reason = "no room on the 1 pallet allowed (max_pallets 1)"
    assert (plan["unplaced"], plan["bound"]) == ([{"sku": "A", "qty": 28, "reason": reason}], 2)


def test_nothing_to_pack_is_an_empty_plan() -> None:
    assert plan_of() == {"pallets": [], "unplaced": [], "bound": 0}


def test_ten_thousand_small_cartons() -> None:
    plan = plan_of(Carton("A", (40, 40, 40), ANY, 10_000, 0.5))
    assert (len(plan["pallets"]), plan["unplaced"]) == (6, [])


SAMPLES = [pytest.param(name, marks=pytest.mark.full if name == "big_00" else ()) for name in PALLETS]


def test_every_sample_order_is_packed() -> None:
    assert {path.stem for path in ORDERS.glob("*.json")} == set(PALLETS)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_orders_are_packed_validly(name: str) -> None:
    order = read_order(json.loads((ORDERS / f"{name}.json").read_text()))
    plan = pack(order).as_json()
    assert (validate(order, plan), plan["unplaced"]) == ([], [])
    assert len(plan["pallets"]) == PALLETS[name]


def test_steps_build_the_placements_bottom_up() -> None:
    order = read_order(json.loads((ORDERS / "order_00.json").read_text()) | {"effort": "fast"})
    for pallet in pack(order).pallets:
        assert len(pallet.steps) < len(pallet.placements)
        assert [step.step for step in pallet.steps] == list(range(1, len(pallet.steps) + 1))
        assert [step.z for step in pallet.steps] == sorted(step.z for step in pallet.steps)
        built = [carton for step in pallet.steps for carton in step.placements()]
        assert sorted(built, key=lambda p: (p.z, p.y, p.x)) == list(pallet.placements)


@pytest.mark.parametrize("support", [0.8, 1.0])
def test_every_carton_is_supported_as_asked(support: float) -> None:
    data = json.loads((ORDERS / "order_02.json").read_text())
    order = read_order(data | {"effort": "fast", "min_support": support})
    assert validate(order, pack(order).as_json()) == []


@pytest.mark.parametrize("slenderness", [1.0, 2.5])
def test_blocks_of_several_layers_are_no_higher_than_asked(slenderness: float) -> None:
    data = json.loads((ORDERS / "order_02.json").read_text())
    plan = pack(read_order(data | {"effort": "fast", "slenderness": slenderness}))
    steps = [step for pallet in plan.pallets for step in pallet.steps if step.nz > 1]
    highest = max(step.nz * step.dz / min(step.nx * step.dx, step.ny * step.dy) for step in steps)
    assert 0.9 * slenderness < highest <= slenderness


def test_a_part_filled_pallet_is_built_low() -> None:
    plan = plan_of(Carton("A", (120, 100, 80), FLAT, 16, 10.0))
    assert [pallet["height"] for pallet in plan["pallets"]] == [140]


@pytest.mark.parametrize("path", sorted(ORDERS.glob("*.json")), ids=lambda path: path.stem)
def test_the_plan_has_the_same_bytes_in_any_order_of_cartons(path: Path) -> None:
    order = read_order(json.loads(path.read_text()) | {"effort": "fast", "max_pallets": 3})
    turned = Order(order.cartons[::-1], order.limits)
    plans = [json.dumps(pack(each).as_json()) for each in (order, turned)]
    assert plans[0] == plans[1]


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(15), id="15"), pytest.param(range(15, 1040), id="1000", marks=pytest.mark.full)]
)
def test_random_orders_are_packed_validly(seeds: range) -> None:
    for seed in seeds:
        order = random_order(seed)
        assert (seed, validate(order, pack(order).as_json())) == (seed, [])
