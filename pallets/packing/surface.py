"""The top of a load seen from above: heights over a grid of cells, and the free rectangles at one height."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


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


class Surface:
    """Cells cut by `xs` and `ys`, each with a height; a cell is firm when its top is a carton or the deck.

    Cells too small for any carton are raised to their lowest neighbour and are then not firm.
    """

    def __init__(self, deck: tuple[int, int], top: int) -> None:
        self.top = top
        self.deck = deck
        self.xs: Ints = np.array([0, deck[0]], dtype=np.int64)
        self.ys: Ints = np.array([0, deck[1]], dtype=np.int64)
        self.height: Ints = np.zeros((1, 1), dtype=np.int64)
        self.firm: Mask = np.ones((1, 1), dtype=np.bool_)

    def place(self, x: int, y: int, dx: int, dy: int, height: int) -> None:
        """Cover the rectangle by a firm top at `height`; a height of at least `top` closes the column."""
        i1, i2 = self._cut_x(x), self._cut_x(x + dx)
        j1, j2 = self._cut_y(y), self._cut_y(y + dy)
        self.height[i1:i2, j1:j2] = height
        self.firm[i1:i2, j1:j2] = True

    def lowest(self) -> int:
        return int(self.height.min())

    def raise_plateaus(self, level: int) -> None:
        """No carton fits at `level`: raise each connected plateau there to its lowest neighbour."""
        todo = self.height == level
        while todo.any():
            plateau, border = _flood(todo)
            edge = self.height[border]
            self.height[plateau] = int(edge.min()) if edge.size else self.top
            self.firm[plateau] = False
            todo &= ~plateau

    def support(self, z: int, x: int, y: int, sides: tuple[int, int], grid: tuple[int, int]) -> int:
        """Smallest area, 0.01 sq in, on which a carton of the bottom layer rests; it starts at (x, y)."""
        across = _overlaps(self.xs, x + sides[0] * np.arange(grid[0] + 1))
        along = _overlaps(self.ys, y + sides[1] * np.arange(grid[1] + 1))
        firm = ((self.height == z) & self.firm).astype(np.int64)
        return int((across @ firm @ along.T).min())

    def anchors(self, z: int) -> list[Anchor]:
        """Corners of the free rectangles at height z, nearest to a corner of the deck first."""
        free = self.height == z
        firm_cells = free & self.firm
        spaces = maximal_rectangles(free)
        firm_spaces = spaces if firm_cells.sum() == free.sum() else maximal_rectangles(firm_cells)
        found: dict[Anchor, tuple[int, int]] = {}
        for space in spaces:
            for firm in firm_spaces:
                for anchor in self._corners(space, firm):
                    found[anchor] = (self._distance(anchor), -anchor.width * anchor.depth)
        return sorted(found, key=lambda a: (*found[a], a.x, a.y, a.x_sign, a.y_sign, -a.firm_width))

    def neighbours(self, anchor: Anchor) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Heights beyond the sides at the anchor's corner: along y at its x side, along x at its y side."""
        i = int(np.searchsorted(self.xs, anchor.x)) - (anchor.x_sign > 0)
        j = int(np.searchsorted(self.ys, anchor.y)) - (anchor.y_sign > 0)
        return self.column(i), self.row(j)

    def column(self, i: int) -> tuple[Ints, Ints]:
        """Cuts along y and the heights of cell column i; a wall beyond the deck counts as full height."""
        if 0 <= i < len(self.xs) - 1:
            return self.ys, self.height[i]
        return np.array([0, self.deck[1]], dtype=np.int64), np.array([self.top], dtype=np.int64)

    def row(self, j: int) -> tuple[Ints, Ints]:
        if 0 <= j < len(self.ys) - 1:
            return self.xs, self.height[:, j]
        return np.array([0, self.deck[0]], dtype=np.int64), np.array([self.top], dtype=np.int64)

    def _corners(self, space: tuple[int, int, int, int], firm: tuple[int, int, int, int]) -> list[Anchor]:
        i1, i2 = max(space[0], firm[0]), min(space[2], firm[2])
        j1, j2 = max(space[1], firm[1]), min(space[3], firm[3])
        if i1 >= i2 or j1 >= j2:
            return []
        x1, x2, y1, y2 = (int(v) for v in (self.xs[i1], self.xs[i2], self.ys[j1], self.ys[j2]))
        left, right = int(self.xs[space[0]]), int(self.xs[space[2]])
        front, back = int(self.ys[space[1]]), int(self.ys[space[3]])
        return [
            Anchor(x, y, x_sign, y_sign, width, depth, x2 - x1, y2 - y1)
            for x, x_sign, width in ((x1, 1, right - x1), (x2, -1, x2 - left))
            for y, y_sign, depth in ((y1, 1, back - y1), (y2, -1, y2 - front))
        ]

    def _distance(self, anchor: Anchor) -> int:
        x_gap = anchor.x if anchor.x_sign > 0 else self.deck[0] - anchor.x
        y_gap = anchor.y if anchor.y_sign > 0 else self.deck[1] - anchor.y
        return x_gap + y_gap

    def _cut_x(self, x: int) -> int:
        i = int(np.searchsorted(self.xs, x))
        if self.xs[i] != x:
            self.xs = np.insert(self.xs, i, x)
            self.height = np.insert(self.height, i, self.height[i - 1], axis=0)
            self.firm = np.insert(self.firm, i, self.firm[i - 1], axis=0)
        return i

    def _cut_y(self, y: int) -> int:
        j = int(np.searchsorted(self.ys, y))
        if self.ys[j] != y:
            self.ys = np.insert(self.ys, j, y)
            self.height = np.insert(self.height, j, self.height[:, j - 1], axis=1)
            self.firm = np.insert(self.firm, j, self.firm[:, j - 1], axis=1)
        return j


def maximal_rectangles(mask: Mask) -> list[tuple[int, int, int, int]]:
    """Every rectangle of true cells that no other one contains, as (i1, j1, i2, j2), ends excluded."""
    rows = [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in mask]
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


def _flood(todo: Mask) -> tuple[Mask, Mask]:
    """The connected part around the first true cell, and the cells that border it."""
    part = np.zeros_like(todo)
    part.flat[int(np.argmax(todo))] = True
    while True:
        grown = _grow(part)
        if not (grown & todo & ~part).any():
            return part, grown & ~part
        part = grown & todo


def _grow(part: Mask) -> Mask:
    grown = part.copy()
    grown[1:] |= part[:-1]
    grown[:-1] |= part[1:]
    grown[:, 1:] |= part[:, :-1]
    grown[:, :-1] |= part[:, 1:]
    return grown


def _overlaps(cuts: Ints, edges: Ints) -> Ints:
    """Length shared by each stretch between `edges` (rows) and each stretch between `cuts` (columns)."""
    shared = np.minimum(edges[1:, None], cuts[1:]) - np.maximum(edges[:-1, None], cuts[:-1])
    lengths: Ints = np.maximum(shared, 0)
    return lengths
