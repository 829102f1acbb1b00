"""A market read once: what the search for prices works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocation.engine.knapsack import best_buys
from allocation.engine.market import Floats, Ints, Market
from allocation.engine.pairs import Chunk, Packer, Singles
from allocation.engine.slopes import Limits, Trio
from allocation.engine.terms import Floors, ceiling, floors_of, terms


@dataclass(frozen=True)
class Book:
    """What the search for prices works on: floors, chunks, limits, the first picks of the buyers in USD, of which
    `fixed` are their floors, which buyers have anything to buy at all (`buying`), and the point where everyone has
    first pick.
    """

    floors: Floors
    chunks: Sequence[Chunk]
    limits: Limits
    first_picks: Floats
    fixed: Floats
    buying: NDArray[np.bool_]
    start: Trio


def open_book(market: Market, granted: Sequence[Ints] | None) -> Book:
    """Reads the market once; `granted` as in `floors_of`."""
    floors, packer, buyers = floors_of(market, granted), Packer(), len(market.buyers)
    money, first, fixed, hurdles = (np.zeros(buyers) for _ in range(4))
    for buyer in range(buyers):
        offers = terms(market, buyer, floors.cases[buyer])
        room = offers.room(floors.free)
        hurdles[buyer] = best_buys(offers.net, offers.weight, room).hurdle(offers.money)
        money[buyer], fixed[buyer] = offers.money, offers.fixed
        first[buyer] = offers.fixed + ceiling(offers.net, offers, room, hurdles[buyer])
        packer.add(buyer, offers, room)
    packer.flush()
    limits = _limits(packer.chunks, floors.free.astype(np.float64), money)
    buying = (limits.rate > 0) & (first > 0)
    return Book(
        floors,
        packer.chunks,
        limits,
        first,
        fixed,
        buying,
        Trio(np.zeros(len(floors.free)), hurdles, np.zeros(buyers)),
    )


def _limits(chunks: Sequence[Chunk], stock: Floats, money: Floats) -> Limits:
    """The limits with the usual worth of a case and the usual return of a dollar."""
    pairs, worths = np.zeros_like(stock), np.zeros_like(stock)
    value, spend = np.zeros_like(money), np.zeros_like(money)
    for chunk in chunks:
        net: Singles = np.reciprocal(chunk.per_net)
        pairs += np.bincount(chunk.places, minlength=len(stock))
        worths += np.bincount(chunk.places, net, len(stock))
        value[chunk.buyers] += chunk.by_buyer(chunk.room * net)
        spend[chunk.buyers] += chunk.by_buyer(chunk.room * net * chunk.per_value)
    return Limits(stock, worths / np.maximum(pairs, 1), money, value / np.maximum(spend, 1e-300))
