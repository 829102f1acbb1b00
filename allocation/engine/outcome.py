"""What the search hands over to the report: every buyer's cases and how good they are, without a single line yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from allocation.engine.market import Floats, Ints

Stop = Callable[[], bool]


@dataclass(frozen=True)
class Progress:
    """How far a solve is: `done` of `total` clients in this stage, USD of value so far and the bound, if known."""

    stage: str
    done: int
    total: int
    value: float = 0.0
    bound: float | None = None


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Served:
    """One buyer's cases, one entry an offer of its block; `reasons` say by offer why a floor does not fit."""

    cases: Ints
    hurdle: float
    first_pick: float
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """`served` in the market's order of buyers; `prices` USD a case by item; `bound` in USD; `share` of its first
    pick that every buyer could have together; `steps` counts the work.
    """

    served: Sequence[Served]
    prices: Floats
    bound: float
    share: float
    steps: dict[str, int]
