"""`score` as plain loops for `loops.compiled`: the same numbers to the last bit."""

from typing import NamedTuple

import numpy as np

from pallets.packing.blocks import Floats, Ints, Mask
from pallets.packing.loops import compiled
from pallets.packing.loops_spaces import Corner
from pallets.packing.stock import DEEP, HIGH, WIDE

ROW, X1, Y1, X2, Y2, Z, TOP = range(7)  # columns of the boxes, as the fields of `grow.Box`


class Tables(NamedTuple):
    """Job and stock as arrays; phases one after another, `starts` says where each one's rows begin."""

    table: Ints
    faces: Floats
    tiles: Ints  # dx, dy, nx, ny, held by block
    value: Floats
    lean: Floats
    rows: Ints
    starts: Ints
    tops: Ints
    flat_sums: Ints
    high_sums: Ints
    fragile: Mask
    group: Ints
    enemies: Mask
    wide: int
    deep: int
    height: int
    touch: int
    usable: int
    dense_low: float
    near: float


@compiled
def scores(job: Tables, phase: int, z: int, boxes: Ints, rows: Ints, corner: Corner) -> Floats:
    """As `score.scores`."""
    room = job.tops[phase] - z
    values = np.empty(len(rows))
    lift = job.dense_low * (1.0 - 2.0 * z / job.tops[phase])
    width, depth = corner[6], corner[7]
    x_faces, y_faces = _faces(job, z, boxes, corner)
    for i in range(len(rows)):
        row = rows[i]
        wide, deep, high = job.table[WIDE, row], job.table[DEEP, row], job.table[HIGH, row]
        base, across, along = job.faces[0, row], job.faces[1, row], job.faces[2, row]
        x_gap, y_gap, z_gap = width - wide, depth - deep, room - high
        touch = base + _contact(x_faces, deep, high, across)
        touch += _contact(y_faces, wide, high, along)
        touch += across if x_gap <= job.near * width else 0.0
        touch += along if y_gap <= job.near * depth else 0.0
        touch += base if z_gap <= job.near * room else 0.0
        touch *= job.faces[3, row]
        touch *= touch
        value = job.value[row] * touch
        for _ in range(2, job.touch, 2):
            value *= touch
        if job.usable:
            usable = float(wide + job.flat_sums[phase, x_gap])
            usable *= deep + job.flat_sums[phase, y_gap]
            usable *= high + job.high_sums[phase, z_gap]
            for _ in range(job.usable):
                value *= usable
        value *= 1.0 + lift * job.lean[row]
        values[i] = value
    return values


@compiled
def _faces(job: Tables, z: int, boxes: Ints, corner: Corner) -> tuple[Ints, Ints]:
    """As in `score`: from, to, height of what stands beside the corner; one row of -1 is a wall."""
    x, y, right, up, width, depth = corner[2], corner[3], corner[4] > 0, corner[5] > 0, corner[6], corner[7]
    x_faces = np.full((len(boxes) + 1, 3), -1, dtype=np.int64)
    y_faces = np.full((len(boxes) + 1, 3), -1, dtype=np.int64)
    x_wall, y_wall = x == 0 or x == job.wide, y == 0 or y == job.deep
    x_count, y_count = 1 if x_wall else 0, 1 if y_wall else 0
    for box in boxes:
        if box[TOP] <= z:
            continue
        if not x_wall and (box[X2] if right else box[X1]) == x:
            start, end = (box[Y1] - y, box[Y2] - y) if up else (y - box[Y2], y - box[Y1])
            if start < depth and end > 0:
                x_faces[x_count] = (max(start, 0), end, box[TOP] - z)
                x_count += 1
        if not y_wall and (box[Y2] if up else box[Y1]) == y:
            start, end = (box[X1] - x, box[X2] - x) if right else (x - box[X2], x - box[X1])
            if start < width and end > 0:
                y_faces[y_count] = (max(start, 0), end, box[TOP] - z)
                y_count += 1
    return x_faces[:x_count], y_faces[:y_count]


@compiled
def _contact(faces: Ints, side: int, high: int, face: float) -> float:
    if len(faces) == 1 and faces[0, 0] < 0:
        return face
    area = 0
    for i in range(len(faces)):
        area += (min(side, faces[i, 1]) - min(side, faces[i, 0])) * min(high, faces[i, 2])
    return float(area)
