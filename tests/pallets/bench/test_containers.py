"""The published containers, line for line where the files of the literature could be looked up."""

import math

import pytest

from pallets.bench.containers import CLASSES, CONTAINER, numbers, problem

# (class, problem): the first lines of the published file, as length, width, height, quantity.
PUBLISHED = {
    (1, 1): [(108, 76, 30, 40), (110, 43, 25, 33), (92, 81, 55, 39)],
    (1, 2): [(49, 25, 21, 41), (60, 51, 41, 53), (103, 76, 64, 44)],
    (1, 28): [(62, 59, 52, 32), (54, 52, 50, 39), (102, 69, 65, 40)],
    (3, 1): [(108, 76, 30, 24), (110, 43, 25, 9), (92, 81, 55, 8), (81, 33, 28, 11), (120, 99, 73, 11)],
    (4, 51): [(66, 64, 36, 12), (97, 73, 49, 19), (69, 60, 43, 25), (52, 37, 20, 16), (109, 63, 37, 23)],
    (4, 60): [(78, 72, 58, 14), (107, 57, 57, 11)],
    (7, 91): [(86, 65, 57, 4), (61, 37, 32, 3), (39, 33, 27, 8), (85, 33, 26, 5), (101, 94, 42, 3)],
}


@pytest.mark.parametrize(("br", "number"), PUBLISHED)
def test_a_problem_is_the_published_one(br: int, number: int) -> None:
    lines = [(*carton.dims_lwh, carton.qty) for carton in problem(br, number, "fast").cartons]
    assert lines[: len(PUBLISHED[br, number])] == PUBLISHED[br, number]
    assert len(lines) == CLASSES[br - 1]


def test_a_side_twice_the_smallest_may_not_stand_upright() -> None:
    flags = [carton.vertical_ok_lwh for carton in problem(1, 1, "fast").cartons]
    assert flags == [(False, False, True), (False, True, True), (True, True, True)]


def test_a_problem_is_one_container_that_its_boxes_almost_fill() -> None:
    order = problem(5, 33, "thorough")
    limits = order.limits
    assert (*limits.deck, limits.load_height) == CONTAINER == (587, 233, 220)
    assert (limits.max_pallets, limits.min_support, limits.effort) == (1, 0.8, "thorough")
    volume = sum(carton.qty * math.prod(carton.dims_lwh) for carton in order.cartons)
    largest = max(math.prod(carton.dims_lwh) for carton in order.cartons)
    assert math.prod(CONTAINER) - largest < volume <= math.prod(CONTAINER)
    assert sum(carton.qty * carton.weight for carton in order.cartons) < 1


def test_problems_are_spread_over_the_class() -> None:
    assert list(numbers(10)) == [1, 11, 21, 31, 41, 51, 61, 71, 81, 91]
    assert list(numbers(1)) == [1]
    assert list(numbers(3)) == [1, 34, 67]
    assert list(numbers(100)) == list(range(1, 101))
