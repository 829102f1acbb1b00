"""A knapsack in whole cases, solved by lists of undominated states around the split of its linear relaxation.

After Nemhauser and Ullmann (1969) and Pisinger's minimal-core order (1997): start from the linear answer rounded to
all or nothing, then decide pieces from the closest return outwards; a state that another beats in both spend and gain
goes, and so does one that cannot pass the target even if the rest of its money earned the next piece's return.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocation.engine.market import Floats, Ints, dot

_TINY = 1e-9
_SHELVES = np.linspace(0.0, 1.0, 8)  # volumes at which answers are compared where volume binds


@dataclass(frozen=True)
class Knapsack:
    """Up to `room` cases of each offer at `gain` and `spend` USD a case, `money` USD in all, `constant` on top.

    `load` is pallets a case. Of the answers only those within the range of `volumes` are given, `stake` USD a pallet
    charged for what they leave unfilled of it. Where an end of the range binds, `pull` is its price in USD a pallet
    (negative at the lower end), which the gains have paid.
    A case's credit is USD that the rounding of its line may add to the gain, or take off the spend, once a line.
    """

    gain: Floats
    spend: Floats
    room: Ints
    gain_credit: Floats
    spend_credit: Floats
    money: float
    constant: float
    hurdle: float
    load: Floats
    volumes: tuple[float, float] = (-math.inf, math.inf)
    stake: float = 0.0
    pull: float = 0.0

    @property
    def reduced(self) -> Floats:
        """USD a case adds beyond what its money earns elsewhere."""
        return self.gain - self.hurdle * self.spend

    def linear_bound(self) -> float:
        """USD that no answer exceeds, by the hurdle's price of money."""
        reduced = self.reduced
        credit = self.gain_credit + self.hurdle * self.spend_credit
        most = np.where(self.room > 0, np.maximum(reduced, reduced * self.room) + credit, 0.0)
        return self.constant + self.hurdle * self.money + float(np.maximum(most, 0).sum())


@dataclass(frozen=True)
class Best:
    """No answer is worth more than `bound` USD (never below the target); `plans` are the best whole cases found."""

    bound: float
    plans: tuple[Ints, ...]


@dataclass(frozen=True)
class _Pieces:
    """Cases that are added to the split (or taken out of it) together, those nearest to the hurdle first.

    `down` and `up`: the best return (up to the hurdle) of a later piece that comes in, and the least of one that goes
    out; `extra` is USD by which the credits lift later pieces above the hurdle. `dropped` bounds in USD what is worth
    more with a piece that is not here.
    """

    offer: Ints
    cases: Ints
    gain: Floats
    spend: Floats
    load: Floats
    down: Floats
    up: Floats
    extra: Floats
    dropped: float


def solve_states(knapsack: Knapsack, target: float, most: int, limit: int, plans: int = 8) -> Best:
    """The best whole cases worth more than `target` USD: by the `most` pieces that lose least against the linear
    answer, keeping at most `limit` states a step.
    """
    base = np.where(knapsack.reduced > 0, knapsack.room, 0)
    inside = base > 0
    gain = knapsack.constant + dot(base, knapsack.gain) + float(knapsack.gain_credit[inside].sum())
    spend = dot(base, knapsack.spend) - float(knapsack.spend_credit[inside].sum())
    pieces = _pieces(knapsack, inside, gain + knapsack.hurdle * (knapsack.money - spend), target, most)
    states = _States(np.array([gain]), np.array([spend]), np.array([dot(base, knapsack.load)]))
    history: list[tuple[Ints, int]] = []
    lost = max(target, pieces.dropped)
    for step in range(len(pieces.offer)):
        count = len(states.gain)
        states = states.branch(pieces, step)
        slack = knapsack.money - states.spend
        hope = states.gain + slack * np.where(slack >= -_TINY, pieces.down[step], pieces.up[step]) + pieces.extra[step]
        alive = states.undominated(np.flatnonzero(hope > target), knapsack)
        if not len(alive):
            return Best(lost, ())
        if len(alive) > limit:
            ranked = alive[np.argsort(-hope[alive], kind="stable")]
            lost = max(lost, float(hope[ranked[limit]]))
            alive = np.sort(ranked[:limit])
        history.append((alive, count))
        states = states.part(alive)
    fits = np.flatnonzero((states.spend <= knapsack.money + _TINY) & (states.gain > target))
    bound = max(lost, states.bound(fits, knapsack))
    chosen = states.ranked(fits, knapsack)[:plans]
    return Best(bound, tuple(_trace(int(state), history, pieces, base) for state in chosen))


@dataclass(frozen=True)
class _States:
    """Answers under way: what they gain and spend in USD, and their pallets."""

    gain: Floats
    spend: Floats
    load: Floats

    def branch(self, pieces: _Pieces, step: int) -> _States:
        """Each state without the piece, then each with it."""
        gain = np.concatenate((self.gain, self.gain + pieces.gain[step]))
        spend = np.concatenate((self.spend, self.spend + pieces.spend[step]))
        return _States(gain, spend, np.concatenate((self.load, self.load + pieces.load[step])))

    def part(self, chosen: Ints) -> _States:
        return _States(self.gain[chosen], self.spend[chosen], self.load[chosen])

    def ranked(self, fits: Ints, knapsack: Knapsack) -> Ints:
        """Those of `fits` within the range of volumes, best first, once the unfilled rest of the range is paid for."""
        low, high = knapsack.volumes
        fits = fits[(self.load[fits] >= low - _TINY) & (self.load[fits] <= high + _TINY)]
        unfilled = knapsack.stake * (high - self.load[fits]) if math.isfinite(high) else np.zeros(len(fits))
        paid = self.spend[fits] + unfilled <= knapsack.money + 0.01
        return fits[paid][np.argsort((unfilled - self.worth(knapsack)[fits])[paid], kind="stable")]

    def undominated(self, alive: Ints, knapsack: Knapsack) -> Ints:
        """Those of `alive`, in order of spend, that no other beats in spend and gain, nor in volume where it binds."""
        worth, spend = self.worth(knapsack)[alive], self.spend[alive]
        order = np.lexsort((-worth, spend))
        alive, worth = alive[order], worth[order]
        if not knapsack.pull or not len(alive):
            before = np.maximum.accumulate(np.append(-np.inf, worth))[:-1]
            return alive[worth > before]
        load = np.sign(knapsack.pull) * self.load[alive]
        shelves = (load.min() + np.ptp(load) * _SHELVES)[:, None]
        below = np.maximum.accumulate(np.where(load[:-1] <= shelves, worth[:-1], -np.inf), axis=1)
        beaten = ((load[1:] >= shelves) & (below >= worth[1:])).any(axis=0)
        left: Ints = alive[np.append(True, ~beaten)]
        return left

    def worth(self, knapsack: Knapsack) -> Floats:
        """The gain without the price of the volume that is short of the end that binds (or over it, the other way)."""
        if not knapsack.pull:
            return self.gain
        end = knapsack.volumes[1] if knapsack.pull > 0 else knapsack.volumes[0]
        return self.gain - knapsack.pull * (end - self.load)

    def bound(self, fits: Ints, knapsack: Knapsack) -> float:
        """The most that an answer is worth among those on the right side of the end that binds."""
        low, high = knapsack.volumes
        if knapsack.pull:
            inside = self.load <= high + _TINY if knapsack.pull > 0 else self.load >= low - _TINY
            fits = fits[inside[fits]]
        return float(self.worth(knapsack)[fits].max(initial=-np.inf))


def _pieces(knapsack: Knapsack, inside: NDArray[np.bool_], linear: float, target: float, most: int) -> _Pieces:
    """The `most` pieces, powers of two of cases, that alone lose least against `linear` USD and may pass the target."""
    offer, cases = _powers(knapsack, inside, linear - target)
    out = cases < 0
    gain = cases * knapsack.gain[offer] + np.where(out, 0.0, knapsack.gain_credit[offer])
    spend = cases * knapsack.spend[offer] - np.where(out, 0.0, knapsack.spend_credit[offer])
    surplus = gain - knapsack.hurdle * spend
    excess = np.where(out, 0.0, np.maximum(surplus, 0.0))
    dropped = -np.inf
    if len(offer) > most:
        order = np.lexsort((offer, -surplus))
        dropped = linear + float(excess.sum()) + float(min(0.0, surplus[order[most]]))
        first = order[:most]
        offer, cases, out = offer[first], cases[first], out[first]
        gain, spend, excess = gain[first], spend[first], excess[first]
    # A piece that costs next to nothing but gains comes first.
    rate = np.where(np.abs(spend) > _TINY, gain / np.where(np.abs(spend) > _TINY, spend, 1.0), np.inf)
    order = np.lexsort((offer, np.abs(rate - knapsack.hurdle)))
    rate, out = rate[order], out[order]
    down = _later(np.where(out, 0.0, np.clip(rate, 0.0, knapsack.hurdle)), np.maximum, 0.0)
    up = _later(np.where(out, rate, np.inf), np.minimum, np.inf)
    extra = excess.sum() - np.cumsum(excess[order])
    offer, cases = offer[order], cases[order]
    load = cases * knapsack.load[offer]
    return _Pieces(offer, cases, gain[order], spend[order], load, down, up, extra, dropped)


def _powers(knapsack: Knapsack, inside: NDArray[np.bool_], spare: float) -> tuple[Ints, Ints]:
    """Offers and cases (negative where they leave) in pieces of 1, 2, 4, ..., none that alone loses over `spare`."""
    credit = np.where(inside, 0.0, knapsack.gain_credit + knapsack.hurdle * knapsack.spend_credit)
    within = np.minimum((spare + credit) / np.maximum(np.abs(knapsack.reduced), 1e-12), 1e8)
    left = np.minimum(knapsack.room, np.floor(np.maximum(within, 0.0)).astype(np.int64))
    offers, sizes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    open_ = np.flatnonzero(left > 0)
    size = 1
    while len(open_):
        taken = np.minimum(left[open_], size)
        offers.append(open_)
        sizes.append(np.where(inside[open_], -taken, taken))
        left[open_] -= taken
        open_ = open_[left[open_] > 0]
        size *= 2
    return np.concatenate(offers), np.concatenate(sizes)


def _later(rates: Floats, extreme: np.ufunc, nothing: float) -> Floats:
    """For each piece the extreme rate among those after it."""
    ahead: Floats = extreme.accumulate(np.append(rates[1:], nothing)[::-1])[::-1]
    return ahead


def _trace(state: int, history: list[tuple[Ints, int]], pieces: _Pieces, base: Ints) -> Ints:
    """The cases that led to a state."""
    cases = base.copy()
    for step in range(len(history) - 1, -1, -1):
        alive, count = history[step]
        state = int(alive[state])
        if state >= count:
            state -= count
            cases[pieces.offer[step]] += pieces.cases[step]
    return cases
