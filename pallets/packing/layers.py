"""Pallets of one SKU: equal layers of the best pattern found, stacked column on column.

A pattern is five blocks around a pinwheel (Bischoff and Dowsland 1982), each of them cut straight through again and
again (guillotine cuts) into blocks of cartons that lie one way.
"""

from functools import lru_cache

import numpy as np

from pallets.packing.blocks import Ints, orientations
from pallets.packing.stock import Block, Load, Stock

MOST_CUTS = 40  # places along one side where a pattern may be cut; where cartons are small, any pattern is dense
MOST_SIDES = 100  # cartons side by side, beyond which not every sum of sides is made
MOST_CORNERS = 24  # the same for pinwheels, of which there are as many as the fourth power

Tile = tuple[int, int, int, int, int, int]  # x, y, sides of one carton, how many along each


def layered_load(stock: Stock, sku: int) -> Load | None:
    """The fullest pallet of equal layers that deck, height and weight allow, if the stock is enough for one layer."""
    limits, carton = stock.limits, stock.cartons[sku]
    best: tuple[int, int, int, tuple[Tile, ...]] | None = None
    for dx, dy, dz in orientations(carton):
        if dx > dy or dz > limits.load_height:
            continue
        tiles = pattern(limits.deck, (dx, dy))
        count = sum(tile[4] * tile[5] for tile in tiles)
        if not count:
            continue
        most = min(carton.qty, stock.net // int(stock.weight[sku]))
        layers = min(1 if carton.fragile else limits.load_height // dz, most // count)
        if layers and (best is None or layers * count > best[0]):
            best = layers * count, layers, dz, tiles
    return None if best is None else _stacked(stock, sku, *best)


def _stacked(stock: Stock, sku: int, count: int, layers: int, dz: int, tiles: tuple[Tile, ...]) -> Load:
    """Each tile of the pattern goes up in blocks that are not slender."""
    blocks = []
    for x, y, dx, dy, nx, ny in tiles:
        most = max(1, int(stock.limits.slenderness * min(nx * dx, ny * dy)) // dz)
        for layer in range(0, layers, most):
            blocks.append(Block(sku, nx, ny, min(most, layers - layer), x, y, layer * dz, dx, dy, dz))
    used = np.zeros(len(stock.cartons), dtype=np.int64)
    used[sku] = count
    return Load(tuple(blocks), used)


@lru_cache(maxsize=256)
def pattern(deck: tuple[int, int], base: tuple[int, int]) -> tuple[Tile, ...]:
    """Where cartons of this base lie on the deck, turned or not, as many as are found."""
    cuts = _Cuts(base, _sums(deck[0], base), _sums(deck[1], base))
    whole = cuts.most(*deck)
    parts: list[tuple[int, int, int, int]] = [(0, 0, *deck)]
    if whole < deck[0] * deck[1] // (base[0] * base[1]):
        count, pinwheel = _pinwheel(cuts, deck)
        parts = pinwheel if count > whole else parts
    return tuple(tile for part in parts for tile in cuts.tiles(*part))


class _Cuts:
    """The places to cut along both sides, and the most cartons by straight cuts alone in a rectangle up to each."""

    def __init__(self, base: tuple[int, int], xs: Ints, ys: Ints) -> None:
        self.base, self.xs, self.ys = base, xs, ys
        self.table = self._one_way(xs[:, None], ys[None, :])
        for i, wide in enumerate(xs):
            beside = self._column(wide - xs[: i + 1])
            self.table[i] = np.maximum(self.table[i], (self.table[: i + 1] + self.table[beside]).max(axis=0))
            for j, deep in enumerate(ys):
                row = self.table[i]
                row[j] = max(row[j], (row[: j + 1] + row[self._row(deep - ys[: j + 1])]).max())

    def most(self, wide: Ints | int, deep: Ints | int) -> Ints:
        counts: Ints = self.table[self._column(wide), self._row(deep)]
        return counts

    def tiles(self, x: int, y: int, wide: int, deep: int) -> list[Tile]:
        """How the most cartons lie in this rectangle: the cuts that led to the table's figure, made again. Where not
        every sum of sides is a place to cut, the rectangle may be larger than what the table tells of, and hold more.
        """
        count = int(self.most(wide, deep))
        if not count:
            return []
        one, other = self.base
        for dx, dy in ((one, other), (other, one)):
            if (wide // dx) * (deep // dy) >= count:
                return [(x, y, dx, dy, wide // dx, deep // dy)]
        for cut in self.xs[(self.xs > 0) & (self.xs < wide)].tolist():
            if int(self.most(cut, deep) + self.most(wide - cut, deep)) >= count:
                return self.tiles(x, y, cut, deep) + self.tiles(x + cut, y, wide - cut, deep)
        cuts = self.ys[(self.ys > 0) & (self.ys < deep)].tolist()
        cut = next(c for c in cuts if self.most(wide, c) + self.most(wide, deep - c) >= count)
        return self.tiles(x, y, wide, cut) + self.tiles(x, y + cut, wide, deep - cut)

    def _one_way(self, wide: Ints, deep: Ints) -> Ints:
        one, other = self.base
        counts: Ints = np.maximum((wide // one) * (deep // other), (wide // other) * (deep // one))
        return counts

    def _column(self, wide: Ints | int) -> Ints:
        return np.searchsorted(self.xs, wide, "right") - 1

    def _row(self, deep: Ints | int) -> Ints:
        return np.searchsorted(self.ys, deep, "right") - 1


def _pinwheel(cuts: _Cuts, deck: tuple[int, int]) -> tuple[int, list[tuple[int, int, int, int]]]:
    """The best four blocks around a fifth, and how many cartons they hold."""
    wide, deep = deck
    xs, ys = _thinned(cuts.xs, MOST_CORNERS), _thinned(cuts.ys, MOST_CORNERS)
    x1, x2 = xs[:, None, None, None], xs[None, :, None, None]
    y1, y2 = ys[None, None, :, None], ys[None, None, None, :]
    counts = (
        cuts.most(x1, y1) + cuts.most(wide - x1, y2) + cuts.most(wide - x2, deep - y2) + cuts.most(x2, deep - y1)
        + cuts.most(np.maximum(x2 - x1, 0), np.maximum(y1 - y2, 0))
    )  # fmt: skip
    counts = np.where((x1 < x2) & (y2 < y1), counts, 0)
    i1, i2, j1, j2 = (int(i) for i in np.unravel_index(int(counts.argmax()), counts.shape))
    a, b, c, d = int(xs[i1]), int(xs[i2]), int(ys[j1]), int(ys[j2])
    parts = [(0, 0, a, c), (a, 0, wide - a, d), (b, d, wide - b, deep - d), (0, c, b, deep - c), (a, d, b - a, c - d)]
    return int(counts.max()), parts


def _sums(longest: int, base: tuple[int, int]) -> Ints:
    """Sums of the two sides up to `longest`, thinned where they are many."""
    one, other = base
    most = MOST_SIDES if longest // min(base) > MOST_SIDES else longest
    sums = {
        i * one + j * other
        for i in range(min(most, longest // one) + 1)
        for j in range(min(most, (longest - i * one) // other) + 1)
    } | set(range(0, longest + 1, one))
    return _thinned(np.array(sorted(sums), dtype=np.int64), MOST_CUTS)


def _thinned(values: Ints, most: int) -> Ints:
    """At most `most` of them, the first and the last among these."""
    if len(values) <= most:
        return values
    chosen: Ints = values[np.linspace(0, len(values) - 1, most).astype(np.int64)]
    return chosen
