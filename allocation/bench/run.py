"""One run of the bench: the batch first, so that its peak memory is its own, then the carts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from allocation.bench.batch import BatchRun, run_batch
from allocation.bench.carts import CartRun, run_carts
from allocation.bench.data import Spec
from allocation.bench.peer import Peer, environment
from allocation.bench.targets import SMALL_BALANCE, SMALL_CATALOGUE, Mark, batch_marks, cart_marks

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What to run: no batch without stores, no carts with `carts` 0; `seconds` limits CP-SAT (None: as the engine).

    `home` is where CP-SAT's environment is or will be, `requirements` what goes into it; None leaves CP-SAT out.
    """

    spec: Spec
    fairness: float
    carts: int
    sizes: Sequence[int]
    seconds: float | None
    home: Path | None
    requirements: Path


@dataclass(frozen=True)
class Result:
    """`silence` says why CP-SAT did not run, or is empty."""

    spec: Spec
    batch: BatchRun | None
    carts: Sequence[CartRun]
    marks: Sequence[Mark]
    silence: str

    @property
    def ok(self) -> bool:
        return all(mark.ok for mark in self.marks)


def run(wanted: Wanted, say: Say) -> Result:
    """Runs it all; `say` hears one line for each step."""
    if wanted.home is None:
        return _run(wanted, None, say)
    with Peer(partial(environment, wanted.home, wanted.requirements, say)) as peer:
        return _run(wanted, peer, say)


def _run(wanted: Wanted, peer: Peer | None, say: Say) -> Result:
    spec, batch, carts = wanted.spec, None, []
    marks: list[Mark] = []
    if spec.stores:
        batch = run_batch(spec, wanted.fairness, peer, wanted.seconds, say)
        marks += batch_marks(spec, batch)
    if wanted.carts:
        quick, close = replace(spec, effort="fast"), [size for size in wanted.sizes if size <= SMALL_CATALOGUE]
        carts = run_carts(quick, wanted.sizes, wanted.carts, peer, wanted.seconds, say)
        marks += cart_marks(carts, run_carts(spec, close, wanted.carts, None, None, say, most=100 * SMALL_BALANCE))
    return Result(spec, batch, carts, marks, peer.silence if peer else "skipped")
