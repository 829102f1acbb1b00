"""Blocks: nx x ny x nz equal cartons of one SKU, turned the same way, as one table of columns."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pallets.packing.order import Carton, Limits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

WEIGHT_STEPS = 10_000  # weights are summed in whole steps of 1/10,000 lb, so that sums do not depend on order
MOST_COUNTS = 14  # block sizes tried along one side
MOST_ROWS = 20_000  # of the table: where there are many SKUs, fewer sizes of each are tried


@dataclass(frozen=True)
class Blocks:
    """One row a block: SKU index, carton sides, carton counts, block sides (0.1 in), weight in steps.

    `held` is the area, in 0.01 sq in, on which each carton of the bottom layer has to rest.
    """

    sku: Ints
    dx: Ints
    dy: Ints
    dz: Ints
    nx: Ints
    ny: Ints
    nz: Ints
    count: Ints
    wide: Ints
    deep: Ints
    high: Ints
    weight: Ints
    held: Ints

    @property
    def volume(self) -> Floats:
        return (self.wide * self.deep * self.high).astype(np.float64)


def weight_steps(weight: float) -> int:
    """Whole steps, rounded up, so that a sum within the limit is within it in pounds too."""
    return math.ceil(round(weight * WEIGHT_STEPS, 3))


def load_steps(limits: Limits) -> int:
    return math.floor(round(limits.load_weight * WEIGHT_STEPS, 3))


def orientations(carton: Carton) -> list[tuple[int, int, int]]:
    """Every allowed way to put the carton down, as (dx, dy, dz)."""
    found = set()
    for upright, allowed in enumerate(carton.vertical_ok_lwh):
        if allowed:
            one, other = (side for axis, side in enumerate(carton.dims_lwh) if axis != upright)
            found |= {(one, other, carton.dims_lwh[upright]), (other, one, carton.dims_lwh[upright])}
    return sorted(found)


def block_table(cartons: Sequence[Carton], limits: Limits) -> Blocks:
    """All blocks that stock and one pallet allow, thinned where there are many. Cartons must fit one by one."""
    for sizes in (MOST_COUNTS, 6, 3, 2):
        rows = _rows(cartons, limits, sizes)
        if len(rows) <= MOST_ROWS:
            break
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 7)
    sku, dx, dy, dz, nx, ny, nz = (np.ascontiguousarray(column) for column in table.T)
    weights = np.array([weight_steps(carton.weight) for carton in cartons], dtype=np.int64)
    held = np.array([math.ceil(round(limits.min_support * base, 6)) for base in (dx * dy).tolist()], dtype=np.int64)
    count = nx * ny * nz
    return Blocks(sku, dx, dy, dz, nx, ny, nz, count, nx * dx, ny * dy, nz * dz, weights[sku] * count, held)


def _rows(cartons: Sequence[Carton], limits: Limits, sizes: int) -> list[tuple[int, ...]]:
    most = load_steps(limits)
    return [
        (sku, *sides, *counts)
        for sku, carton in enumerate(cartons)
        for sides in orientations(carton)
        for counts in _counts(carton, sides, limits, most, sizes)
    ]


def _counts(
    carton: Carton, sides: tuple[int, int, int], limits: Limits, most_weight: int, sizes: int
) -> Iterator[tuple[int, int, int]]:
    stock = min(carton.qty, most_weight // weight_steps(carton.weight))
    layers = 1 if carton.fragile else limits.load_height // sides[2]
    for nx in _sizes(min(limits.deck[0] // sides[0], stock), sizes):
        for ny in _sizes(min(limits.deck[1] // sides[1], stock // nx), sizes):
            slender = max(1, int(limits.slenderness * min(nx * sides[0], ny * sides[1])) // sides[2])
            for nz in _sizes(min(layers, slender, stock // (nx * ny)), sizes):
                yield nx, ny, nz


def _sizes(most: int, sizes: int) -> list[int]:
    """1 to `most`, thinned evenly in ratio where there are many."""
    if most <= sizes:
        return list(range(1, most + 1))
    return sorted({round(most ** (k / (sizes - 1))) for k in range(sizes)})
