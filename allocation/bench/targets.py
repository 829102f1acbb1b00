"""The numbers to reach on two idle cores, and whether a run reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocation.bench.batch import BatchRun
from allocation.bench.carts import CartRun
from allocation.bench.data import Spec
from allocation.bench.measure import p95
from allocation.bench.peer import Rival

SMALL_BALANCE, SMALL_CATALOGUE = 5_100, 1_000  # the grid has $5,017


@dataclass(frozen=True)
class Mark:
    """A figure and the most it may be, or the least where `at_least`. `unit`: "%" for a share, "s", "MB"; "": count."""

    name: str
    figure: float
    most: float
    unit: str
    at_least: bool = False

    @property
    def ok(self) -> bool:
        return self.figure >= self.most if self.at_least else self.figure <= self.most

    @property
    def beside(self) -> str:
        """The number to reach and the verdict, to stand beside the figure."""
        return f"[{'>=' if self.at_least else '<='} {_shown(self.most, self.unit)} {'ok' if self.ok else 'MISS'}]"

    def __str__(self) -> str:
        return f"{self.name} {_shown(self.figure, self.unit)} {self.beside}"


def cart_marks(runs: Sequence[CartRun], small: Sequence[CartRun]) -> list[Mark]:
    """By size, the 95th percentiles of 1,000 ASINs and more; `small` balances on small catalogues one by one."""
    marks = []
    for size in sorted({run.asins for run in runs}):
        mine = [run for run in runs if run.asins == size]
        if size >= SMALL_CATALOGUE:
            marks.append(Mark(f"carts {size:,} gap p95", p95([run.gap for run in mine]), 0.003, "%"))
            seconds = 0.1 if size <= 5_000 else 0.15
            marks.append(Mark(f"carts {size:,} seconds p95", p95([run.took.wall for run in mine]), seconds, "s"))
    if small:
        marks.append(Mark("small carts gap max", max(run.gap for run in small), 0.001, "%"))
        marks.append(Mark("small carts seconds max", max(run.took.wall for run in small), 1.0, "s"))
    beaten = sum(_beaten(run.bound, run.refilled, run.rival) for run in runs)
    marks.append(Mark("carts bounds beaten", beaten, 0, ""))
    return [*marks, Mark("carts faults", sum(run.faults for run in runs), 0, "")]


def batch_marks(spec: Spec, batch: BatchRun) -> list[Mark]:
    """Of fairness 0; a size without numbers of its own still may not fall below greedy or fail its check."""
    run = batch.runs[0]
    marks = []
    limits = _limits(spec)
    if limits:
        gap, seconds, memory = limits
        marks += [Mark("batch gap", run.gap, gap, "%"), Mark("batch seconds", run.took.wall, seconds, "s")]
        if memory:
            marks.append(Mark("batch memory", batch.memory, memory, "MB"))
    best = max(batch.greedy, batch.refilled)
    marks.append(Mark("batch greedy/ours", best / run.value if run.value else 0.0, 1.0, "%"))
    marks.append(Mark("batch bounds beaten", _beaten(run.bound, best, batch.rival), 0, ""))
    marks.append(Mark("batch faults", sum(one.faults for one in batch.runs), 0, ""))
    return marks


def _beaten(bound: float, greedy: float, rival: Rival | None) -> bool:
    """Whether a plan of another method is worth more than the bound says that any can be."""
    best = max(greedy, rival.value if rival and rival.feasible else 0.0)
    return best > bound + 0.01


def _limits(spec: Spec) -> tuple[float, float, float | None] | None:
    """(gap, seconds, MB or None) to reach at this size."""
    if (spec.stores, spec.asins) == (100, 1_000):
        return 0.006, 6.0, None
    if (spec.stores, spec.asins) != (500, 5_000):
        return None
    if spec.eligible >= 1:
        return 0.005, 60.0, 1_000.0
    return (0.004, 60.0, None) if spec.effort == "thorough" else (0.005, 30.0, None)


def _shown(figure: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * figure:.3g} %"
    if unit == "s":
        return f"{figure:.3g} s"
    return f"{figure:,.0f} {unit}".rstrip()
