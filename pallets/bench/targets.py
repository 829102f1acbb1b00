"""The numbers to reach on two idle cores, and whether a run reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import fmean

from allocation.bench.targets import Mark
from pallets.bench.outcome import Outcome, SetRun

LARGE = 500  # cartons from which an order counts as a large one
SOLVER = "packingsolver"
# Pallets over the bound: 53 or 50 of 46 for ten orders of 200 cartons, 71 of 63 for three of 1,000.
SMALL_RATIO = {"numpy": Fraction(53, 46), "numba": Fraction(50, 46)}
LARGE_RATIO = Fraction(71, 63)
CONTAINER_FILL = {"numpy": 0.925, "numba": 0.94}
RETAIL = ("retail", "order")  # the sets, made up or of a folder, that the ratio of small orders is meant for


def order_marks(run: SetRun, engine: str) -> list[Mark]:
    """Marks of one set of orders; pallets only where the set is of a kind that has a number."""
    name, ours = run.name, run.ours
    small = [one for one in run.outcomes if one.verdict.cartons < LARGE]
    large = [one for one in run.outcomes if one.verdict.cartons >= LARGE]
    marks = []
    if small and name.rpartition("/")[2] in RETAIL:
        marks.append(_pallets(f"{name} pallets", small, SMALL_RATIO[engine]))
    if large:
        marks.append(_pallets(f"{name} pallets", large, LARGE_RATIO))
        marks.append(Mark(f"{name} seconds max", max(one.seconds for one in large), 30.0, "s"))
    if small:
        marks.append(Mark(f"{name} seconds max", max(one.seconds for one in small), 2.0, "s"))
        marks.append(Mark(f"{name} first plan seconds max", max(one.first_seconds for one in small), 0.3, "s"))
    theirs = [one.rivals[SOLVER].verdict for one in run.outcomes if SOLVER in one.rivals]
    if theirs and all(theirs):
        most = sum(verdict.pallets for verdict in theirs if verdict)
        marks.append(Mark(f"{name} pallets beside PackingSolver's", ours.pallets, most, ""))
    marks.append(Mark(f"{name} cartons left over", ours.unplaced, 0, ""))
    return [*marks, *_always(name, [run])]


def container_marks(runs: Sequence[SetRun], engine: str) -> list[Mark]:
    """Marks of all containers together."""
    loads = [one for run in runs for one in run.outcomes]
    if not loads:
        return []
    fill, seconds = fmean(one.verdict.volume for one in loads), fmean(one.seconds for one in loads)
    return [
        Mark("containers fill", fill, CONTAINER_FILL[engine], "%", at_least=True),
        Mark("containers seconds mean", seconds, 1.2, "s"),
        *_always("containers", runs),
    ]


def _pallets(name: str, outcomes: Sequence[Outcome], ratio: Fraction) -> Mark:
    bound = sum(one.verdict.bound for one in outcomes)
    return Mark(name, sum(one.verdict.pallets for one in outcomes), int(bound * ratio), "")


def _always(name: str, runs: Sequence[SetRun]) -> list[Mark]:
    outcomes = [one for run in runs for one in run.outcomes]
    invalid = sum(not verdict.valid for one in outcomes for verdict in (one.verdict, one.first))
    return [
        Mark(f"{name} invalid plans", invalid, 0, ""),
        Mark(f"{name} bounds beaten", sum(map(_beaten, outcomes)), 0, ""),
    ]


def _beaten(outcome: Outcome) -> bool:
    """Whether anybody packed everything on fewer pallets than the bound, which knows no support, allows."""
    rivals = [rival.verdict for rival in outcome.rivals.values() if rival.verdict]
    plans = [outcome.verdict, outcome.first, *(plan for plan in rivals if not plan.turned and not plan.faults)]
    return any(not plan.unplaced and plan.pallets < plan.bound for plan in plans)
