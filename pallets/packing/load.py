"""Fill one pallet: the lowest place first, at each corner the best block that is supported."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pallets.packing.blocks import Blocks, Floats, Ints, load_steps
from pallets.packing.order import Carton, Limits
from pallets.packing.plan import Placement
from pallets.packing.score import Scene, Taste, reachable_sums, scores
from pallets.packing.surface import Anchor, Surface

Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # row of the block table, x, y, z

MOST_TRIES = 40  # blocks tested for support at one corner


@dataclass(frozen=True)
class Stock:
    """The cartons still to place, with what every pass over them needs; `left` counts cartons by SKU."""

    cartons: tuple[Carton, ...]
    limits: Limits
    blocks: Blocks
    fragile: Mask
    group: Ints  # by SKU
    enemies: Mask  # enemies[a, b]: groups a and b may not share a pallet
    density_rank: Floats


@dataclass(frozen=True)
class Load:
    """One filled pallet: its blocks and the cartons used by SKU."""

    boxes: tuple[Box, ...]
    used: Ints


def make_stock(cartons: tuple[Carton, ...], limits: Limits, blocks: Blocks) -> Stock:
    density = np.array([carton.weight / math.prod(carton.dims_lwh) for carton in cartons])
    rank = np.argsort(np.argsort(density, kind="stable"), kind="stable") / max(1, len(cartons) - 1)
    banned = {frozenset(pair) for pair in limits.forbidden_groups}
    groups = sorted({carton.group for carton in cartons})
    enemies = [[frozenset((one, other)) in banned for other in groups] for one in groups]
    return Stock(
        cartons=cartons,
        limits=limits,
        blocks=blocks,
        fragile=np.array([carton.fragile for carton in cartons], dtype=np.bool_),
        group=np.array([groups.index(carton.group) for carton in cartons], dtype=np.int64),
        enemies=np.array(enemies, dtype=np.bool_),
        density_rank=rank.astype(np.float64),
    )


def fill_pallet(stock: Stock, left: Ints, taste: Taste, reserve: int) -> Load:
    """One greedy pass. Fragile cartons come last, on top; `reserve` (0.1 in) is kept free for them."""
    builder = _Builder(stock, left, taste)
    has_fragile = bool((stock.fragile & (left > 0)).any())
    builder.run(~stock.fragile, stock.limits.load_height - reserve)
    if has_fragile:
        builder.run(stock.fragile, stock.limits.load_height)
        builder.run(~stock.fragile, stock.limits.load_height)
    return Load(tuple(builder.boxes), left - builder.left)


def placements(stock: Stock, load: Load) -> list[Placement]:
    """Every carton of the load."""
    blocks = stock.blocks
    found = []
    for row, x, y, z in load.boxes:
        sku = stock.cartons[int(blocks.sku[row])].sku
        dx, dy, dz = int(blocks.dx[row]), int(blocks.dy[row]), int(blocks.dz[row])
        found += [
            Placement(sku, x + i * dx, y + j * dy, z + k * dz, dx, dy, dz)
            for k in range(int(blocks.nz[row]))
            for j in range(int(blocks.ny[row]))
            for i in range(int(blocks.nx[row]))
        ]
    return found


class _Builder:
    """One pallet as it grows."""

    def __init__(self, stock: Stock, left: Ints, taste: Taste) -> None:
        self.stock = stock
        self.taste = taste
        self.left = left.copy()
        self.weight_left = load_steps(stock.limits)
        self.boxes: list[Box] = []
        self.allowed = np.ones(len(stock.cartons), dtype=np.bool_)
        begun = np.array([carton.qty for carton in stock.cartons], dtype=np.int64) > left
        self.bonus: Floats = np.where(begun, 1.0 + taste.together, 1.0)

    def run(self, kinds: Mask, top: int) -> None:
        """Place SKUs of these kinds up to `top`, until no place takes any."""
        surface = self._surface(top)
        scene = self._scene(surface, kinds)
        rows = np.flatnonzero(kinds[self.stock.blocks.sku])
        while (z := surface.lowest()) < top:
            rows = self._still_possible(rows)
            fitting = rows[self.stock.blocks.high[rows] <= top - z]
            if not fitting.size:
                return
            if not self._place_lowest(scene, fitting, z):
                surface.raise_plateaus(z)

    def _place_lowest(self, scene: Scene, rows: Ints, z: int) -> bool:
        blocks, surface = self.stock.blocks, scene.surface
        wide, deep = blocks.wide[rows], blocks.deep[rows]
        for anchor in surface.anchors(z):
            fitting = rows[(wide <= anchor.width) & (deep <= anchor.depth)]
            if fitting.size:
                row = self._best(scene, fitting, anchor, z)
                if row is not None:
                    self._place(surface, row, anchor, z)
                    return True
        return False

    def _best(self, scene: Scene, rows: Ints, anchor: Anchor, z: int) -> int | None:
        """The best block of `rows` all of whose bottom cartons are supported, if any."""
        order = np.argsort(-scores(scene, self.stock.blocks, rows, anchor, z), kind="stable")
        tested: dict[tuple[int, ...], bool] = {}
        for row in rows[order]:
            if self._firm(int(row), anchor):
                return int(row)
            base = self._base(int(row))
            if base not in tested and len(tested) < MOST_TRIES:
                tested[base] = self._supported(scene.surface, int(row), anchor, z)
            if tested.get(base):
                return int(row)
        return None

    def _firm(self, row: int, anchor: Anchor) -> bool:
        blocks = self.stock.blocks
        return bool(blocks.wide[row] <= anchor.firm_width and blocks.deep[row] <= anchor.firm_depth)

    def _base(self, row: int) -> tuple[int, ...]:
        blocks = self.stock.blocks
        return int(blocks.dx[row]), int(blocks.dy[row]), int(blocks.nx[row]), int(blocks.ny[row])

    def _supported(self, surface: Surface, row: int, anchor: Anchor, z: int) -> bool:
        dx, dy, nx, ny = self._base(row)
        x, y = self._corner(row, anchor)
        need = math.ceil(round(self.stock.limits.min_support * dx * dy, 6))
        return surface.support(z, x, y, (dx, dy), (nx, ny)) >= need

    def _corner(self, row: int, anchor: Anchor) -> tuple[int, int]:
        blocks = self.stock.blocks
        x = anchor.x if anchor.x_sign > 0 else anchor.x - int(blocks.wide[row])
        y = anchor.y if anchor.y_sign > 0 else anchor.y - int(blocks.deep[row])
        return x, y

    def _place(self, surface: Surface, row: int, anchor: Anchor, z: int) -> None:
        blocks = self.stock.blocks
        sku = int(blocks.sku[row])
        box = (row, *self._corner(row, anchor), z)
        self.boxes.append(box)
        self.left[sku] -= blocks.count[row]
        self.weight_left -= int(blocks.weight[row])
        self.allowed &= ~self.stock.enemies[self.stock.group[sku], self.stock.group]
        self.bonus[sku] = 1.0 + self.taste.together
        self._cover(surface, box)

    def _cover(self, surface: Surface, box: Box) -> None:
        row, x, y, z = box
        blocks = self.stock.blocks
        closed = self.stock.fragile[blocks.sku[row]]
        height = self.stock.limits.load_height if closed else z + int(blocks.high[row])
        surface.place(x, y, int(blocks.wide[row]), int(blocks.deep[row]), height)

    def _surface(self, top: int) -> Surface:
        surface = Surface(self.stock.limits.deck, top)
        for box in sorted(self.boxes, key=lambda b: b[3]):
            self._cover(surface, box)
        return surface

    def _scene(self, surface: Surface, kinds: Mask) -> Scene:
        blocks = self.stock.blocks
        single = (blocks.count == 1) & (kinds & (self.left > 0))[blocks.sku]
        deck = self.stock.limits.deck
        return Scene(
            surface=surface,
            flat_sums=reachable_sums(set(blocks.dx[single].tolist()), max(deck)),
            high_sums=reachable_sums(set(blocks.dz[single].tolist()), surface.top),
            density_rank=self.stock.density_rank,
            bonus=self.bonus,
            taste=self.taste,
        )

    def _still_possible(self, rows: Ints) -> Ints:
        blocks = self.stock.blocks
        sku = blocks.sku[rows]
        light = blocks.weight[rows] <= self.weight_left
        return rows[light & (blocks.count[rows] <= self.left[sku]) & self.allowed[sku]]
