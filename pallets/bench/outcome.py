"""What came of an order and of a set of orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pallets.bench.judge import Verdict, together
from pallets.bench.peer import Rival


@dataclass(frozen=True)
class Outcome:
    """An order packed at the effort asked for and at effort fast (`first`), seconds of processors, and the peers."""

    name: str
    skus: int
    verdict: Verdict
    seconds: float
    first: Verdict
    first_seconds: float
    rivals: Mapping[str, Rival]


@dataclass(frozen=True)
class SetRun:
    """A set of orders, in the order they ran."""

    name: str
    effort: str
    outcomes: tuple[Outcome, ...]

    @property
    def ours(self) -> Verdict:
        """The sum of our plans."""
        return together([one.verdict for one in self.outcomes])

    def rival(self, solver: str) -> tuple[Verdict, int, float] | None:
        """The sum of a peer's plans, the number of orders it has one for, and its seconds for these."""
        mine = [one.rivals[solver] for one in self.outcomes if solver in one.rivals]
        plans = [rival for rival in mine if rival.verdict]
        if not plans:
            return None
        return together([rival.verdict for rival in plans if rival.verdict]), len(plans), sum(r.seconds for r in plans)
