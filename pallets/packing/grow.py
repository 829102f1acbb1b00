"""One pallet as it grows: the lowest place first, at the nearest corner the best block that is supported."""

from typing import NamedTuple

import numpy as np

from pallets.packing.blocks import Ints, Mask
from pallets.packing.job import Job
from pallets.packing.score import scores
from pallets.packing.spaces import Anchor, Rect, anchors, cut, united
from pallets.packing.stock import COUNT, DEEP, HIGH, SKU, WEIGHT, WIDE, Block, Load

SCORING, PLACING, OPENING = 300, 100, 40  # steps that a scoring, a placing and the look at one box cost


class Box(NamedTuple):
    """A block (row of the table) that is placed. Above a fragile one nothing is, so its `top` is the pallet's."""

    row: int
    x1: int
    y1: int
    x2: int
    y2: int
    z: int
    top: int


class Build:
    """The boxes so far, the phase and the height that are being filled, and what may still come."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.left = job.left.copy()
        self.weight = job.stock.net
        self.boxes: list[Box] = []
        self.standing: list[Box] = []
        self.free: list[Rect] = []
        self.firm: list[Rect] = []
        self.phase = -1
        self._next_phase()

    def copy(self) -> "Build":
        new = object.__new__(Build)
        new.__dict__.update(self.__dict__)
        new.left = self.left.copy()
        new.boxes = self.boxes.copy()
        new.standing = self.standing.copy()
        return new

    def complete(self) -> "Build":
        """Place the best block again and again until none can be placed."""
        while picks := self.choose(1):
            self.place(picks[0])
        return self

    def choose(self, most: int) -> list[Box]:
        """The best `most` blocks for the first place that takes any; none when the pallet is done."""
        while True:
            if self.rows.size:
                wide, deep = self.smallest
                self.free = [rect for rect in self.free if rect[2] - rect[0] >= wide and rect[3] - rect[1] >= deep]
                for anchor in anchors(self.free, self.firm, self.job.stock.limits.deck):
                    if picks := self._best(anchor, most):
                        return picks
                if self._rise():
                    continue
            if not self._next_phase():
                return []

    def place(self, box: Box) -> None:
        table = self.job.stock.table
        sku = int(table[SKU, box.row])
        self.job.work += PLACING
        self.boxes.append(box)
        self.standing.append(box)
        self.free = cut(self.free, box[1:5], self.smallest)
        if self.z:
            self.firm = cut(self.firm, box[1:5])
        left = self.left[sku] = self.left[sku] - table[COUNT, box.row]
        self.weight -= int(table[WEIGHT, box.row])
        kinds = table[SKU].take(self.rows)
        keep = (kinds != sku) | (table[COUNT].take(self.rows) <= left)
        keep &= table[WEIGHT].take(self.rows) <= self.weight
        if self.job.stock.has_enemies:
            keep &= self._friends(sku)[kinds]
        self._keep(self.rows[keep])

    def load(self) -> Load:
        """The pallet as it stands."""
        return load_of(self.job, self.boxes, self.left)

    def _friends(self, sku: int) -> Mask:
        stock = self.job.stock
        friends: Mask = ~stock.enemies[stock.group[sku], stock.group]
        return friends

    def _next_phase(self) -> bool:
        self.phase += 1
        if self.phase == len(self.job.phases):
            self.phase -= 1
            return False
        phase, table = self.job.phases[self.phase], self.job.stock.table
        rows = phase.rows
        if self.boxes:
            kinds = table[SKU].take(rows)
            keep = (table[COUNT].take(rows) <= self.left.take(kinds)) & (table[WEIGHT].take(rows) <= self.weight)
            if self.job.stock.has_enemies:
                for sku in {int(table[SKU, box.row]) for box in self.boxes}:
                    keep &= self._friends(sku)[kinds]
            rows = rows[keep]
        self.top = phase.top
        self._keep(rows)
        self._open(0)
        return True

    def _rise(self) -> bool:
        """Go on at the lowest tops above."""
        z = min((box.top for box in self.standing), default=self.top)
        if z >= self.top:
            return False
        self._keep(self.rows[self.job.stock.table[HIGH].take(self.rows) <= self.top - z])
        self._open(z)
        return True

    def _keep(self, rows: Ints) -> None:
        self.rows = rows
        self.wide = self.job.stock.table[WIDE].take(rows)
        self.deep = self.job.stock.table[DEEP].take(rows)
        self.smallest = (int(self.wide.min()), int(self.deep.min())) if rows.size else (0, 0)

    def _open(self, z: int) -> None:
        deck: Rect = (0, 0, *self.job.stock.limits.deck)
        self.z = z
        self.standing = [box for box in self.boxes if box.top > z]
        self.tops = [box[1:5] for box in self.boxes if box.top == z] if z else [deck]
        self.free = [deck]
        self.firm = united(self.tops)
        for box in self.standing:
            self.free = cut(self.free, box[1:5], self.smallest)
            if z:
                self.firm = cut(self.firm, box[1:5])
        self.job.work += OPENING * len(self.boxes)

    def _best(self, anchor: Anchor, most: int) -> list[Box]:
        fitting = self.rows[(self.wide <= anchor.width) & (self.deep <= anchor.depth)]
        self.job.work += SCORING + len(fitting)
        if not fitting.size:
            return []
        values = scores(self.job, self.job.phases[self.phase], self.z, self.standing, fitting, anchor)
        picks: list[Box] = []
        is_sifted = False
        while len(picks) < most:
            best = int(values.argmax())
            if values[best] <= 0:
                break
            box = self._box(int(fitting[best]), anchor)
            if self._is_supported(box, anchor):
                picks.append(box)
            elif not is_sifted:
                is_sifted = True
                values[~self._may_stand(fitting, anchor)] = 0
            values[best] = 0
        return picks

    def _box(self, row: int, anchor: Anchor) -> Box:
        stock = self.job.stock
        wide, deep = int(stock.table[WIDE, row]), int(stock.table[DEEP, row])
        x, y = anchor.corner(wide, deep)
        is_closed = stock.fragile[stock.table[SKU, row]]
        top = stock.limits.load_height if is_closed else self.z + int(stock.table[HIGH, row])
        return Box(row, x, y, x + wide, y + deep, self.z, top)

    def _may_stand(self, rows: Ints, anchor: Anchor) -> Mask:
        """A quick test by the whole base, before each carton of the bottom layer is looked at."""
        blocks = self.job.stock.blocks
        wide, deep = blocks.wide.take(rows), blocks.deep.take(rows)
        x = anchor.x if anchor.x_sign > 0 else anchor.x - wide
        y = anchor.y if anchor.y_sign > 0 else anchor.y - deep
        held = np.zeros(len(rows), dtype=np.int64)
        for x1, y1, x2, y2 in self.tops:
            across = np.minimum(x + wide, x2) - np.maximum(x, x1)
            held += np.maximum(across, 0) * np.maximum(np.minimum(y + deep, y2) - np.maximum(y, y1), 0)
        possible: Mask = held >= (blocks.held.take(rows) * blocks.nx.take(rows) * blocks.ny.take(rows))
        return possible

    def _is_supported(self, box: Box, anchor: Anchor) -> bool:
        """Whether every carton of the bottom layer rests on enough of the tops."""
        if box.x2 - box.x1 <= anchor.firm_width and box.y2 - box.y1 <= anchor.firm_depth:
            return True
        blocks = self.job.stock.blocks
        dx, dy, least = int(blocks.dx[box.row]), int(blocks.dy[box.row]), int(blocks.held[box.row])
        tops = [top for top in self.tops if top[0] < box.x2 and top[2] > box.x1 and top[1] < box.y2 and top[3] > box.y1]
        for x in range(box.x1, box.x2, dx):
            for y in range(box.y1, box.y2, dy):
                held = 0
                for x1, y1, x2, y2 in tops:
                    across, along = min(x2, x + dx) - max(x1, x), min(y2, y + dy) - max(y1, y)
                    if across > 0 and along > 0:
                        held += across * along
                if held < least:
                    return False
        return True


def load_of(job: Job, boxes: list[Box], left: Ints) -> Load:
    """The load of these boxes, which leaves `left` of the job's cartons."""
    blocks = job.stock.blocks
    placed = []
    for box in boxes:
        row = box.row
        counts = int(blocks.nx[row]), int(blocks.ny[row]), int(blocks.nz[row])
        sides = int(blocks.dx[row]), int(blocks.dy[row]), int(blocks.dz[row])
        placed.append(Block(int(blocks.sku[row]), *counts, box.x1, box.y1, box.z, *sides))
    return Load(tuple(placed), job.left - left)
