"""The smoothed dual of a batch and its derivatives.

A buyer takes a pair while `z = 1 + boost - (price + hurdle x weight) / net > 0`, where `price` is what the stock is
worth elsewhere, `hurdle` what a dollar of the budget earns, and `boost` what fairness adds to the buyer's value. That
threshold is replaced by the share `1 / (1 + exp(-z / heat))` of the pair's room, which makes the dual smooth and
strictly convex. Pairs far from their margin are bought whole or left out, so that only those near it are read again
and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.engine.market import Floats
from allocation.engine.pairs import Chunk, Singles

_NEAR = 20.0  # heats from the margin beyond which a pair is bought whole or not at all


@dataclass(frozen=True)
class Trio:
    """`prices` by item, `hurdles` and `boosts` by buyer: a point, a move, or what pulls at a point.

    A point is USD of value a case, USD of value a USD of budget, and USD more a USD of value. A pull is cases, USD of
    budget and USD of value: positive where demand is above stock, spending above the budget, value below what fairness
    asks for, so that the point should rise.
    """

    prices: Floats
    hurdles: Floats
    boosts: Floats

    def plus(self, other: Trio, factor: float = 1.0) -> Trio:
        return Trio(
            self.prices + factor * other.prices,
            self.hurdles + factor * other.hurdles,
            self.boosts + factor * other.boosts,
        )

    def dot(self, other: Trio) -> float:
        return float(self.prices @ other.prices + self.hurdles @ other.hurdles + self.boosts @ other.boosts)


@dataclass(frozen=True)
class Ask:
    """What fairness asks for, by buyer: `targets` in USD of value, each less by `slack` USD for every USD of boost."""

    targets: Floats
    slack: Floats


@dataclass(frozen=True)
class Limits:
    """By item cases of `stock` and the usual `worth` of a case in USD; by buyer USD of `money` and its usual `rate` of
    value a USD.
    """

    stock: Floats
    worth: Floats
    money: Floats
    rate: Floats
    ask: Ask | None = None

    def nothing(self) -> Trio:
        return Trio(np.zeros_like(self.stock), np.zeros_like(self.money), np.zeros_like(self.money))


@dataclass(frozen=True)
class Slopes:
    """The `pull` at a point, its `drift` for a heat that falls by itself, and how it gives way to moves.

    `price` by item, `hurdle` and `boost` by buyer are the second derivatives, `cross` those of hurdle with boost,
    `links` those that join item and buyer, one number a pair of each chunk.
    """

    pull: Trio
    drift: Trio
    price: Floats
    hurdle: Floats
    boost: Floats
    cross: Floats
    links: list[Singles]


def margins(chunk: Chunk, point: Trio) -> Singles:
    """`z` of each pair."""
    z = (1.0 + point.boosts[chunk.buyers]).astype(np.float32).repeat(chunk.counts)
    z -= point.prices.astype(np.float32)[chunk.places] * chunk.per_net
    z -= point.hurdles[chunk.buyers].astype(np.float32).repeat(chunk.counts) * chunk.per_value
    return z


def shares(z: Singles, heat: float) -> Singles:
    """Of its room, what a pair takes at this heat."""
    taken: Singles = np.float32(0.5) + np.float32(0.5) * np.tanh(z * np.float32(0.5 / heat))
    return taken


def buy(chunk: Chunk, share: Singles, pull: Trio, fair: bool) -> None:
    """Adds to `pull` what is bought when each pair of the chunk takes this share of its room."""
    value = chunk.room / chunk.per_net * share
    pull.prices[:] += np.bincount(chunk.places, chunk.room * share, len(pull.prices))
    pull.hurdles[chunk.buyers] += chunk.by_buyer(value * chunk.per_value)
    if fair:
        pull.boosts[chunk.buyers] -= chunk.by_buyer(value)


class Near:
    """The pairs near their margin at one heat, and what all others buy."""

    def __init__(self, chunks: Sequence[Chunk], limits: Limits, point: Trio, heat: float) -> None:
        self.heat, self.limits, self.fair = heat, limits, limits.ask is not None
        self.rest = limits.nothing()
        self.chunks: list[Chunk] = []
        for chunk in chunks:
            z = margins(chunk, point)
            buy(chunk, (z >= _NEAR * heat).astype(np.float32), self.rest, self.fair)
            near = chunk.pick(np.abs(z) < _NEAR * heat)
            if len(near.item):
                self.chunks.append(near)

    def slopes(self, point: Trio) -> Slopes:
        limits = self.limits
        wanting = Trio(-limits.stock, -limits.money, np.zeros_like(limits.money))
        if limits.ask is not None:
            wanting.boosts[:] = limits.ask.targets - limits.ask.slack * point.boosts
        price, hurdle, boost, cross = (np.zeros_like(like) for like in (limits.stock, *(limits.money,) * 3))
        at = Slopes(self.rest.plus(wanting), limits.nothing(), price, hurdle, boost, cross, [])
        for chunk in self.chunks:
            z = margins(chunk, point)
            share = shares(z, self.heat)
            bend = share * (1 - share) * np.float32(1 / self.heat)
            buy(chunk, share, at.pull, self.fair)
            buy(chunk, bend * z, at.drift, self.fair)
            _bend(chunk, bend, at)
        return at


def _bend(chunk: Chunk, bend: Singles, at: Slopes) -> None:
    """Adds the chunk's second derivatives."""
    slope = chunk.room / chunk.per_net * bend
    link = slope * chunk.per_net
    at.links.append(link)
    at.price[:] += np.bincount(chunk.places, link * chunk.per_net, len(at.price))
    at.boost[chunk.buyers] += chunk.by_buyer(slope)
    slope *= chunk.per_value
    at.cross[chunk.buyers] += chunk.by_buyer(slope)
    at.hurdle[chunk.buyers] += chunk.by_buyer(slope * chunk.per_value)
