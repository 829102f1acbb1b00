"""Free and firm rectangles of the deck at one height, and the corners to build from.

A load is built lowest place first, so a place is free when no carton above its height covers it, and the three
dimensions come down to two: at each height the maximal free rectangles, and the maximal rectangles of carton tops.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Rect = tuple[int, int, int, int]  # x1, y1, x2, y2


@dataclass(frozen=True)
class Anchor:
    """A corner to build from: a free rectangle `width` x `depth` from (x, y) on, growing along the signs.

    `firm_width` x `firm_depth` of it, at the corner, lie on carton tops or the deck.
    """

    x: int
    y: int
    x_sign: int
    y_sign: int
    width: int
    depth: int
    firm_width: int
    firm_depth: int

    def corner(self, wide: int, deep: int) -> tuple[int, int]:
        """Where a block of these sides starts."""
        x = self.x if self.x_sign > 0 else self.x - wide
        y = self.y if self.y_sign > 0 else self.y - deep
        return x, y


def cut(rects: list[Rect], box: Rect, least: tuple[int, int] = (1, 1)) -> list[Rect]:
    """The maximal rectangles of what `rects` (maximal, too) cover, without `box`; of `least` sides or more."""
    x1, y1, x2, y2 = box
    kept, pieces = [], set()
    for rect in rects:
        left, front, right, back = rect
        if left >= x2 or right <= x1 or front >= y2 or back <= y1:
            kept.append(rect)
            continue
        if back - front >= least[1]:
            if x1 - left >= least[0]:
                pieces.add((left, front, x1, back))
            if right - x2 >= least[0]:
                pieces.add((x2, front, right, back))
        if right - left >= least[0]:
            if y1 - front >= least[1]:
                pieces.add((left, front, right, y1))
            if back - y2 >= least[1]:
                pieces.add((left, y2, right, back))
    if len(pieces) + len(kept) <= 1:
        return kept + list(pieces)
    return kept + _outermost(kept, sorted(pieces))


def _outermost(kept: list[Rect], pieces: list[Rect]) -> list[Rect]:
    """The pieces that lie within no other rectangle."""
    found = []
    for piece in pieces:
        left, front, right, back = piece
        for x1, y1, x2, y2 in kept:
            if x1 <= left and y1 <= front and x2 >= right and y2 >= back:
                break
        else:
            for other in pieces:
                x1, y1, x2, y2 = other
                if x1 <= left and y1 <= front and x2 >= right and y2 >= back and other is not piece:
                    break
            else:
                found.append(piece)
    return found


def united(tops: list[Rect]) -> list[Rect]:
    """The maximal rectangles of what these rectangles, of which no two overlap, cover together."""
    if len(tops) < 2:
        return list(tops)
    xs = sorted({x for rect in tops for x in (rect[0], rect[2])})
    ys = sorted({y for rect in tops for y in (rect[1], rect[3])})
    column = {y: j for j, y in enumerate(ys)}
    rows = [0] * (len(xs) - 1)
    for x1, y1, x2, y2 in tops:
        bits = (1 << column[y2]) - (1 << column[y1])
        for i in range(xs.index(x1), xs.index(x2)):
            rows[i] |= bits
    return [(xs[i1], ys[j1], xs[i2], ys[j2]) for i1, j1, i2, j2 in _maximal(rows)]


def _maximal(rows: list[int]) -> list[Rect]:
    """Every rectangle of set bits that no other one contains; ends excluded."""
    found = []
    for first, row in enumerate(rows):
        above = rows[first - 1] if first else 0
        common = row
        for last in range(first, len(rows)):
            common &= rows[last]
            if not common or common & above == common:
                break
            below = rows[last + 1] if last + 1 < len(rows) else 0
            for run in _runs(common):
                if run & above != run and run & below != run:
                    start = (run & -run).bit_length() - 1
                    found.append((first, start, last + 1, run.bit_length()))
    return found


def _runs(bits: int) -> list[int]:
    """The stretches of consecutive ones, lowest first."""
    runs = []
    while bits:
        run = bits & ~(bits + (bits & -bits))
        runs.append(run)
        bits ^= run
    return runs


def anchors(free: Iterable[Rect], firm: Iterable[Rect], deck: tuple[int, int]) -> list[Anchor]:
    """For each part that is free and firm the corner nearest to a corner of the deck; nearest first."""
    found = set()
    for left, front, right, back in free:
        for rect in firm:
            x1, x2 = max(left, rect[0]), min(right, rect[2])
            y1, y2 = max(front, rect[1]), min(back, rect[3])
            if x1 >= x2 or y1 >= y2:
                continue
            if x1 <= deck[0] - x2:
                x_gap, x, x_sign, width = x1, x1, 1, right - x1
            else:
                x_gap, x, x_sign, width = deck[0] - x2, x2, -1, x2 - left
            if y1 <= deck[1] - y2:
                y_gap, y, y_sign, depth = y1, y1, 1, back - y1
            else:
                y_gap, y, y_sign, depth = deck[1] - y2, y2, -1, y2 - front
            found.add((x_gap + y_gap, -width * depth, x, y, x_sign, y_sign, width, depth, x2 - x1, y2 - y1))
    return [Anchor(*row[2:]) for row in sorted(found)]
