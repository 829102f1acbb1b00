"""How good each block is at an anchor.

Product of volume, usable remainder, touching share of its surface and a penalty on the number of cartons: the block
evaluation of the constructive container-loading literature (Araya, Riff 2014; Araya et al. 2017). Only additions and
multiplications in a fixed order, no powers, so that the numbers are the same to the last bit everywhere.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pallets.packing.blocks import Floats, Ints
from pallets.packing.job import Job, Phase
from pallets.packing.spaces import Anchor
from pallets.packing.stock import DEEP, HIGH, WIDE

if TYPE_CHECKING:
    from pallets.packing.grow import Box

Face = tuple[int, int, int]  # from, to along the anchor's side, height above the anchor


def scores(job: Job, phase: Phase, z: int, standing: Sequence["Box"], rows: Ints, anchor: Anchor) -> Floats:
    """One positive number for each of `rows`, larger is better; `standing` boxes reach above `z`."""
    taste, table = job.taste, job.stock.table
    wide, deep, high = table[WIDE].take(rows), table[DEEP].take(rows), table[HIGH].take(rows)
    base, across, along, per_surface = job.stock.faces.take(rows, axis=1)
    room = phase.top - z
    x_gap, y_gap, z_gap = anchor.width - wide, anchor.depth - deep, room - high
    x_faces, y_faces = _faces(anchor, z, standing, job.stock.limits.deck)
    touch = base + _contact(x_faces, deep, high, across, anchor.depth, room)
    touch += _contact(y_faces, wide, high, along, anchor.width, room)
    touch += np.where(x_gap <= taste.near * anchor.width, across, 0.0)
    touch += np.where(y_gap <= taste.near * anchor.depth, along, 0.0)
    touch += np.where(z_gap <= taste.near * room, base, 0.0)
    touch *= per_surface
    touch *= touch
    value: Floats = job.value.take(rows) * touch
    for _ in range(2, taste.touch, 2):
        value *= touch
    if taste.usable:
        usable = (wide + phase.flat_sums.take(x_gap)).astype(np.float64)
        usable *= deep + phase.flat_sums.take(y_gap)
        usable *= high + phase.high_sums.take(z_gap)
        for _ in range(taste.usable):
            value *= usable
    value *= 1.0 + taste.dense_low * (1.0 - 2.0 * z / phase.top) * job.lean.take(rows)
    return value


def _faces(
    anchor: Anchor, z: int, standing: Sequence["Box"], deck: tuple[int, int]
) -> tuple[list[Face] | None, list[Face] | None]:
    """What stands beside the anchor's corner across x and across y; None is a wall, along the deck's edge."""
    x_faces: list[Face] | None = None if anchor.x in (0, deck[0]) else []
    y_faces: list[Face] | None = None if anchor.y in (0, deck[1]) else []
    if x_faces is None and y_faces is None:
        return None, None
    x, y, right, up = anchor.x, anchor.y, anchor.x_sign > 0, anchor.y_sign > 0
    for _, x1, y1, x2, y2, _, top in standing:
        if x_faces is not None and (x2 if right else x1) == x:
            start, end = (y1 - y, y2 - y) if up else (y - y2, y - y1)
            if start < anchor.depth and end > 0:
                x_faces.append((start, end, top - z))
        if y_faces is not None and (y2 if up else y1) == y:
            start, end = (x1 - x, x2 - x) if right else (x - x2, x - x1)
            if start < anchor.width and end > 0:
                y_faces.append((start, end, top - z))
    return x_faces, y_faces


def _contact(faces: list[Face] | None, side: Ints, high: Ints, face: Floats, extent: int, room: int) -> Floats:
    """Area of each block's face that lies against `faces`."""
    if faces is None:
        return face
    area = np.zeros(len(side))
    for start, end, height in faces:
        part = side if start <= 0 and end >= extent else np.minimum(side, end) - np.minimum(side, max(start, 0))
        area += part * (high if height >= room else np.minimum(high, height))
    return area
