"""The runs as lines of text, each figure with the number to reach beside it, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from allocation.bench.batch import BatchRun
from allocation.bench.carts import CartRun
from allocation.bench.measure import p95
from allocation.bench.run import Result
from allocation.bench.targets import Mark


def as_text(result: Result) -> list[str]:
    """Lines for a terminal; the last is the summary."""
    lines = [f"CP-SAT: {result.silence}"] if result.silence else []
    marks = {mark.name: mark for mark in result.marks}
    if result.batch:
        lines += _batch_lines(result, result.batch, marks)
    if result.carts:
        lines += _cart_lines(result, marks)
    checks = [str(mark) for mark in result.marks if mark.unit == ""]
    return [*lines, f"Checks: {', '.join(checks)}", summary(result)]


def as_json(result: Result) -> dict[str, Any]:
    """Everything measured; money in USD, gaps and shares 0 to 1."""
    return {
        "spec": asdict(result.spec),
        "batch": asdict(result.batch) if result.batch else None,
        "carts": [asdict(run) for run in result.carts],
        "marks": [asdict(mark) | {"ok": mark.ok} for mark in result.marks],
        "cpsat": result.silence or "ran",
        "summary": summary(result),
    }


def summary(result: Result) -> str:
    """One line: how many numbers are reached, and those that are not."""
    missed = [str(mark) for mark in result.marks if not mark.ok]
    reached = f"bench engine: {len(result.marks) - len(missed)} of {len(result.marks)} numbers reached"
    return f"{reached}; {'; '.join(missed)}" if missed else f"{reached}."


def _batch_lines(result: Result, batch: BatchRun, marks: dict[str, Mark]) -> list[str]:
    spec, first, last = result.spec, batch.runs[0], batch.runs[-1]
    head = f"{spec.stores:,} stores of {batch.clients:,} clients x {spec.asins:,} ASINs, {batch.offers:,} offers"
    rows = [["", *(f"fairness {run.fairness:g}" for run in batch.runs), ""]]

    def row(name: str, cells: list[str], mark: str = "") -> None:
        rows.append([name, *cells, _beside(marks, mark)])

    row("value $", [f"{run.value:,.0f}" for run in batch.runs])
    row("bound $", [f"{run.bound:,.0f}" for run in batch.runs])
    row("gap", [_percent(run.gap) for run in batch.runs], "batch gap")
    row("seconds", [f"{run.took.wall:.1f}" for run in batch.runs], "batch seconds")
    row("of processors", [f"{run.took.cpu:.1f}" for run in batch.runs])
    row("least share", [f"{run.least_share:.3f}" for run in batch.runs])
    row("Gini of shares", [f"{run.gini:.3f}" for run in batch.runs])
    row("shortfall $", [f"{run.shortfall:,.0f}" for run in batch.runs])
    row("greedy / ours", [f"{_ratio(batch.greedy, run.value):.4f}" for run in batch.runs])
    refilled = [f"{_ratio(batch.refilled, run.value):.4f}" for run in batch.runs]
    row("greedy with refill / ours", refilled, "batch greedy/ours")
    return [
        f"Batch: {head} ({spec.objective}, {spec.effort}, seed {spec.seed})",
        *table(rows),
        f"  Fairness costs {_percent(1 - _ratio(last.value, first.value))} of the value. "
        f"Peak memory {batch.memory:,.0f} MB {_beside(marks, 'batch memory')}".rstrip(),
        f"  CP-SAT, linear, every unit at max shipping: {_rival(batch, first.value)}",
    ]


def _rival(batch: BatchRun, ours: float) -> str:
    if batch.rival is None:
        return batch.silence
    rival = batch.rival
    if rival.value <= 0:
        return f"no plan in {rival.seconds:.1f} s"
    over = f", ${rival.over:,.2f} over the balances" if not rival.feasible else ""
    return (
        f"{rival.value:,.0f} = {_ratio(rival.value, ours):.4f} of ours, {rival.status} in {rival.seconds:.1f} s{over}"
    )


def _cart_lines(result: Result, marks: dict[str, Mark]) -> list[str]:
    head = ["ASINs", "value $", "bound $", "gap mean", "p95", "", "max", "s mean", "p95", "", "max"]
    rows = [[*head, "cpu s mean", "p95", "max", "greedy", "with refill", "CP-SAT"]]
    for size in sorted({run.asins for run in result.carts}):
        rows.append(_cart_row(size, [run for run in result.carts if run.asins == size], marks))
    spec = result.spec
    small = [str(marks[name]) for name in ("small carts gap max", "small carts seconds max") if name in marks]
    note = f"  Carts of $2,000 to $5,000 on at most 1,000 ASINs, effort {spec.effort}: {', '.join(small)}"
    return [
        f"Carts: balances $2,000 to $50,000 ({spec.objective}, effort fast, seed {spec.seed}); "
        "others as their value / ours, mean (least)",
        *table(rows),
        *([note] if small else []),
    ]


def _cart_row(size: int, runs: Sequence[CartRun], marks: dict[str, Mark]) -> list[str]:
    gaps, walls, cpus = [run.gap for run in runs], [run.took.wall for run in runs], [run.took.cpu for run in runs]
    return [
        f"{size:,}",
        f"{sum(run.value for run in runs):,.0f}",
        f"{sum(run.bound for run in runs):,.0f}",
        _percent(fmean(gaps)),
        _percent(p95(gaps)),
        _beside(marks, f"carts {size:,} gap p95"),
        _percent(max(gaps)),
        f"{fmean(walls):.3f}",
        f"{p95(walls):.3f}",
        _beside(marks, f"carts {size:,} seconds p95"),
        f"{max(walls):.3f}",
        f"{fmean(cpus):.3f}",
        f"{p95(cpus):.3f}",
        f"{max(cpus):.3f}",
        _spread([_ratio(run.greedy, run.value) for run in runs]),
        _spread([_ratio(run.refilled, run.value) for run in runs]),
        _rivals(runs),
    ]


def _rivals(runs: Sequence[CartRun]) -> str:
    """CP-SAT's plans that exist and keep the balance; the others are counted."""
    rivals = [(run.rival, run.value) for run in runs if run.rival]
    if not rivals:
        return "-"
    kept = [_ratio(rival.value, ours) for rival, ours in rivals if rival.feasible]
    none = sum(rival.value <= 0 for rival, _ in rivals)
    over = len(rivals) - len(kept) - none
    words = [_spread(kept)] if kept else []
    words += [f"{none} without a plan"] if none else []
    words += [f"{over} over the balance"] if over else []
    return ", ".join(words)


def _beside(marks: dict[str, Mark], name: str) -> str:
    return marks[name].beside if name in marks else ""


def _spread(ratios: Sequence[float]) -> str:
    return f"{fmean(ratios):.4f} ({min(ratios):.4f})"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.3f} %"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, the first to the left; columns without a word are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(len(cell) for cell in column) for column in columns]
    return [
        (
            "  "
            + "  ".join(cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(row))
        ).rstrip()
        for row in (list(zip(cells, widths, strict=True)) for cells in zip(*columns, strict=True))
    ]
