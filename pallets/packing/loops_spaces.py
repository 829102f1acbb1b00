"""`spaces` as plain loops for `loops.compiled`: the same rectangles, in another order, and the same corners."""

import numpy as np

from pallets.packing.blocks import Mask
from pallets.packing.loops import compiled
from pallets.packing.spaces import Rect

Corner = tuple[int, int, int, int, int, int, int, int, int, int]  # distance, - area, then the fields of an anchor


@compiled
def cut(rects: list[Rect], x1: int, y1: int, x2: int, y2: int) -> list[Rect]:
    kept = [(0, 0, 0, 0) for _ in range(0)]
    pieces = [(0, 0, 0, 0) for _ in range(0)]
    for left, front, right, back in rects:
        if left >= x2 or right <= x1 or front >= y2 or back <= y1:
            kept.append((left, front, right, back))
            continue
        if left < x1:
            pieces.append((left, front, x1, back))
        if x2 < right:
            pieces.append((x2, front, right, back))
        if front < y1:
            pieces.append((left, front, right, y1))
        if y2 < back:
            pieces.append((left, y2, right, back))
    whole = len(kept)
    for number in range(len(pieces)):
        if not _is_covered(pieces[number], kept, whole) and not _is_doubled(pieces, number):
            kept.append(pieces[number])
    return kept


@compiled
def _is_covered(piece: Rect, rects: list[Rect], count: int) -> bool:
    for i in range(count):
        x1, y1, x2, y2 = rects[i]
        if x1 <= piece[0] and y1 <= piece[1] and x2 >= piece[2] and y2 >= piece[3]:
            return True
    return False


@compiled
def _is_doubled(pieces: list[Rect], number: int) -> bool:
    """Whether it lies within another piece; of equal ones the first counts."""
    piece = pieces[number]
    for i in range(len(pieces)):
        x1, y1, x2, y2 = pieces[i]
        if i == number or x1 > piece[0] or y1 > piece[1] or x2 < piece[2] or y2 < piece[3]:
            continue
        is_equal = x1 == piece[0] and y1 == piece[1] and x2 == piece[2] and y2 == piece[3]
        if i < number or not is_equal:
            return True
    return False


@compiled
def united(tops: list[Rect]) -> list[Rect]:
    if len(tops) < 2:
        return tops
    xs = _edges([rect[0] for rect in tops] + [rect[2] for rect in tops])
    ys = _edges([rect[1] for rect in tops] + [rect[3] for rect in tops])
    covered = np.zeros((len(xs) - 1, len(ys) - 1), dtype=np.bool_)
    for x1, y1, x2, y2 in tops:
        covered[xs.index(x1) : xs.index(x2), ys.index(y1) : ys.index(y2)] = True
    found = [(0, 0, 0, 0) for _ in range(0)]
    for first in range(len(xs) - 1):
        common = covered[first].copy()
        for last in range(first, len(xs) - 1):
            common &= covered[last]
            if not common.any():
                break
            _add_runs(found, covered, common, first, last, xs, ys)
    return found


@compiled
def _edges(values: list[int]) -> list[int]:
    values.sort()
    found = [values[0]]
    for value in values:
        if value != found[-1]:
            found.append(value)
    return found


@compiled
def _add_runs(
    found: list[Rect], covered: Mask, common: Mask, first: int, last: int, xs: list[int], ys: list[int]
) -> None:
    """The stretches of cells that are covered from row `first` to `last` and reach no further in any direction."""
    start = 0
    count = len(common)
    while start < count:
        if not common[start]:
            start += 1
            continue
        end = start
        while end < count and common[end]:
            end += 1
        is_open_before = first > 0 and covered[first - 1, start:end].all()
        is_open_after = last + 1 < len(covered) and covered[last + 1, start:end].all()
        if not is_open_before and not is_open_after:
            found.append((xs[first], ys[start], xs[last + 1], ys[end]))
        start = end


@compiled
def corners(free: list[Rect], firm: list[Rect], wide: int, deep: int) -> list[Corner]:
    """As `spaces.anchors` on a deck of `wide` x `deep`."""
    rows = [(0, 0, 0, 0, 0, 0, 0, 0, 0, 0) for _ in range(0)]
    for left, front, right, back in free:
        for rect in firm:
            x1, x2 = max(left, rect[0]), min(right, rect[2])
            y1, y2 = max(front, rect[1]), min(back, rect[3])
            if x1 >= x2 or y1 >= y2:
                continue
            if x1 <= wide - x2:
                x_gap, x, x_sign, width = x1, x1, 1, right - x1
            else:
                x_gap, x, x_sign, width = wide - x2, x2, -1, x2 - left
            if y1 <= deep - y2:
                y_gap, y, y_sign, depth = y1, y1, 1, back - y1
            else:
                y_gap, y, y_sign, depth = deep - y2, y2, -1, y2 - front
            rows.append((x_gap + y_gap, -width * depth, x, y, x_sign, y_sign, width, depth, x2 - x1, y2 - y1))
    rows.sort()
    found = rows[:1]
    for row in rows:
        if row != found[-1]:
            found.append(row)
    return found
