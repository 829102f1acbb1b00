import math

import pytest

from pallets.packing.layers import layered_load, pattern
from pallets.packing.order import Carton, Limits
from pallets.packing.stock import make_stock

FLAT = (False, False, True)
DECK = (480, 400)


@pytest.mark.parametrize(
    ("base", "count"),
    [
        ((100, 160), 12),
        ((107, 177), 9),  # only as a pinwheel
        ((70, 110), 23),
        ((50, 70), 54),
        ((162, 182), 4),
        ((480, 401), 0),
        ((1, 1), 192_000),
        ((480, 400), 1),
        ((11, 259), 62),  # slivers: not every sum of sides is a place to cut
        ((4, 266), 160),
    ],
)
def test_patterns_hold_so_many_cartons_and_none_overlap(base: tuple[int, int], count: int) -> None:
    tiles = pattern(DECK, base)
    assert sum(nx * ny for *_, nx, ny in tiles) == count
    parts = [(x, y, x + dx * nx, y + dy * ny) for x, y, dx, dy, nx, ny in tiles]
    assert all(min(x1, y1) >= 0 and x2 <= 480 and y2 <= 400 for x1, y1, x2, y2 in parts)
    assert all({dx, dy} == set(base) for _, _, dx, dy, _, _ in tiles)
    for i, one in enumerate(parts):
        for other in parts[:i]:
            assert min(one[2], other[2]) <= max(one[0], other[0]) or min(one[3], other[3]) <= max(one[1], other[1])


def test_tiny_cartons_on_a_huge_deck_take_a_bounded_number_of_cuts() -> None:
    tiles = pattern((10_000, 10_000), (1, 3))
    assert sum(nx * ny for *_, nx, ny in tiles) >= 33_330_000


def test_layers_go_up_to_the_height_and_the_weight() -> None:
    light = Carton("A", (177, 107, 100), FLAT, 200, 10.0)
    heavy = Carton("B", (177, 107, 100), FLAT, 200, 40.0)
    few = Carton("C", (177, 107, 100), FLAT, 20, 10.0)
    stock = make_stock((light, heavy, few), Limits())
    loads = [layered_load(stock, sku) for sku in range(3)]
    assert [load.used.tolist() for load in loads if load] == [[54, 0, 0], [0, 36, 0], [0, 0, 18]]
    assert max(block.z + block.nz * block.dz for load in loads[:1] if load for block in load.blocks) == 600


def test_blocks_of_a_layered_load_are_not_slender() -> None:
    stock = make_stock((Carton("A", (177, 107, 60), FLAT, 200, 5.0),), Limits())
    load = layered_load(stock, 0)
    assert load is not None
    assert {block.nz for block in load.blocks} == {3, 4, 7}  # of 11 layers
    assert all(block.nz * block.dz <= 2.5 * min(block.nx * block.dx, block.ny * block.dy) for block in load.blocks)
    assert sum(math.prod((block.nx, block.ny, block.nz)) for block in load.blocks) == 99


def test_too_few_for_a_layer() -> None:
    stock = make_stock((Carton("A", (100, 160, 100), FLAT, 11, 5.0),), Limits())
    assert layered_load(stock, 0) is None
