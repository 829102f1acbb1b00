import json
import math
from pathlib import Path
from typing import Any

import pytest

from pallets.packing.order import Carton, Limits, Order, OrderError, read_order

ORDERS = Path(__file__).parents[2] / "data" / "orders"
GOOD = {"sku": "A", "dims_lwh": [120, 100, 80], "vertical_ok_lwh": [0, 0, 1], "qty": 3, "weight": 10.5}


def faults(data: object) -> list[tuple[str, str]]:
    with pytest.raises(OrderError) as refusal:
        read_order(data)
    return [(error["path"], error["message"]) for error in refusal.value.errors]


def test_omitted_limits_are_a_gma_pallet_for_amazon() -> None:
    order = read_order({"cartons": [GOOD]})
    assert order == Order((Carton("A", (120, 100, 80), (False, False, True), 3, 10.5),))
    assert order.limits == Limits(
        deck=(480, 400), usable_height=660, pallet_height=60, max_total_height=720, pallet_weight=45.0,
        max_gross_weight=1500.0, max_net_weight=1455.0, min_support=0.8, max_pallets=None,
        forbidden_groups=(), effort="normal",
    )  # fmt: skip
    assert (order.limits.load_height, order.limits.load_weight) == (660, 1455.0)


def test_limits_and_options_are_read() -> None:
    extra = {
        "max_pallets": 1,
        "forbidden_groups": [["food", "hazmat"]],
        "effort": "fast",
        "max_total_height": 700,
    }
    order = read_order({"name": "x", "cartons": [GOOD | {"fragile": True, "group": "food"}], **extra})
    assert (order.limits.max_pallets, order.limits.effort) == (1, "fast")
    assert order.limits.forbidden_groups == (("food", "hazmat"),)
    assert order.limits.load_height == 640
    assert (order.cartons[0].fragile, order.cartons[0].group) == (True, "food")


@pytest.mark.parametrize("path", sorted(ORDERS.glob("*.json")), ids=lambda path: path.stem)
def test_sample_orders_are_read_whole(path: Path) -> None:
    data = json.loads(path.read_text())
    order = read_order(data)
    assert [carton.sku for carton in order.cartons] == [row["sku"] for row in data["cartons"]]
    assert sum(carton.qty for carton in order.cartons) == sum(row["qty"] for row in data["cartons"])


@pytest.mark.parametrize(
    ("key", "value", "path", "message"),
    [
        ("qty", 0, "qty", "must be a whole number from 1 to 100,000, not 0"),
        ("qty", -3, "qty", "must be a whole number from 1 to 100,000, not -3"),
        ("qty", True, "qty", "must be a whole number from 1 to 100,000, not True"),
        ("qty", 2**63, "qty", "must be a whole number from 1 to 100,000, not 9223372036854775808"),
        ("qty", 10**400, "qty", "must be a whole number from 1 to 100,000, not a number of about 10^400"),
        ("qty", "3", "qty", "must be a whole number from 1 to 100,000, not '3'"),
        ("weight", math.nan, "weight", "must be a number from 0.0001 to 100,000, not nan"),
        ("weight", math.inf, "weight", "must be a number from 0.0001 to 100,000, not inf"),
        ("weight", 0, "weight", "must be a number from 0.0001 to 100,000, not 0"),
        ("weight", True, "weight", "must be a number from 0.0001 to 100,000, not True"),
        ("weight", None, "weight", "must be a number from 0.0001 to 100,000, not None"),
        ("dims_lwh", [120, 100], "dims_lwh", "must be a list of 3 lengths in 0.1 in, not [120, 100]"),
        ("dims_lwh", [120, 0, 80], "dims_lwh[1]", "must be a whole number from 1 to 10,000, not 0"),
        ("dims_lwh", [120, 100, 80.5], "dims_lwh[2]", "must be a whole number from 1 to 10,000, not 80.5"),
        ("dims_lwh", [10**9, 1, 1], "dims_lwh[0]", "must be a whole number from 1 to 10,000, not 1000000000"),
        ("vertical_ok_lwh", [0, 0, 0], "vertical_ok_lwh", "at least one side must be allowed upright"),
        ("vertical_ok_lwh", [0, 2, 1], "vertical_ok_lwh[1]", "must be true or false, not 2"),
        ("sku", " ", "sku", "must be printable text of 1 to 200 characters, not ' '"),
        ("sku", "\ud800", "sku", "must be printable text of 1 to 200 characters, not '\\ud800'"),
        ("fragile", "yes", "fragile", "must be true or false, not 'yes'"),
        ("colour", "red", "colour", "is not a known key"),
    ],
)  # fmt: skip
def test_bad_carton_field_is_named(key: str, value: Any, path: str, message: str) -> None:
    assert faults({"cartons": [GOOD | {key: value}]}) == [(f"cartons[0].{path}", message)]


@pytest.mark.parametrize(
    ("key", "value", "path", "message"),
    [
        ("units", "cm", "units", "must be '0.1 inch, lb', not 'cm'"),
        ("deck", [480, math.nan], "deck[1]", "must be a whole number from 1 to 10,000, not nan"),
        ("min_support", 1.5, "min_support", "must be a number from 0 to 1, not 1.5"),
        ("max_pallets", 0, "max_pallets", "must be a whole number from 1 to 100,000, not 0"),
        ("effort", "heroic", "effort", "must be one of fast, normal, thorough, exhaustive, not 'heroic'"),
        ("forbidden_groups", [["food", "food"]], "forbidden_groups[0]",
         "must be two different groups, not ['food', 'food']"),
        ("pallet_height", 720, "max_total_height", "720 leaves no room above the pallet"),
        ("pallet_weight", 1500, "max_gross_weight", "1500 leaves nothing beside the pallet itself"),
        ("overhang", 1, "overhang", "is not a known key"),
        ("cartons", [], "cartons", "must be a list of at least one carton, not []"),
        ("cartons", [GOOD, GOOD], "cartons", "SKU 'A' is listed 2 times"),
        ("cartons", [GOOD | {"qty": 60_000}, GOOD | {"sku": "B", "qty": 60_000}], "cartons",
         "120,000 cartons in all, at most 100,000"),
    ],
)  # fmt: skip
def test_bad_order_field_is_named(key: str, value: Any, path: str, message: str) -> None:
    assert faults({"cartons": [GOOD], key: value}) == [(path, message)]


def test_every_fault_is_collected() -> None:
    found = faults({"deck": "big", "cartons": [{"sku": "A"}, 7, GOOD | {"qty": 0, "weight": -1}]})
    assert [path for path, _ in found] == [
        "deck", "cartons[0].dims_lwh", "cartons[0].vertical_ok_lwh", "cartons[0].qty", "cartons[0].weight",
        "cartons[1]", "cartons[2].qty", "cartons[2].weight",
    ]  # fmt: skip


@pytest.mark.parametrize("data", [None, [], "x", 3, math.nan])
def test_an_order_is_an_object(data: object) -> None:
    assert faults(data)[0][1].startswith("an order is an object, not ")


def test_missing_cartons_are_named() -> None:
    assert faults({}) == [("cartons", "is missing")]
