"""Fill one pallet: a beam over blocks, every state judged by its greedy completion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pallets.packing.blocks import Floats, Ints
from pallets.packing.grow import Build
from pallets.packing.job import Job, Taste, make_job
from pallets.packing.loops import HAS_NUMBA
from pallets.packing.loops_build import LoopBuild
from pallets.packing.stock import Load, Stock

PARTS = 12  # of the height, at which a lower load is tried
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)

TASTES = (Taste(usable=2), Taste(touch=2), Taste(volume=1.2))

Growing = Build | LoopBuild


def begin(job: Job) -> Growing:
    """An empty pallet; the plan is the same with and without numba."""
    return LoopBuild(job) if HAS_NUMBA else Build(job)


@dataclass
class Meter:
    """Steps spent, whatever the machine, of those that may be spent."""

    budget: int
    spent: int = 0

    @property
    def is_spent(self) -> bool:
        return self.spent >= self.budget


@dataclass(frozen=True)
class Wish:
    """What one pallet is filled for, by SKU: `price` weighs blocks against each other, `worth` is what a load earns."""

    price: Floats
    worth: Ints

    def of(self, counts: Ints) -> int:
        return int((self.worth * counts).sum())


def fill_pallet(stock: Stock, left: Ints, wish: Wish, reserves: Sequence[int], meter: Meter, shift: int = 0) -> Load:
    """The best load that greedy passes, one for each of `reserves`, and then ever wider beams find within the meter."""
    best: Growing | None = None
    most = wish.of(left)
    for number, width in enumerate(WIDTHS):
        for reserve in reserves:
            taste = TASTES[(number + shift) % len(TASTES)]
            job = make_job(stock, left, taste, wish.price, reserve, stock.limits.load_height)
            for done in _passes(begin(job), width, wish):
                if best is None or wish.of(left - done.left) > wish.of(left - best.left):
                    best = done
                meter.spent += job.work
                job.work = 0
                if wish.of(left - best.left) == most or (meter.is_spent and width > 1):
                    return best.load()
        if meter.is_spent:
            break
    assert best is not None
    return best.load()


def lowered(stock: Stock, load: Load) -> Load:
    """The same goods, built as low as a greedy pass can: steadier than a part-filled pallet of tall blocks."""
    volume = int((load.used * stock.volume).sum())
    highest = stock.limits.load_height
    for part in range(1 + PARTS * volume // stock.cube, PARTS):
        top = highest * part // PARTS
        done = begin(make_job(stock, load.used, TASTES[0], np.ones(len(load.used)), 0, top)).complete()
        if not done.left.any():
            return done.load()
    return load


def _passes(start: Growing, width: int, wish: Wish) -> Iterator[Growing]:
    """Every complete pallet that a beam of this width looks at."""
    done = start.copy().complete()
    yield done
    states = [(start, done)] if width > 1 else []
    while states:
        children: list[tuple[int, Growing, Growing]] = []
        for state, finished in states:
            for number, box in enumerate(state.choose(width)):
                child = state.copy()
                child.place(box)
                if number:
                    finished = child.copy().complete()
                    yield finished
                children.append((wish.of(finished.left), child, finished))
        states = _fittest(children, width)


def _fittest(children: list[tuple[int, Growing, Growing]], width: int) -> list[tuple[Growing, Growing]]:
    """Those whose completions leave least; of several that leave the same only the first."""
    found: dict[int, tuple[Growing, Growing]] = {}
    for worth, child, finished in sorted(children, key=lambda item: item[0]):
        if worth not in found:
            found[worth] = (child, finished)
        if len(found) == width:
            break
    return list(found.values())
