"""Made-up orders and folders of orders."""

import json
from pathlib import Path

import pytest

from pallets.bench.orders import SPECS, BadFolder, made_up, read_sets
from pallets.packing.order import Limits

ORDERS = Path(__file__).parents[2] / "data" / "orders"


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_made_up_orders_hold_what_they_promise(spec) -> None:  # type: ignore[no-untyped-def]
    made = made_up(spec, 1, "fast")
    assert made == made_up(spec, 1, "fast")
    assert made != made_up(spec, 2, "fast")
    assert len(made.orders) == len(set(made.orders)) == spec.orders
    for order in made.orders:
        assert len(order.cartons) == spec.skus
        assert sum(carton.qty for carton in order.cartons) == spec.cartons
        assert order.limits == Limits(effort="fast")
        for carton in order.cartons:
            assert carton.qty >= 3
            assert 1 <= carton.weight <= 50
            assert all(25 <= side <= 250 for side in carton.dims_lwh)
            assert carton.vertical_ok_lwh in ((True, True, True), (False, False, True))


def test_heavy_orders_are_limited_by_weight_and_others_by_volume() -> None:
    pounds = {
        spec.name: sum(
            carton.qty * carton.weight for order in made_up(spec, 1, "fast").orders for carton in order.cartons
        )
        / spec.orders
        for spec in SPECS
    }
    assert pounds["heavy"] > 3.5 * 1455 > 3 * 1455 > pounds["retail"]


def test_a_folder_is_read_in_sets_by_name() -> None:
    sets = read_sets(ORDERS, "thorough")
    assert {one.name: len(one.orders) for one in sets} == {
        "orders/big": 1, "orders/few": 3, "orders/heavy": 3, "orders/order": 10,
    }  # fmt: skip
    first = sets[-1].orders[0]
    assert (first.name, first.limits.effort, len(first.cartons)) == ("order_00", "thorough", 25)


def test_a_folder_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match=r"holds no order \(\*\.json\)"):
        read_sets(tmp_path, "fast")
    (tmp_path / "a_1.json").write_text("{")
    (tmp_path / "a_2.json").write_text(json.dumps({"cartons": []}))
    (tmp_path / "a_3.json").write_bytes((ORDERS / "few_00.json").read_bytes())
    with pytest.raises(BadFolder, match=r"^a_1.json is not JSON in UTF-8: .*; a_2.json: cartons: must be a list"):
        read_sets(tmp_path, "fast")
