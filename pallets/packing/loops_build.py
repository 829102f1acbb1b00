"""`grow.Build` on plain loops: takes the same decisions, several times as fast where numba is installed."""

import numpy as np

from pallets.packing.blocks import Ints
from pallets.packing.grow import PLACING, Box, load_of
from pallets.packing.job import Job
from pallets.packing.loops_grow import grow
from pallets.packing.loops_score import Tables
from pallets.packing.stock import COUNT, SKU, WEIGHT, Load


class LoopBuild:
    """A pallet as it grows, with the methods of `grow.Build`."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tables = _tables(job)
        self.left = job.left.copy()
        self.weight = job.stock.net
        self.rows = np.empty((16, 7), dtype=np.int64)
        self.count = 0
        self.phase = 0
        self.z = 0

    def copy(self) -> "LoopBuild":
        new = object.__new__(LoopBuild)
        new.__dict__.update(self.__dict__)
        new.left = self.left.copy()
        new.rows = self.rows.copy()
        return new

    def complete(self) -> "LoopBuild":
        self.count = self._grow(1, is_whole=True)
        return self

    def choose(self, most: int) -> list[Box]:
        found = self._grow(most, is_whole=False)
        return [Box(*row) for row in self.rows[self.count : found].tolist()]

    def place(self, box: Box) -> None:
        table = self.job.stock.table
        if self.count == len(self.rows):
            self.rows = np.concatenate((self.rows, np.empty_like(self.rows)))
        self.rows[self.count] = box
        self.count += 1
        self.left[table[SKU, box.row]] -= table[COUNT, box.row]
        self.weight -= int(table[WEIGHT, box.row])
        self.job.work += PLACING

    def load(self) -> Load:
        return load_of(self.job, [Box(*row) for row in self.rows[: self.count].tolist()], self.left)

    def _grow(self, most: int, *, is_whole: bool) -> int:
        self.rows, count, self.weight, self.phase, self.z, work = grow(
            self.tables, self.rows, self.count, self.left, self.weight, self.phase, self.z, most, is_whole
        )
        self.job.work += work
        return count


def _tables(job: Job) -> Tables:
    stock, blocks, phases = job.stock, job.stock.blocks, job.phases
    return Tables(
        table=stock.table,
        faces=stock.faces,
        tiles=np.array([blocks.dx, blocks.dy, blocks.nx, blocks.ny, blocks.held]),
        value=job.value,
        lean=job.lean,
        rows=np.concatenate([phase.rows for phase in phases]),
        starts=np.cumsum([0, *(len(phase.rows) for phase in phases)]),
        tops=np.array([phase.top for phase in phases], dtype=np.int64),
        flat_sums=np.array([phase.flat_sums for phase in phases]),
        high_sums=_level([phase.high_sums for phase in phases]),
        fragile=stock.fragile,
        group=stock.group,
        enemies=stock.enemies,
        wide=stock.limits.deck[0],
        deep=stock.limits.deck[1],
        height=stock.limits.load_height,
        touch=job.taste.touch,
        usable=job.taste.usable,
        dense_low=job.taste.dense_low,
        near=job.taste.near,
    )


def _level(rows: list[Ints]) -> Ints:
    """Rows of several lengths as one array; what is beyond a row's end is never looked at."""
    found = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return found
