"""How good each block is at an anchor.

Product of volume, usable remainder, touching share of its surface and a penalty on the number of cartons:
the block evaluation of the constructive container-loading literature (Araya, Riff 2014; Araya et al. 2017).
"""

from dataclasses import dataclass

import numpy as np

from pallets.packing.blocks import Blocks, Floats, Ints
from pallets.packing.surface import Anchor, Surface


@dataclass(frozen=True)
class Taste:
    """Exponents and weights of one greedy pass."""

    touch: float = 4.0
    remainder: float = 1.0
    cartons: float = 0.2
    volume: float = 1.0
    dense_low: float = 0.3
    together: float = 0.1
    near: float = 0.03  # a gap of this share of the space counts as touching


@dataclass(frozen=True)
class Scene:
    """What scoring needs beside the anchor; reachable sums are along the deck and upright."""

    surface: Surface
    flat_sums: Ints
    high_sums: Ints
    density_rank: Floats  # 0 lightest to 1 densest, by SKU
    bonus: Floats  # by SKU
    taste: Taste


def reachable_sums(sides: set[int], longest: int) -> Ints:
    """For each length 0 to `longest`: the largest sum of `sides`, each any number of times, not above it."""
    reached = np.zeros(longest + 1, dtype=np.bool_)
    reached[0] = True
    for side in sorted(sides):
        for start in range(side, longest + 1, side):
            stop = min(start + side, longest + 1)
            reached[start:stop] |= reached[start - side : stop - side]
    return np.maximum.accumulate(np.where(reached, np.arange(longest + 1), 0)).astype(np.int64)


def scores(scene: Scene, blocks: Blocks, rows: Ints, anchor: Anchor, z: int) -> Floats:
    """One number per row of `blocks`, larger is better; rounded, so that ties do not hang on a last bit."""
    taste = scene.taste
    room = scene.surface.top - z
    wide, deep, high = blocks.wide[rows], blocks.deep[rows], blocks.high[rows]
    usable = (
        ((wide + scene.flat_sums[anchor.width - wide]) / anchor.width)
        * ((deep + scene.flat_sums[anchor.depth - deep]) / anchor.depth)
        * ((high + scene.high_sums[room - high]) / room)
    )
    surface = 2.0 * (wide * deep + wide * high + deep * high)
    touch = _touching(scene, anchor, z, wide, deep, high) / surface
    sku = blocks.sku[rows]
    lean = 1.0 + taste.dense_low * (scene.density_rank[sku] - 0.5) * (1.0 - 2.0 * z / scene.surface.top)
    value: Floats = (
        blocks.volume[rows] ** taste.volume
        * usable**taste.remainder
        * touch**taste.touch
        * blocks.count[rows] ** -taste.cartons
        * lean
        * scene.bonus[sku]
    )
    rounded: Floats = np.round(value / value.max(), 9)
    return rounded


def _touching(scene: Scene, anchor: Anchor, z: int, wide: Ints, deep: Ints, high: Ints) -> Floats:
    surface, near = scene.surface, scene.taste.near
    beside_x, beside_y = surface.neighbours(anchor)
    y_start = anchor.y if anchor.y_sign > 0 else anchor.y - deep
    x_start = anchor.x if anchor.x_sign > 0 else anchor.x - wide
    touch = (wide * deep).astype(np.float64)
    touch += _contact(*beside_x, y_start, deep, high, z)
    touch += _contact(*beside_y, x_start, wide, high, z)
    x_far = int(np.searchsorted(surface.xs, anchor.x + anchor.x_sign * anchor.width)) - (anchor.x_sign < 0)
    y_far = int(np.searchsorted(surface.ys, anchor.y + anchor.y_sign * anchor.depth)) - (anchor.y_sign < 0)
    far_x = _contact(*surface.column(x_far), y_start, deep, high, z)
    far_y = _contact(*surface.row(y_far), x_start, wide, high, z)
    touch += np.where(anchor.width - wide <= near * anchor.width, far_x, 0)
    touch += np.where(anchor.depth - deep <= near * anchor.depth, far_y, 0)
    room = surface.top - z
    touch += np.where(room - high <= near * room, wide * deep, 0)
    return touch


def _contact(cuts: Ints, heights: Ints, start: Ints | int, length: Ints, high: Ints, z: int) -> Ints:
    """Area of each block's side that faces the neighbours' sides."""
    above = heights - z
    if not (above > 0).any():
        return np.zeros_like(length)
    start = np.broadcast_to(start, length.shape)
    shared = np.minimum((start + length)[:, None], cuts[1:]) - np.maximum(start[:, None], cuts[:-1])
    facing = np.clip(above, 0, high[:, None])
    return np.asarray((np.maximum(shared, 0) * facing).sum(axis=1), dtype=np.int64)
