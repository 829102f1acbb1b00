"""Prices of stock for many buyers at once, a bound on every plan, and what each buyer should be kept of scarce stock.

The prices come from the smoothed dual; the bound is added up from them over every offer, in double precision and with
the rounding of each line granted, so that it holds whatever the search did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocation.engine.book import Book, open_book
from allocation.engine.knapsack import best_buys
from allocation.engine.market import Floats, Ints, Market
from allocation.engine.outcome import Progress, Report, Stop
from allocation.engine.reserve import Claim, Reserved, claim, reserve
from allocation.engine.shares import ask_for, common_share
from allocation.engine.slopes import Limits, Trio
from allocation.engine.smooth import Rest, follow
from allocation.engine.terms import ceiling, terms

HEATS = tuple(0.5**step for step in range(1, 15))
_RESTED = 0.01  # share of the dual's value that may still pull at a point that is used
_FAR = 50.0  # heats from its margin where a pair is surely in or out
_WARM = 2  # where along the heats fairness begins
_SHARE_HEATS = HEATS[_WARM:5]
_FAIR_HEATS = HEATS[_WARM:11]  # the bound is known by then: colder only parts buyers whose claims are nearly equal


@dataclass(frozen=True)
class Dual:
    """`prices` are USD of value a case, by item, and `hurdles` USD of value per USD of budget, by buyer; all are >= 0.

    With fairness a buyer's value counts `1 + boosts` in both; without it boosts are 0. `first_picks` are USD that each
    buyer reaches at most when it chooses first among all stock that is no other buyer's floor, all shipping at its
    least. `share` is a share of its first pick that every buyer can reach together when cases may be split; 1 where
    nobody asks (fairness 0 or one buyer). No plan that keeps the floors is worth more than `bound` USD, fair or not;
    it holds at the prices `tightest`.
    `reserved` are by buyer places in its block and cases above its floors that it should be kept of priced items.
    `next_cases` are USD that one more case in stock would add to the bound at most, by item: the price, and what a
    buyer with all of the stock would pay above it.
    """

    prices: Floats
    hurdles: Floats
    boosts: Floats
    first_picks: Floats
    share: float
    bound: float
    tightest: Floats
    reserved: Sequence[Reserved]
    next_cases: Floats


@dataclass(frozen=True)
class _Sums:
    """What a point comes to: USD that no plan exceeds, by buyer the hurdle and the claims, by item the next case."""

    point: Trio
    bound: float
    hurdles: Floats
    claims: list[Claim]
    next_cases: Floats


class _Steps:
    """Tells how many heats are done and asks whether to stop."""

    def __init__(self, total: int, stop: Stop | None, progress: Report | None) -> None:
        self.done, self.total, self.stop, self.progress = 0, total, stop, progress

    def stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def next(self) -> bool:
        """Counts a heat; whether to go on."""
        self.done += 1
        if self.progress is not None:
            self.progress(Progress("prices", self.done, self.total))
        return not self.stopped()


def solve_dual(
    market: Market,
    *,
    floors: Sequence[Ints] | None = None,
    stop: Stop | None = None,
    progress: Report | None = None,
) -> Dual:
    """The dual of the market.

    `floors` are the granted floors in cases an offer, in the order of each buyer's block (None: each offer's own, as
    far as stock goes). When `stop` says yes the prices found so far come back, with a bound that holds.
    """
    book = open_book(market, floors)
    fair = market.fairness > 0 and len(market.buyers) > 1
    steps = _Steps(len(HEATS) + (len(_FAIR_HEATS) if fair else 0), stop, progress)
    rests = _walk(book, book.limits, book.start, HEATS, steps)
    sums = min((_add_up(market, book, rest) for rest in _candidates(book, rests)), key=lambda found: found.bound)
    share, tightest = 1.0, sums.point.prices
    if fair and len(rests) == len(HEATS):
        share = common_share(book, rests[_WARM].point, _SHARE_HEATS, sums.bound, steps.stopped)
        limits = replace(book.limits, ask=ask_for(book, market.fairness * share))
        rests = _walk(book, limits, rests[_WARM].point, _FAIR_HEATS, steps)
        if len(rests) == len(_FAIR_HEATS):
            found = _add_up(market, book, _coolest(rests))
            tightest = found.point.prices if found.bound < sums.bound else tightest
            sums = replace(found, bound=min(sums.bound, found.bound))
    point, kept = sums.point, reserve(sums.claims, book.floors.free)
    return Dual(
        prices=point.prices,
        hurdles=sums.hurdles,
        boosts=point.boosts,
        first_picks=book.first_picks,
        share=share,
        bound=sums.bound,
        tightest=tightest,
        reserved=kept,
        next_cases=sums.next_cases,
    )


def _walk(book: Book, limits: Limits, start: Trio, heats: Sequence[float], steps: _Steps) -> list[Rest]:
    """The points of rest at each heat, as far as the search gets."""
    rests = []
    for rest in follow(book.chunks, limits, start, heats):
        rests.append(rest)
        if not steps.next():
            break
    return rests


def _coolest(rests: Sequence[Rest]) -> Rest:
    """The last one that nearly nothing pulls at."""
    return next((rest for rest in reversed(rests) if rest.left <= _RESTED), min(rests, key=lambda rest: rest.left))


def _candidates(book: Book, rests: Sequence[Rest]) -> list[Rest]:
    """Where the bound may be best: the last points or, if the search was cut, also stock without a price."""
    coolest = _coolest(rests)
    found = [coolest] if coolest is rests[-1] else [coolest, rests[-1]]
    return found if len(rests) == len(HEATS) else [*found, Rest(HEATS[0], book.start, 0.0)]


def _add_up(market: Market, book: Book, rest: Rest) -> _Sums:
    """The bound at a point of rest, exact hurdles at its prices, and what buyers want of items with a price."""
    point, free = rest.point, book.floors.free
    worths, hurdles, claims = [float(point.prices @ free)], np.zeros(len(market.buyers)), []
    next_cases = point.prices.copy()
    for buyer in range(len(market.buyers)):
        offers = terms(market, buyer, book.floors.cases[buyer])
        room, price, boost = offers.room(free), point.prices[offers.item], point.boosts[buyer]
        plain = best_buys(offers.net - price, offers.weight, room).hurdle(offers.money)
        worths += [offers.fixed, ceiling(offers.net - price, offers, room, plain)]
        more = np.flatnonzero(offers.most > room)
        gain = offers.net[more] - price[more] - plain * offers.weight[more]
        np.add.at(next_cases, offers.item[more], np.maximum(gain, 0.0))
        boosted = (1 + boost) * offers.net - price
        hurdles[buyer] = best_buys(boosted, offers.weight, room).hurdle(offers.money) if boost else plain
        charge = price + point.hurdles[buyer] * offers.weight
        margin = (1 + boost - charge / np.where(offers.net > 0, offers.net, np.inf)) / rest.heat
        wanted = np.where((price > 0) & (offers.net > 0), room / (1 + np.exp(-np.clip(margin, -_FAR, _FAR))), 0.0)
        claims.append(claim(offers.item, room, wanted, offers.weight))
    return _Sums(point, math.fsum(worths), hurdles, claims, next_cases)
