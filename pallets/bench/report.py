"""The runs as lines of text, each figure with the number to reach beside it, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from allocation.bench.report import table
from allocation.bench.targets import Mark
from pallets.bench.judge import Verdict, together
from pallets.bench.outcome import Outcome, SetRun
from pallets.bench.peer import PEERS, Rival
from pallets.bench.run import ENGINE, Result

MEASURES = ["fill", "cost", "support", "towers", "heavy on light", "SKUs/pallet"]
NOTE = (
    "  fill: mean of all pallets but an order's emptiest; cost: volume-weighted mean of 2 - fill; support: the lowest "
    "of any carton; first: effort fast"
)


def as_text(result: Result) -> list[str]:
    """Lines for a terminal; the last is the summary."""
    lines = [f"Peers: {result.silence}"] if result.silence else []
    marks = {mark.name: mark for mark in result.marks}
    for run in result.sets:
        lines += _set_lines(run, marks)
    lines += [NOTE] if result.sets else []
    if result.containers:
        lines += _container_lines(result.containers, marks)
    checks = [str(mark) for mark in result.marks if mark.unit == ""]
    return [*lines, f"Checks: {', '.join(checks)}", summary(result)]


def as_json(result: Result) -> dict[str, Any]:
    """Everything measured; shares 0 to 1, seconds of processors."""
    wanted = result.wanted
    return {
        "effort": wanted.effort,
        "engine": ENGINE,
        "seed": wanted.seed,
        "sets": [_set_json(run) for run in (*result.sets, *result.containers)],
        "marks": [asdict(mark) | {"ok": mark.ok} for mark in result.marks],
        "peers": result.silence or "ran",
        "summary": summary(result),
    }


def summary(result: Result) -> str:
    """One line: how many numbers are reached, and those that are not."""
    missed = [str(mark) for mark in result.marks if not mark.ok]
    reached = f"bench packing: {len(result.marks) - len(missed)} of {len(result.marks)} numbers reached"
    return f"{reached}; {'; '.join(missed)}" if missed else f"{reached}."


def _set_json(run: SetRun) -> dict[str, Any]:
    rows = [asdict(outcome) for outcome in run.outcomes]
    return {"name": run.name, "outcomes": rows, "sum": asdict(run.ours)}


def _set_lines(run: SetRun, marks: dict[str, Mark]) -> list[str]:
    ours = run.ours
    counts = f"{len(run.outcomes)} {'order' if len(run.outcomes) == 1 else 'orders'}, {ours.cartons:,} cartons"
    head = f"{run.name}: {counts}, bound {ours.bound} pallets"
    solvers = _solvers(run.outcomes)
    peers = [PEERS[solver] for solver in solvers]
    rows = [["", "cartons", "SKUs", "pallets", "bound", *MEASURES, "cpu s", "first s", *peers]]
    rows += [_order_row(outcome, solvers) for outcome in run.outcomes]
    together_rows = [["in sum", "orders", "pallets", *MEASURES, "unsupported", "turned", "faults", "left", "cpu s"]]
    seconds = sum(outcome.seconds for outcome in run.outcomes)
    together_rows.append(_sum_row("ours", ours, len(run.outcomes), seconds))
    for solver in solvers:
        rival = run.rival(solver)
        together_rows += [_sum_row(PEERS[solver], *rival)] if rival else []
    beside = [str(mark) for name, mark in marks.items() if name.startswith(f"{run.name} ") and mark.unit == "s"]
    beside += [str(marks[name]) for name in (f"{run.name} pallets",) if name in marks]
    return [f"{head} (effort {run.effort}, {ENGINE})", *table(rows), *table(together_rows), f"  {', '.join(beside)}"]


def _solvers(outcomes: Sequence[Outcome]) -> list[str]:
    """The peers that were asked."""
    return [solver for solver in PEERS if any(solver in outcome.rivals for outcome in outcomes)]


def _order_row(outcome: Outcome, solvers: Sequence[str]) -> list[str]:
    verdict = outcome.verdict
    return [
        outcome.name,
        f"{verdict.cartons:,}",
        str(outcome.skus),
        str(verdict.pallets),
        str(verdict.bound),
        *_measures(verdict),
        f"{outcome.seconds:.2f}",
        f"{outcome.first_seconds:.2f}",
        *(_rival_cell(outcome.rivals.get(solver)) for solver in solvers),
    ]


def _measures(verdict: Verdict) -> list[str]:
    return [
        f"{100 * verdict.fill:.1f} %",
        f"{verdict.cost_index:.3f}",
        f"{100 * verdict.lowest_support:.0f} %",
        str(verdict.towers),
        str(verdict.heavy_on_light),
        f"{verdict.skus_a_pallet:.1f}",
    ]


def _rival_cell(rival: Rival | None) -> str:
    if rival is None:
        return ""
    return str(rival.verdict.pallets) if rival.verdict else rival.silence


def _sum_row(name: str, verdict: Verdict, orders: int, seconds: float) -> list[str]:
    faults = (verdict.unsupported, verdict.turned, verdict.faults, verdict.unplaced)
    return [
        name,
        str(orders),
        str(verdict.pallets),
        *_measures(verdict),
        *(str(count) for count in faults),
        f"{seconds:.1f}",
    ]


def _container_lines(runs: Sequence[SetRun], marks: dict[str, Mark]) -> list[str]:
    every = [outcome for run in runs for outcome in run.outcomes]
    solvers = _solvers(every)
    peers = [PEERS[solver] for solver in solvers]
    rows = [["", "boxes", "volume", "", "first", "support", "cpu s", "", "first s", *peers]]
    rows += [_container_row(run.name, run.outcomes, solvers) for run in runs]
    mean = _container_row("all", every, solvers)
    mean[3], mean[7] = marks["containers fill"].beside, marks["containers seconds mean"].beside
    lines = [
        f"Containers BR1 to BR7: {len(every)} of 700 (effort {runs[0].effort}, {ENGINE}), volume %",
        *table([*rows, mean]),
    ]
    for solver in solvers:
        found = [outcome.rivals[solver].verdict for outcome in every if solver in outcome.rivals]
        whole = together([verdict for verdict in found if verdict])
        placed = whole.cartons - whole.unplaced
        if placed:
            lines.append(
                f"  {PEERS[solver]}: of {placed:,} boxes placed {whole.unsupported:,} are not supported as asked, "
                f"{whole.turned:,} stand on the wrong side"
            )
    return lines


def _container_row(name: str, outcomes: Sequence[Outcome], solvers: Sequence[str]) -> list[str]:
    return [
        name,
        f"{sum(outcome.verdict.cartons for outcome in outcomes):,}",
        f"{100 * fmean(outcome.verdict.volume for outcome in outcomes):.2f}",
        "",
        f"{100 * fmean(outcome.first.volume for outcome in outcomes):.2f}",
        f"{100 * min(outcome.verdict.lowest_support for outcome in outcomes):.0f} %",
        f"{fmean(outcome.seconds for outcome in outcomes):.2f}",
        "",
        f"{fmean(outcome.first_seconds for outcome in outcomes):.2f}",
        *(_rival_volume([o.rivals[solver] for o in outcomes if solver in o.rivals]) for solver in solvers),
    ]


def _rival_volume(rivals: Sequence[Rival]) -> str:
    volumes = [rival.verdict.volume for rival in rivals if rival.verdict]
    if not volumes:
        return ""
    part = f" ({len(volumes)} of {len(rivals)})" if len(volumes) < len(rivals) else ""
    return f"{100 * fmean(volumes):.2f}{part}"
