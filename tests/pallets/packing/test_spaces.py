import itertools
import random

import pytest

from pallets.packing import loops_spaces
from pallets.packing.spaces import Rect, anchors, cut, united

DECK = (8, 6)


def covered(rects: list[Rect]) -> set[tuple[int, int]]:
    return {(x, y) for x1, y1, x2, y2 in rects for x in range(x1, x2) for y in range(y1, y2)}


def maximal(cells: set[tuple[int, int]]) -> set[Rect]:
    """By brute force: every rectangle of cells, without those within another."""
    sides = [
        (x1, y1, x2, y2)
        for x1, x2 in itertools.combinations(range(DECK[0] + 1), 2)
        for y1, y2 in itertools.combinations(range(DECK[1] + 1), 2)
    ]
    inside = [rect for rect in sides if covered([rect]) <= cells]
    return {
        one for one in inside
        if not any(
            one != other and other[0] <= one[0] and other[1] <= one[1] and other[2] >= one[2] and other[3] >= one[3]
            for other in inside
        )
    }  # fmt: skip


def some_rects(seed: int) -> list[Rect]:
    """A few that do not overlap."""
    rng = random.Random(seed)
    found: list[Rect] = []
    for _ in range(6):
        x, y = rng.randrange(DECK[0]), rng.randrange(DECK[1])
        rect = (x, y, rng.randint(x + 1, min(DECK[0], x + 3)), rng.randint(y + 1, min(DECK[1], y + 3)))
        if not covered(found) & covered([rect]):
            found.append(rect)
    return found


@pytest.mark.parametrize("seed", range(15))
def test_free_rectangles_are_the_maximal_ones(seed: int) -> None:
    free: list[Rect] = [(0, 0, *DECK)]
    loops = list(free)
    boxes = some_rects(seed)
    for box in boxes:
        free = cut(free, box)
        loops = loops_spaces.cut(loops, *box)
    assert sorted(free) == sorted(maximal(covered([(0, 0, *DECK)]) - covered(boxes))) == sorted(loops)


@pytest.mark.parametrize("seed", range(15))
def test_tops_unite_to_the_maximal_rectangles(seed: int) -> None:
    tops = some_rects(seed)
    assert sorted(united(tops)) == sorted(maximal(covered(tops))) == sorted(loops_spaces.united(tops))


def test_corners_are_nearest_and_largest_first_and_say_how_far_they_are_firm() -> None:
    free, firm = [(0, 0, 8, 2), (5, 0, 8, 6)], [(0, 0, 3, 6), (6, 3, 8, 6)]
    found = anchors(free, firm, DECK)
    assert [(a.x, a.y, a.x_sign, a.y_sign) for a in found] == [(8, 6, -1, -1), (0, 0, 1, 1)]
    assert [(a.width, a.depth, a.firm_width, a.firm_depth) for a in found] == [(3, 6, 2, 3), (8, 2, 3, 2)]
    assert found[0].corner(2, 1) == (6, 5)
    rows = loops_spaces.corners(free, firm, *DECK)
    assert [row[2:] for row in rows] == [
        (a.x, a.y, a.x_sign, a.y_sign, a.width, a.depth, a.firm_width, a.firm_depth) for a in found
    ]
