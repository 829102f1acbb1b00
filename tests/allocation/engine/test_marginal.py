"""What one more case adds to a store's shipping, against packing all cases anew."""

import random

import numpy as np
import pytest

from allocation.engine.marginal import pallets_of
from tests.allocation.engine.cases import Case, item, store_price

Lines = list[tuple[Case, int]]


def estimates(goods: list[Case], lines: Lines) -> tuple[list[float], list[bool]]:
    """USD that one more case of each of the goods adds, and whether it opens a pallet."""
    load = np.array([row["load"] for row in goods])
    discount = np.array([(float(row["max_shipping"]) - 0.3) * row["case_pack"] for row in goods])
    place = [goods.index(row) for row, _ in lines]
    cases = np.array([float(count) for _, count in lines])
    fill = float(load[place] @ cases)
    adds, opens = pallets_of(load[place], discount[place], cases, fill).added(load, discount)
    return adds.tolist(), opens.tolist()


@pytest.mark.parametrize("seed", range(60))
def test_is_exact_while_one_pallet_holds_the_goods(seed: int) -> None:
    rng = random.Random(seed)
    goods = [
        item(
            f"i{number}",
            case_pack=rng.randint(1, 12),
            min_shipping="0.30",
            max_shipping=f"{rng.uniform(0.3, 2.3):.2f}",
            load=rng.randint(10, 80) / 1000,
        )
        for number in range(9)
    ]
    lines = [(row, rng.randint(1, 3)) for row in goods[: rng.randint(0, 6)]]
    if sum(row["load"] * count for row, count in lines) > 1:
        lines = lines[:2]
    now = float(store_price(lines)[1])
    adds, opens = estimates(goods, lines)
    for row, more, new in zip(goods, adds, opens, strict=True):
        after = dict.fromkeys((one["id"] for one, _ in lines), 0) | {one["id"]: count for one, count in lines}
        after[row["id"]] = after.get(row["id"], 0) + 1
        true = float(store_price([(one, after[one["id"]]) for one in goods if after.get(one["id"])])[1]) - now
        # Each line is rounded to the cent.
        assert more + 0.3 * row["case_pack"] == pytest.approx(true, abs=0.005 * (2 * len(lines) + 1))
        assert new == (not lines or sum(one["load"] * count for one, count in lines) + row["load"] > 1 + 1e-9)


def test_a_case_on_a_new_pallet_misses_the_rest_of_it() -> None:
    full = item("A", max_shipping="5.30", load=0.5)
    # Two cases fill a pallet; a third stands alone at 0.5 and misses half of its 50.00.
    assert estimates([full], [(full, 2)]) == ([25.0], [True])


def test_a_case_on_the_last_pallet_helps_the_others() -> None:
    goods = item("A", max_shipping="5.30", load=0.4)
    # At 0.4 a case misses 0.6 of 50.00; at 0.8 two of them miss 0.2 of 100.00.
    adds, opens = estimates([goods], [(goods, 1)])
    assert opens == [False]
    assert adds == pytest.approx([-10.0])
