"""The exact price of whole cases on pallets, in integers.

The rule: goods in falling order of discount per load (ties by item id) go case by case onto the first pallet
with room, so the goods with the least discount per load share the last pallet. A unit on a pallet of fill f
costs max - (max - min) x f. A load counts in billionths of a pallet, rounded down, and a pallet holds one
billion. Cost and shipping of a line are rounded half up to the cent once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from allocation.engine.market import Floats, Ints

FULL = 1_000_000_000
_PRICE = 10_000  # prices per unit have 4 decimals


class Good(NamedTuple):
    """One offer in integers: units a case; cost, min and max shipping in 1/10,000 USD a unit; billionths a case."""

    units: int
    cost: int
    min_shipping: int
    max_shipping: int
    load: int


@dataclass(frozen=True, slots=True)
class Priced:
    """One store's goods: cents of cost and shipping a line in packing order, and the fills of its pallets."""

    costs: tuple[int, ...]
    shippings: tuple[int, ...]
    fills: tuple[int, ...]
    spent: int
    shipping: int


def price_store(lines: Iterable[tuple[Good, int]]) -> Priced:
    """The price of (good, cases > 0) lines of one store, given in falling order of discount per load."""
    lines = tuple(lines)
    fills: list[int] = []
    placed = [_place(good.load, cases, fills) for good, cases in lines]
    costs = tuple(half_up(good.cost * good.units * cases, _PRICE // 100) for good, cases in lines)
    shippings = tuple(
        _line_shipping(good, cases, where, fills) for (good, cases), where in zip(lines, placed, strict=True)
    )
    shipping = sum(shippings)
    return Priced(costs, shippings, tuple(fills), sum(costs) + shipping, shipping)


def _place(load: int, cases: int, fills: list[int]) -> list[tuple[int, int]]:
    """Puts cases on the first pallets with room, opening new ones; returns (pallet, cases) pairs."""
    where: list[tuple[int, int]] = []
    for pallet, fill in enumerate(fills):
        fitting = (FULL - fill) // load
        if fitting:
            taken = min(cases, fitting)
            fills[pallet] = fill + taken * load
            where.append((pallet, taken))
            cases -= taken
            if not cases:
                return where
    per_pallet = FULL // load
    while cases:
        taken = min(cases, per_pallet)
        where.append((len(fills), taken))
        fills.append(taken * load)
        cases -= taken
    return where


def _line_shipping(good: Good, cases: int, where: list[tuple[int, int]], fills: list[int]) -> int:
    filled = sum(taken * fills[pallet] for pallet, taken in where)
    discount = (good.max_shipping - good.min_shipping) * filled
    price = (good.max_shipping * cases * FULL - discount) * good.units
    return half_up(price, _PRICE // 100 * FULL)


def rounding_credits(units: Ints, unit_cost: Ints, low: Ints, high: Ints) -> tuple[Floats, Floats]:
    """USD that rounding to the cent may take off a line's shipping and off its cost at most: half a cent each, unless
    it is always exact. Prices are 1/10,000 USD a unit, `low` and `high` of shipping.
    """
    exact = (low == high) & (low * units % 100 == 0)
    return np.where(exact, 0.0, 0.005), np.where(unit_cost * units % 100 == 0, 0.0, 0.005)


def half_up(amount: int, unit: int) -> int:
    """`amount` in whole `unit`s, halves up."""
    return (2 * amount + unit) // (2 * unit)
