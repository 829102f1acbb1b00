"""The minimum of the smoothed dual by Newton's method along a path of falling heats.

The path starts at a heat where any start converges and ends where the prices are those of the linear programme. At
each heat Newton steps are made until the point is settled; the last one aims at the next heat already. Prices are
eliminated from Newton's system (their block is diagonal); hurdles and boosts are solved by conjugate gradients with a
block of two by two a buyer, so that a step is a handful of passes over the pairs near their margin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from allocation.engine.market import Floats
from allocation.engine.pairs import Chunk
from allocation.engine.slopes import Limits, Near, Slopes, Trio

MOST_BOOST = 3.0  # USD that a missing dollar of a fairness floor costs
_SETTLED = 0.005  # share of the dual's value that may still pull when the heat falls
_HOT = 0.05  # and while it is high
_FAIR = 0.01  # and with fairness: the smallest buyer counts there, and its dollars hardly show in the sum
_STEPS = 15  # Newton steps at a heat at most
_STRIDE = 4.0  # heats that a step moves a margin at most
_LEAP = 10.0  # strides that Newton's system may want to move where a pull is alone
_TOO_FAR = 0.5  # of the pull before a step: more pull backwards after it, and part of the step is taken back
_ROUNDS = 40  # conjugate gradients of a step at most
_ENOUGH = 0.1  # share of the first residual at which they stop
_STEADY, _STEADIER = 0.01, 0.02  # added to the diagonal, without and with fairness: the system is nearly singular

Pair = tuple[Floats, Floats]  # by buyer: of hurdles and of boosts


@dataclass(frozen=True)
class Rest:
    """The best point found at a heat, and the pull `left` there as a share of the dual's value."""

    heat: float
    point: Trio
    left: float


@dataclass(frozen=True)
class _Step:
    """Where a step came from, how it moved, and the pull along it at its begin."""

    origin: Trio
    move: Trio
    pull: float


def follow(chunks: Sequence[Chunk], limits: Limits, start: Trio, heats: Sequence[float]) -> Iterator[Rest]:
    """Comes to rest at one heat after the other."""
    point = start
    for heat, then in zip(heats, (*heats[1:], heats[-1]), strict=True):
        near = Near(chunks, limits, point, heat)
        rest, taken = Rest(heat, point, np.inf), None
        enough = _FAIR if near.fair else max(_SETTLED, min(_HOT, heat))
        for step in range(_STEPS):
            point, at = _look(near, point, taken)
            left = unsettled(at.pull, point, limits)
            if left < rest.left:
                rest = Rest(heat, point, left)
            last = left <= enough or step == _STEPS - 1
            aim = then if last else heat
            if last and aim == heat:
                break
            pull = at.pull.plus(at.drift, 1 - aim / heat)
            move = System(near, at, pull, point, aim).move()
            taken = _Step(point, move, pull.dot(move))
            point = point.plus(move)
            if last:
                break
        yield rest


def _look(near: Near, point: Trio, taken: _Step | None) -> tuple[Trio, Slopes]:
    """The slopes at a point, or at one nearer to where the step to it came from if it went too far."""
    at = near.slopes(point)
    if taken is None or taken.pull <= 0:
        return point, at
    back = -at.pull.dot(taken.move)
    if back <= _TOO_FAR * taken.pull:
        return point, at
    point = taken.origin.plus(taken.move, taken.pull / (taken.pull + back))
    return point, near.slopes(point)


def unsettled(pull: Trio, point: Trio, limits: Limits) -> float:
    """What still pulls at a point, in USD, as a share of the dual's value."""
    items = np.where(point.prices > 0, np.abs(pull.prices) * point.prices, np.maximum(pull.prices, 0.0) * limits.worth)
    buyers = np.where(
        point.hurdles > 0, np.abs(pull.hurdles) * point.hurdles, np.maximum(pull.hurdles, 0.0) * limits.rate
    )
    total = float(items.sum() + buyers.sum())
    if limits.ask is not None:
        up = np.where(point.boosts < MOST_BOOST, np.maximum(pull.boosts, 0.0), 0.0)
        total += float((up + np.where(point.boosts > 0, np.maximum(-pull.boosts, 0.0), 0.0)).sum())
    return total / max(float(point.prices @ limits.stock + point.hurdles @ limits.money), 1e-9)


class System:
    """Newton's equations at a point: only what may move is solved for, the rest has a diagonal of one."""

    def __init__(self, near: Near, at: Slopes, pull: Trio, point: Trio, heat: float) -> None:
        self.near, self.at, self.pull, self.point, self.stride = near, at, pull, point, _STRIDE * heat
        limits = near.limits
        self.prices = (point.prices > 0) | (pull.prices > 0)
        self.hurdles = (point.hurdles > 0) | (pull.hurdles > 0)
        free = ((point.boosts > 0) | (pull.boosts > 0)) & ((point.boosts < MOST_BOOST) | (pull.boosts < 0))
        self.boosts = free & near.fair
        slack = 0.0 if limits.ask is None else limits.ask.slack
        steady = 1 + (_STEADIER if near.fair else _STEADY)
        self.price = np.where(self.prices, _firm(at.price * steady, pull.prices, self.stride * limits.worth), 1.0)
        self.hurdle = np.where(self.hurdles, _firm(at.hurdle * steady, pull.hurdles, self.stride * limits.rate), 1.0)
        self.boost = np.where(self.boosts, _firm(at.boost * steady, pull.boosts, self.stride) + slack, 1.0)
        self.cross = np.where(self.hurdles & self.boosts, -at.cross, 0.0)

    def move(self) -> Trio:
        """Newton's step, each buyer's and item's part shortened so that margins move by a stride at most."""
        over = np.where(self.prices, self.pull.prices, 0.0)
        moved = self._to_buyers(over / self.price)
        hurdles, boosts = self._solve(self._mask((self.pull.hurdles - moved[0], self.pull.boosts - moved[1])))
        prices = np.where(self.prices, (over - self._to_items((hurdles, boosts))) / self.price, 0.0)
        at, point, most = self.at, self.point, self.stride * self.near.limits.worth
        bend = at.hurdle * hurdles**2 - 2 * at.cross * hurdles * boosts + at.boost * boosts**2
        far = np.sqrt(np.maximum(bend, 0.0) / np.maximum(at.boost, 1e-300) + boosts**2)
        shorter = self.stride / np.maximum(far, self.stride)
        return Trio(
            np.maximum(np.clip(prices, -most, most), -point.prices),
            np.maximum(shorter * hurdles, -point.hurdles),
            np.clip(shorter * boosts, -point.boosts, MOST_BOOST - point.boosts),
        )

    def _solve(self, wanted: Pair) -> Pair:
        """Conjugate gradients on what is left when prices are eliminated."""
        moves = (np.zeros_like(wanted[0]), np.zeros_like(wanted[1]))
        rest = wanted
        toward = self._invert(rest)
        size = first = _dot(rest, toward)
        for _ in range(_ROUNDS):
            if size <= _ENOUGH**2 * first:
                break
            image = self._apply(toward)
            length = size / max(_dot(toward, image), 1e-300)
            moves = _add(moves, length, toward)
            rest = _add(rest, -length, image)
            ahead = self._invert(rest)
            size, last = _dot(rest, ahead), size
            toward = _add(ahead, size / last, toward)
        return moves

    def _apply(self, x: Pair) -> Pair:
        back = self._to_buyers(np.where(self.prices, self._to_items(x) / self.price, 0.0))
        hurdles = self.hurdle * x[0] + self.cross * x[1] - back[0]
        return self._mask((hurdles, self.boost * x[1] + self.cross * x[0] - back[1]))

    def _invert(self, x: Pair) -> Pair:
        """By the block of each buyer."""
        scale = self.hurdle * self.boost - self.cross**2
        return (self.boost * x[0] - self.cross * x[1]) / scale, (self.hurdle * x[1] - self.cross * x[0]) / scale

    def _mask(self, x: Pair) -> Pair:
        return np.where(self.hurdles, x[0], 0.0), np.where(self.boosts, x[1], 0.0)

    def _to_items(self, x: Pair) -> Floats:
        """What moves of hurdles and boosts take off demand, by item."""
        total = np.zeros_like(self.price)
        hurdles, boosts = x[0].astype(np.float32), x[1].astype(np.float32)
        for chunk, link in zip(self.near.chunks, self.at.links, strict=True):
            taken = hurdles[chunk.buyers].repeat(chunk.counts) * chunk.per_value
            if self.near.fair:
                taken -= boosts[chunk.buyers].repeat(chunk.counts)
            total += np.bincount(chunk.places, link * taken, len(total))
        return total

    def _to_buyers(self, prices: Floats) -> Pair:
        """What moves of prices take off spending and add to missing value, by buyer."""
        spend, value = np.zeros_like(self.hurdle), np.zeros_like(self.hurdle)
        singles = prices.astype(np.float32)
        for chunk, link in zip(self.near.chunks, self.at.links, strict=True):
            taken = singles[chunk.places] * link
            spend[chunk.buyers] += chunk.by_buyer(taken * chunk.per_value)
            if self.near.fair:
                value[chunk.buyers] -= chunk.by_buyer(taken)
        return spend, value


def _firm(slope: Floats, pull: Floats, stride: Floats | float) -> Floats:
    """The slope, raised where the pull alone would leap too many strides."""
    least = np.abs(pull) / np.maximum(_LEAP * stride, 1e-200)
    return np.maximum(np.maximum(slope, least), 1e-100)


def _dot(x: Pair, y: Pair) -> float:
    return float(x[0] @ y[0] + x[1] @ y[1])


def _add(x: Pair, factor: float, y: Pair) -> Pair:
    return x[0] + factor * y[0], x[1] + factor * y[1]
