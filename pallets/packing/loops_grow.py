"""`grow` as plain loops for `loops.compiled`: the same decisions, and the same count of work."""

import numpy as np

from pallets.packing.blocks import Floats, Ints
from pallets.packing.loops import compiled
from pallets.packing.loops_score import ROW, TOP, X1, X2, Y1, Y2, Tables, Z, scores
from pallets.packing.loops_spaces import Corner, corners, cut, united
from pallets.packing.spaces import Rect
from pallets.packing.stock import COUNT, DEEP, HIGH, SKU, WEIGHT, WIDE

OPENING, PLACING, SCORING = 40, 100, 300  # as in `grow`


@compiled
def grow(
    job: Tables, boxes: Ints, count: int, left: Ints, weight: int, phase: int, z: int, most: int, is_whole: bool
) -> tuple[Ints, int, int, int, int, int]:
    """Go on from `count` boxes; `left` is changed. Boxes, their count, weight left, phase, height, work.

    With `is_whole` until nothing can be placed; else the best `most` for the next place are put behind the boxes
    without being placed.
    """
    rows = _rows(job, phase, z, left, weight, boxes[:count])
    free, firm, tops = _opened(job, z, boxes[:count])
    work = 0
    while True:
        free = _large(job, rows, free)
        picks, corner, spent = _choose(job, phase, z, boxes[:count], rows, free, firm, tops, most)
        work += spent
        if len(picks):
            boxes = _written(job, boxes, count, picks, corner, z)
            if not is_whole:
                return boxes, count + len(picks), weight, phase, z, work
            left[job.table[SKU, picks[0]]] -= job.table[COUNT, picks[0]]
            weight -= job.table[WEIGHT, picks[0]]
            box = boxes[count]
            free = cut(free, box[X1], box[Y1], box[X2], box[Y2])
            if z > 0:
                firm = cut(firm, box[X1], box[Y1], box[X2], box[Y2])
            count += 1
            work += PLACING
            rows = _rows(job, phase, z, left, weight, boxes[:count])
            continue
        z = _next_height(job, phase, z, boxes[:count]) if len(rows) else job.tops[phase]
        if z >= job.tops[phase]:
            if phase + 1 == len(job.tops):
                return boxes, count, weight, phase, z, work
            phase, z = phase + 1, 0
        rows = _rows(job, phase, z, left, weight, boxes[:count])
        free, firm, tops = _opened(job, z, boxes[:count])
        work += OPENING * count


@compiled
def _choose(
    job: Tables, phase: int, z: int, boxes: Ints, rows: Ints, free: list[Rect], firm: list[Rect], tops: list[Rect],
    most: int,
) -> tuple[list[int], Corner, int]:  # fmt: skip
    """The best `most` blocks for the first corner that takes any, that corner, and the work."""
    work = 0
    picks = [0 for _ in range(0)]
    corner = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    if not len(rows):
        return picks, corner, work
    for corner in corners(free, firm, job.wide, job.deep):
        fitting = _fitting(job, rows, corner[6], corner[7])
        work += SCORING + len(fitting)
        if len(fitting):
            values = scores(job, phase, z, boxes, fitting, corner)
            picks = _supported(job, fitting, values, corner, tops, z, most)
            if len(picks):
                break
    return picks, corner, work


@compiled
def _written(job: Tables, boxes: Ints, count: int, picks: list[int], corner: Corner, z: int) -> Ints:
    if count + len(picks) > len(boxes):
        boxes = np.concatenate((boxes, np.empty((len(boxes) + len(picks), 7), dtype=np.int64)))
    for number in range(len(picks)):
        _write(job, boxes[count + number], picks[number], corner, z)
    return boxes


@compiled
def _next_height(job: Tables, phase: int, z: int, boxes: Ints) -> int:
    """The lowest tops above."""
    lowest = int(job.tops[phase])
    for box in boxes:
        if box[TOP] > z:
            lowest = min(lowest, int(box[TOP]))
    return lowest


@compiled
def _rows(job: Tables, phase: int, z: int, left: Ints, weight: int, boxes: Ints) -> Ints:
    """The blocks that may still come at this height."""
    is_friend = np.ones(len(job.enemies), dtype=np.bool_)
    for i in range(len(boxes) if len(job.enemies) > 1 else 0):
        is_friend &= ~job.enemies[job.group[job.table[SKU, boxes[i, ROW]]]]
    found = np.empty(job.starts[phase + 1] - job.starts[phase], dtype=np.int64)
    count = 0
    for i in range(job.starts[phase], job.starts[phase + 1]):
        row = job.rows[i]
        sku = job.table[SKU, row]
        if (
            job.table[COUNT, row] <= left[sku]
            and job.table[WEIGHT, row] <= weight
            and job.table[HIGH, row] <= job.tops[phase] - z
            and is_friend[job.group[sku]]
        ):
            found[count] = row
            count += 1
    return found[:count]


@compiled
def _opened(job: Tables, z: int, boxes: Ints) -> tuple[list[Rect], list[Rect], list[Rect]]:
    """Free rectangles, firm rectangles and carton tops at this height."""
    tops = [(0, 0, job.wide, job.deep) for _ in range(1 if z == 0 else 0)]
    if z > 0:
        for box in boxes:
            if box[TOP] == z:
                tops.append((box[X1], box[Y1], box[X2], box[Y2]))
    free = [(0, 0, job.wide, job.deep)]
    firm = united(tops)
    for box in boxes:
        if box[TOP] > z:
            free = cut(free, box[X1], box[Y1], box[X2], box[Y2])
            if z > 0:
                firm = cut(firm, box[X1], box[Y1], box[X2], box[Y2])
    return free, firm, tops


@compiled
def _large(job: Tables, rows: Ints, free: list[Rect]) -> list[Rect]:
    """Those that some block may fit."""
    if not len(rows):
        return free
    wide = job.table[WIDE, rows[0]]
    deep = job.table[DEEP, rows[0]]
    for row in rows:
        wide = min(wide, job.table[WIDE, row])
        deep = min(deep, job.table[DEEP, row])
    return [rect for rect in free if rect[2] - rect[0] >= wide and rect[3] - rect[1] >= deep]


@compiled
def _fitting(job: Tables, rows: Ints, width: int, depth: int) -> Ints:
    found = np.empty(len(rows), dtype=np.int64)
    count = 0
    for row in rows:
        if job.table[WIDE, row] <= width and job.table[DEEP, row] <= depth:
            found[count] = row
            count += 1
    return found[:count]


@compiled
def _write(job: Tables, box: Ints, row: int, corner: Corner, z: int) -> None:
    wide, deep = job.table[WIDE, row], job.table[DEEP, row]
    x = corner[2] if corner[4] > 0 else corner[2] - wide
    y = corner[3] if corner[5] > 0 else corner[3] - deep
    is_closed = job.fragile[job.table[SKU, row]]
    box[ROW], box[X1], box[Y1], box[X2], box[Y2], box[Z] = row, x, y, x + wide, y + deep, z
    box[TOP] = job.height if is_closed else z + job.table[HIGH, row]


@compiled
def _supported(
    job: Tables, rows: Ints, values: Floats, corner: Corner, tops: list[Rect], z: int, most: int
) -> list[int]:
    """The best `most` of the rows all of whose bottom cartons are supported."""
    picks = [0 for _ in range(0)]
    box = np.empty(7, dtype=np.int64)
    is_sifted = False
    while len(picks) < most:
        best = int(np.argmax(values))
        if values[best] <= 0:
            break
        row = rows[best]
        values[best] = 0
        is_firm = job.table[WIDE, row] <= corner[8] and job.table[DEEP, row] <= corner[9]
        _write(job, box, row, corner, z)
        if is_firm or _stands(job, box, tops):
            picks.append(row)
        elif not is_sifted:
            is_sifted = True
            for i in range(len(rows)):
                if values[i] > 0:
                    _write(job, box, rows[i], corner, z)
                    tiles = job.tiles[:, rows[i]]
                    if _held(tops, box[X1], box[Y1], box[X2], box[Y2]) < tiles[4] * tiles[2] * tiles[3]:
                        values[i] = 0
    return picks


@compiled
def _stands(job: Tables, box: Ints, tops: list[Rect]) -> bool:
    tiles = job.tiles[:, box[ROW]]
    for i in range(tiles[2]):
        for j in range(tiles[3]):
            x, y = box[X1] + i * tiles[0], box[Y1] + j * tiles[1]
            if _held(tops, x, y, x + tiles[0], y + tiles[1]) < tiles[4]:
                return False
    return True


@compiled
def _held(tops: list[Rect], x1: int, y1: int, x2: int, y2: int) -> int:
    held = 0
    for top in tops:
        across, along = min(x2, top[2]) - max(x1, top[0]), min(y2, top[3]) - max(y1, top[1])
        if across > 0 and along > 0:
            held += across * along
    return held
