"""CP-SAT beside the engine, in an environment of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from allocation.bench.pricing import price_lines
from allocation.bench.program import Program, make_environment
from allocation.engine.market import Market
from allocation.engine.problem import problem_as_json
from allocation.engine.setup import problem_of

PROGRAM = Path(__file__).with_name("cpsat.py")
WORKERS = min(2, os.cpu_count() or 1)
LEAST_SECONDS = 1.0
MOST_OFFERS = 1_000_000
_ROUNDING = 0.005  # USD


@dataclass(frozen=True)
class Rival:
    """CP-SAT's plan at the engine's exact price: USD, and USD by which it is over the balances."""

    status: str
    value: float
    over: float
    bound: float
    seconds: float

    @property
    def feasible(self) -> bool:
        """Whether there is a plan within the balances."""
        return self.value > 0 and self.over < _ROUNDING


def environment(folder: Path, requirements: Path, say: Callable[[str], None]) -> Path:
    """The Python that has ortools, as `make_environment`."""
    return make_environment(folder, requirements, say, "CP-SAT (once, about 300 MB)")


class Peer(Program):
    """The CP-SAT program; `find` returns its Python."""

    def __init__(self, find: Callable[[], Path]) -> None:
        super().__init__(PROGRAM, find)

    def solve(self, market: Market, *, pallets: int | None, seconds: float) -> Rival | None:
        """One cart on `pallets` pallets, or the batch (None), within max(`seconds`, 1)."""
        if self.silence:
            return None
        job = {
            "model": "batch" if pallets is None else "cart",
            "problem": problem_as_json(problem_of(market)),
            "pallets": pallets,
            "seconds": max(LEAST_SECONDS, seconds),
            "workers": WORKERS,
        }
        answer = self.ask(job)
        if answer is None:
            return None
        value, over = price_lines(market, ((store, item, cases) for store, item, cases in answer["lines"]))
        return Rival(answer["status"], value, over, answer["bound"], answer["seconds"])
