"""All clients at once: the engine without and with fairness, beside greedy and CP-SAT."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from allocation.bench.data import Spec, batch_market
from allocation.bench.greedy import greedy
from allocation.bench.measure import Took, gini, peak_memory, timed
from allocation.bench.peer import MOST_OFFERS, Peer, Rival
from allocation.engine.check import check
from allocation.engine.market import Market
from allocation.engine.outcome import Progress
from allocation.engine.plan import Plan
from allocation.engine.setup import problem_of
from allocation.engine.solve import solve

Say = Callable[[str], None]
_SAY_EVERY = 2.0  # seconds


@dataclass(frozen=True)
class FairRun:
    """The engine at one fairness; USD. `least_share` and `gini` are over the clients' shares of their first pick."""

    fairness: float
    value: float
    bound: float
    gap: float
    took: Took
    least_share: float
    gini: float
    shortfall: float
    faults: int


@dataclass(frozen=True)
class BatchRun:
    """`runs` by rising fairness, the first at 0; `memory` in MB, of the engine with its data; greedy in USD."""

    clients: int
    offers: int
    runs: tuple[FairRun, ...]
    memory: float
    greedy: float
    refilled: float
    rival: Rival | None
    silence: str  # why there is no rival


def run_batch(spec: Spec, fairness: float, peer: Peer | None, seconds: float | None, say: Say) -> BatchRun:
    """Runs at fairness 0 and `fairness`; `seconds` limits CP-SAT, None means the time that the engine took."""
    say(f"Making {spec.stores:,} stores x {spec.asins:,} ASINs")
    market = batch_market(spec)
    offers = sum(len(market.offers.of(place).item) for place in range(len(market.buyers)))
    runs = tuple(_fair_run(market, alpha, say) for alpha in sorted({0.0, fairness}))
    memory = peak_memory()
    say("Greedy, without and with refill")
    plain, refilled = greedy(market, refill=False), greedy(market, refill=True)
    limit = runs[0].took.wall if seconds is None else seconds
    rival, silence = _rival(market, offers, peer, limit, say)
    return BatchRun(len(market.buyers), offers, runs, memory, plain, refilled, rival, silence)


def _rival(market: Market, offers: int, peer: Peer | None, seconds: float, say: Say) -> tuple[Rival | None, str]:
    """CP-SAT's plan, or why there is none."""
    if peer is None:
        return None, "skipped"
    if offers > MOST_OFFERS:
        return None, f"not tried with more than {MOST_OFFERS:,} offers"
    say(f"CP-SAT, {seconds:.0f} s and the building of its model")
    return peer.solve(market, pallets=None, seconds=seconds), peer.silence


def _fair_run(market: Market, fairness: float, say: Say) -> FairRun:
    market = replace(market, fairness=fairness)
    plan, took = timed(lambda: solve(market, progress=_Teller(say, fairness)))
    shares = [client.share for client in plan.clients]
    return FairRun(
        fairness=fairness,
        value=float(plan.value),
        bound=float(plan.bound),
        gap=plan.gap,
        took=took,
        least_share=min(shares),
        gini=gini(shares),
        shortfall=float(sum(client.shortfall for client in plan.clients)),
        faults=_faults(market, plan),
    )


def _faults(market: Market, plan: Plan) -> int:
    return len(check(problem_of(market, plan), plan))


class _Teller:
    """Passes the engine's progress on: each new stage, and then a line every other second."""

    def __init__(self, say: Say, fairness: float) -> None:
        self.say, self.fairness = say, fairness
        self.stage, self.last = "", 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage == self.stage and now - self.last < _SAY_EVERY:
            return
        self.stage, self.last = progress.stage, now
        worth = f", value {progress.value:,.0f}" if progress.value else ""
        bound = f", bound {progress.bound:,.0f}" if progress.bound else ""
        self.say(f"Fairness {self.fairness}: {progress.stage} {progress.done}/{progress.total}{worth}{bound}")
