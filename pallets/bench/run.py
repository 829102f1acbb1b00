"""One run of the bench: sets of orders, then containers, each order packed by us and by the peers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from allocation.bench.measure import timed
from allocation.bench.targets import Mark
from pallets.bench.containers import CLASSES, numbers, problem
from pallets.bench.judge import judged_plan
from pallets.bench.orders import SPECS, Set, made_up, read_sets
from pallets.bench.outcome import Outcome, SetRun
from pallets.bench.peer import PEERS, Peers, environment
from pallets.bench.targets import container_marks, order_marks
from pallets.packing.loops import HAS_NUMBA
from pallets.packing.order import Effort, Order
from pallets.packing.pack import pack

ENGINE = "numba" if HAS_NUMBA else "numpy"
# What takes about a second, or half of one, a container.
CONTAINER_EFFORT: Effort = "exhaustive" if HAS_NUMBA else "thorough"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What to run: made-up sets of these names, at most `most` orders a set (None: all), the orders of `folder`, and
    `br` containers of each class at `br_effort`. `seconds` limits PackingSolver for each order.

    `home` is where the peers' environment is or will be, `requirements` what goes into it; None leaves peers out.
    """

    sets: Sequence[str]
    most: int | None
    folder: Path | None
    br: int
    effort: Effort
    br_effort: Effort
    seed: int
    seconds: float
    home: Path | None
    requirements: Path


@dataclass(frozen=True)
class Result:
    """`silence` says why no peers ran, or is empty."""

    wanted: Wanted
    sets: Sequence[SetRun]
    containers: Sequence[SetRun]
    marks: Sequence[Mark]
    silence: str

    @property
    def ok(self) -> bool:
        return all(mark.ok for mark in self.marks)


def run(wanted: Wanted, say: Say) -> Result:
    """Runs it all; `say` hears one line for each order. Raises BadFolder."""
    if wanted.home is None:
        return _run(wanted, None, say)
    with Peers(partial(environment, wanted.home, wanted.requirements, say)) as peers:
        return _run(wanted, peers, say)


def _run(wanted: Wanted, peers: Peers | None, say: Say) -> Result:
    sets = read_sets(wanted.folder, wanted.effort) if wanted.folder else []
    sets += [made_up(spec, wanted.seed, wanted.effort) for spec in SPECS if spec.name in wanted.sets]
    containers = [Set(f"BR{br}", tuple(_problems(wanted, br))) for br in range(1, len(CLASSES) + 1) if wanted.br]
    for one in [*sets, *containers][:1]:
        # numba compiles what is not compiled yet, before the clock runs.
        pack(_fast(one.orders[0]))
    runs = [_run_set(one, wanted, peers, say) for one in _shortened(sets, wanted.most)]
    loads = [_run_set(one, wanted, peers, say) for one in containers]
    marks = [mark for one in runs for mark in order_marks(one, ENGINE)]
    marks += container_marks(loads, ENGINE)
    return Result(wanted, runs, loads, marks, peers.silence if peers else "skipped")


def _problems(wanted: Wanted, br: int) -> Sequence[Order]:
    return [problem(br, number, wanted.br_effort) for number in numbers(wanted.br)]


def _shortened(sets: Sequence[Set], most: int | None) -> list[Set]:
    return [replace(one, orders=one.orders[:most]) for one in sets]


def _run_set(asked: Set, wanted: Wanted, peers: Peers | None, say: Say) -> SetRun:
    outcomes = []
    for number, order in enumerate(asked.orders, start=1):
        say(f"{order.name}: {number} of {len(asked.orders)} in {asked.name}")
        outcomes.append(_outcome(order, wanted.seconds, peers))
    return SetRun(asked.name, asked.orders[0].limits.effort, tuple(outcomes))


def _outcome(order: Order, seconds: float, peers: Peers | None) -> Outcome:
    """The order packed at its effort, at effort fast for the first plan, and by the peers."""
    first, first_took = timed(lambda: pack(_fast(order)))
    plan, took = timed(lambda: pack(order))
    found = {solver: peers.solve(solver, order, seconds) for solver in PEERS} if peers else {}
    return Outcome(
        name=order.name,
        skus=len(order.cartons),
        verdict=judged_plan(order, plan),
        seconds=took.cpu,
        first=judged_plan(order, first),
        first_seconds=first_took.cpu,
        rivals={solver: rival for solver, rival in found.items() if rival},
    )


def _fast(order: Order) -> Order:
    return replace(order, limits=replace(order.limits, effort="fast"))
