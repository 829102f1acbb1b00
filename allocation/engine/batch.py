"""Several clients at once: prices of stock, every client's cart at these prices, then passes over what is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from allocation.engine.budget import FEW_SCALES, SCALES
from allocation.engine.crew import Crew
from allocation.engine.dual import Dual, solve_dual
from allocation.engine.errand import Bounds
from allocation.engine.greedy import greedy
from allocation.engine.market import Market, dot
from allocation.engine.outcome import Outcome, Progress, Report, Served, Stop
from allocation.engine.setup import order_of, serving_order
from allocation.engine.table import LANES, Table, lay_table

_PENALTY = 3.0  # a dollar short of the fair share weighs as much as three of value
_USD = 1e8
_CROWD = 150
_TELLING = 3e-4  # share of the bound that pallets must take off, else looking on would not pay
_BOUND_ROUND = 16  # clients between two words on progress
_ROUND = 4  # clients that are served before what is free is shared out anew
_SMALL = 20_000  # clients times items below which helpers would cost more time than they save


def solve_all(market: Market, stop: Stop | None, progress: Report | None) -> Outcome:
    """The plan for several buyers, every floor kept that fits: the priced one, or the greedy one if that is better."""
    table = lay_table(market)
    floors = table.floors()
    dual = solve_dual(market, floors=floors, stop=stop, progress=progress)
    fallback = greedy(market, floors=floors)
    # Many buyers pack better from the whole stock, and late ones find enough; a promised share has to be set aside.
    few = len(market.buyers) < _CROWD
    if market.fairness or few:
        table.keep(dual)
    small = len(market.buyers) * len(market.goods.ids) < _SMALL
    with Crew(market, processes=1 if small else None) as crew:
        work = _Work(table, dual, crew, stop, progress)
        for number, scale in enumerate((FEW_SCALES if few else SCALES)[market.effort]):
            work.serve(scale, again=number > 0)
        values = [order_of(market, buyer).price(cases)[0] for buyer, cases in enumerate(fallback)]
        if _objective(market, dual, values) > _objective(market, dual, [deal.value for deal in table.deals]):
            table.adopt(fallback, values)
            work.serve(0.0, again=True)
        bound = work.bound()
    plan = table.plan()
    rows = zip(plan, table.deals, dual.hurdles.tolist(), dual.first_picks.tolist(), strict=True)
    served = [Served(cases, hurdle, first, deal.reasons) for cases, deal, hurdle, first in rows]
    return Outcome(served, dual.next_cases, bound, dual.share, table.steps)


def _objective(market: Market, dual: Dual, values: Sequence[int]) -> float:
    """USD of value, less the penalty for what clients miss of their fair share; `values` by buyer in 1e-8 USD."""
    total = 0.0
    for buyer, worth in enumerate(values):
        value = worth / _USD
        missing = market.fairness * dual.share * float(dual.first_picks[buyer]) - value
        total += value - _PENALTY * max(0.0, missing if market.fairness else 0.0)
    return total


@dataclass(frozen=True)
class _Work:
    """What the stages of a batch share."""

    table: Table
    dual: Dual
    crew: Crew
    stop: Stop | None
    progress: Report | None

    def serve(self, scale: float, again: bool) -> None:
        """One pass over all buyers at `scale` times the prices; served `again`, a buyer only changes for the better."""
        queue = serving_order(self.table.market)
        total = len(queue)
        while queue and not self._stopped():
            now, queue = queue[:_ROUND], queue[_ROUND:]
            lanes = self.table.lanes(now, self.dual, scale, keep=again)
            # The first errand of the first lane never clashes: every round brings somebody on.
            queue = [done.buyer for done in self.crew.serve(lanes) if not self.table.settle(done)] + queue
            self._tell("improving" if again else "carts", total - len(queue), total)

    def bound(self) -> float:
        """USD that no plan exceeds: at the prices of stock, what every buyer alone could reach with its pallets."""
        market = self.table.market
        bounds: list[tuple[float, float]] = []
        queue = serving_order(market)
        for begin in range(0, len(queue), _BOUND_ROUND):
            if self._stopped():
                return self.dual.bound
            asked = [(buyer, self.table.deals[buyer].low) for buyer in queue[begin : begin + _BOUND_ROUND]]
            parts = [
                Bounds(self.dual.tightest, market.goods.stock, market.effort, tuple(asked[n::LANES]))
                for n in range(LANES)
            ]
            bounds += self.crew.bound(parts)
            self._tell("bound", begin + len(asked), len(queue))
            told = [(first, last) for first, last in bounds if first < math.inf]
            if told and math.fsum(first - last for first, last in told) < _TELLING * math.fsum(
                first for first, _ in told
            ):
                return self.dual.bound
        return min(self.dual.bound, dot(self.dual.tightest, market.goods.stock) + math.fsum(last for _, last in bounds))

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(Progress(stage, done, total, self.table.value, self.dual.bound))
