import time
from fractions import Fraction

import pytest

from pallets.packing.measures import measure, ti_hi
from pallets.packing.order import Carton, Order
from pallets.packing.pack import pack
from pallets.packing.plan import Placement

ANY = (True, True, True)


DECK = (480, 400)


def placed(sku: str, x: int, y: int, z: int, dx: int = 100, dy: int = 100, dz: int = 100) -> Placement:
    return Placement(sku, x, y, z, dx, dy, dz)


def column(x: int, y: int, cartons: int, *, sku: str = "A", side: int = 100) -> list[Placement]:
    return [placed(sku, x, y, side * k, side, side, side) for k in range(cartons)]


def towers(placements: list[Placement]) -> int:
    return measure(placements, {"A": 10.0}, DECK).towers


def test_one_carton_in_a_corner() -> None:
    found = measure([placed("A", 0, 0, 0)], {"A": 10.0, "B": 10.0}, DECK)
    assert (found.cartons, found.skus, found.is_mixed, found.lowest_support) == (1, 1, False, 1)
    # Its middle is at 50 of 480 and 50 of 400; the deck's at 240 and 200.
    assert (found.offset_x, found.offset_y) == (Fraction(-190, 480), Fraction(-150, 400))
    assert (found.centre_height, found.most_on_top, found.heavy_on_light) == (Fraction(1, 2), 0, 0)


def test_centre_of_gravity_follows_the_weight() -> None:
    """30 lb at the left below, 10 lb at the right above: a quarter of the way over, and three eighths up."""
    rows = [placed("heavy", 0, 150, 0), placed("light", 380, 150, 0, dz=200)]
    found = measure(rows, {"heavy": 30.0, "light": 10.0}, DECK)
    assert found.offset_x == Fraction(50 * 3 + 430, 4 * 480) - Fraction(1, 2)
    assert (found.offset_y, found.centre_height) == (0, Fraction(50 * 3 + 100, 4 * 200))


def test_support_is_that_of_the_worst_carton() -> None:
    rows = [placed("A", 0, 0, 0), placed("A", 100, 0, 0), placed("A", 50, 0, 100), placed("A", 170, 0, 100, dx=90)]
    assert measure(rows, {"A": 10.0}, DECK).lowest_support == Fraction(30, 90)


def test_a_load_is_passed_down_by_contact() -> None:
    """12 lb rest by 3 quarters on one carton and by 1 on the other; 4 lb lie on the first alone."""
    rows = [
        placed("A", 0, 0, 0),
        placed("A", 100, 0, 0),
        placed("top", 25, 0, 100),
        placed("small", 0, 0, 100, dx=25),
    ]
    found = measure(rows, {"A": 10.0, "top": 12.0, "small": 4.0}, DECK)
    assert found.most_on_top == 13


def test_a_load_goes_down_through_several_cartons() -> None:
    rows = [placed("A", 0, 0, 0), placed("B", 0, 0, 100), placed("C", 0, 0, 200)]
    found = measure(rows, {"A": 1.0, "B": 2.5, "C": 0.0001}, DECK)
    assert found.most_on_top == Fraction(25_001, 10_000)


@pytest.mark.parametrize(("upper", "count"), [(12.5, 0), (12.6, 1)])
def test_heavy_on_light_is_more_than_a_quarter_heavier(upper: float, count: int) -> None:
    rows = [placed("low", 0, 0, 0), placed("high", 0, 0, 100), placed("high", 200, 0, 0)]
    assert measure(rows, {"low": 10.0, "high": upper}, DECK).heavy_on_light == count


def test_heavy_on_light_counts_each_contact() -> None:
    rows = [placed("A", 0, 0, 0), placed("A", 100, 0, 0), placed("B", 50, 0, 100), placed("A", 50, 0, 200)]
    found = measure(rows, {"A": 10.0, "B": 20.0}, DECK)
    assert (found.heavy_on_light, found.most_on_top) == (2, 15)


@pytest.mark.parametrize(("cartons", "count"), [(2, 0), (3, 1)])
def test_a_column_is_slender_above_two_and_a_half_bases(cartons: int, count: int) -> None:
    assert towers(column(0, 0, cartons)) == count


def test_a_slab_of_exactly_two_and_a_half_bases_is_no_tower() -> None:
    assert towers([placed("A", 0, 0, 0, dx=100, dy=300, dz=250)]) == 0
    assert towers([placed("A", 0, 0, 0, dx=100, dy=300, dz=251)]) == 1


def test_columns_in_a_square_brace_each_other_on_two_sides() -> None:
    square = [row for x in (0, 100) for y in (0, 100) for row in column(x, y, 4)]
    assert towers(square) == 0
    assert towers(column(0, 0, 4) + column(100, 0, 4)) == 2


@pytest.mark.parametrize(("gap", "count"), [(10, 0), (11, 1)])
def test_a_neighbour_braces_up_to_an_inch_away(gap: int, count: int) -> None:
    wide = placed("A", 100 + gap, 0, 0, dx=200, dy=200, dz=300)
    deep = placed("A", 0, 100, 0, dx=200, dy=200, dz=400)
    assert towers([*column(0, 0, 4), wide, deep]) == count


@pytest.mark.parametrize(("height", "count"), [(150, 1), (151, 0)])
def test_a_neighbour_must_reach_the_upper_half(height: int, count: int) -> None:
    wide = placed("A", 100, 0, 0, dx=200, dy=200, dz=height)
    deep = placed("A", 0, 100, 0, dx=200, dy=200, dz=400)
    assert towers([*column(0, 0, 3), wide, deep]) == count


def test_a_column_may_begin_above_the_deck() -> None:
    """Three small cartons on a slab of their own size and on a larger one."""
    assert towers([placed("A", 0, 0, 0, dx=400, dy=400), *(placed("A", 0, 0, 100 + 100 * k) for k in range(3))]) == 1


def test_a_carton_on_two_columns_ends_both() -> None:
    bridge = placed("A", 0, 0, 200, dx=200)
    assert towers([*column(0, 0, 2), *column(100, 0, 2), bridge]) == 0


def test_two_hundred_cartons_are_measured_in_a_blink() -> None:
    cartons = tuple(Carton(f"S{n}", (60 + 7 * n, 50 + 5 * n, 40 + 3 * n), ANY, 25, 2.0 + n) for n in range(8))
    rows = max((pallet.placements for pallet in pack(Order(cartons)).pallets), key=len)
    assert len(rows) == 200
    weights = {carton.sku: carton.weight for carton in cartons}
    started = time.process_time()
    found = measure(rows, weights, DECK)
    assert time.process_time() - started < 0.1
    assert found == measure(list(rows), weights, DECK)
    assert found.lowest_support >= Fraction(4, 5)


@pytest.mark.parametrize(
    ("counts", "told"),
    [([4, 4, 4], (4, 3, 0)), ([4, 4, 1], (4, 2, 1)), ([3], (3, 1, 0)), ([2, 4], None), ([4, 3, 4], None)],
)
def test_layers(counts: list[int], told: tuple[int, int, int] | None) -> None:
    rows = [placed("A", 100 * n, 0, 100 * level) for level, count in enumerate(counts) for n in range(count)]
    assert ti_hi(rows) == told


def test_what_differs_lies_in_no_layers() -> None:
    assert ti_hi([placed("A", 0, 0, 0), placed("B", 100, 0, 0)]) is None
    assert ti_hi([placed("A", 0, 0, 0), placed("A", 100, 0, 0, dx=120, dz=80)]) is None
