import numpy as np
import pytest

from pallets.packing.order import Carton, Limits
from pallets.packing.search import Filled, corrected, cost_index, is_perfect, rank, search
from pallets.packing.stock import Load, Stock, make_stock

FLAT = (False, False, True)


@pytest.fixture
def stock() -> Stock:
    """72 of A or of B fill a pallet to the last inch."""
    return make_stock(
        (Carton("A", (160, 100, 110), FLAT, 72, 10.0), Carton("B", (160, 100, 110), FLAT, 72, 10.0)), Limits()
    )


def filled(*loads: tuple[int, int], left: tuple[int, int] = (0, 0)) -> Filled:
    return Filled(tuple((Load((), np.array(load)), 1) for load in loads), np.array(left))


def test_full_pallets_cost_least_and_splits_break_the_tie(stock: Stock) -> None:
    apart, mixed = filled((72, 0), (0, 72)), filled((36, 36), (36, 36))
    uneven, more = filled((72, 36), (0, 36)), filled((36, 0), (36, 36), (0, 36))
    assert [rank(stock, plan)[1:] for plan in (apart, mixed)] == [(2, 1.0, 2), (2, 1.0, 4)]
    assert sorted((more, uneven, mixed, apart), key=lambda plan: rank(stock, plan)) == [apart, mixed, uneven, more]
    assert rank(stock, filled((72, 0), left=(0, 72))) > rank(stock, more)


def test_cost_index_is_the_mean_of_two_minus_fill(stock: Stock) -> None:
    half = 36 / 72 / 0.9
    assert cost_index(stock, filled((72, 0), (0, 36))) == pytest.approx((2 * 1 + 1 * (2 - half)) / 3)


@pytest.mark.parametrize(
    ("loads", "bound", "perfect"),
    [
        (((72, 0), (0, 72)), 2, True),
        (((72, 0), (0, 65), (0, 7)), 3, True),
        (((72, 0), (0, 60), (0, 12)), 3, False),
        (((72, 0), (0, 36), (0, 36)), 2, False),
    ],
)
def test_a_plan_is_perfect_where_only_one_pallet_is_part_filled(
    stock: Stock, loads: tuple[tuple[int, int], ...], bound: int, perfect: bool
) -> None:
    assert is_perfect(stock, filled(*loads), bound) == perfect


def test_what_lies_on_poor_pallets_becomes_dearer(stock: Stock) -> None:
    price = corrected(stock, filled((72, 0), (0, 48), (0, 24)), np.ones(2))
    full, poor = 0.9, (48 * 0.9 * 72 / 48 + 24 * 1.5) / 72
    assert price.tolist() == pytest.approx([(1 + full) / 2, (1 + poor) / 2])


def test_a_pallets_worth_of_one_sku_gets_pallets_of_its_own() -> None:
    whole = Carton("A", (160, 100, 110), FLAT, 150, 10.0)
    rest = tuple(Carton(f"R{n}", (150 + 7 * n, 110, 90), FLAT, 4, 8.0) for n in range(5))
    stock = make_stock((whole, *rest), Limits())
    found = search(stock, bound=3, effort=20_000)
    alone = [load.used.tolist() for load, times in found.loads for _ in range(times) if (load.used > 0).sum() == 1]
    assert alone == [[72, 0, 0, 0, 0, 0]] * 2
