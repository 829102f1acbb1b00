"""Fairness: the share of its first pick that every buyer can reach together, and what that asks of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from allocation.engine.book import Book
from allocation.engine.slopes import Ask, Trio, margins, shares
from allocation.engine.smooth import MOST_BOOST, follow

_ROUNDS = 3
_CLOSE = 0.01  # of a share: near enough to the largest
_SURE = 0.01  # of the dual's value: a point that less pulls at says how much is too much


def ask_for(book: Book, share: float, slack: float = 0.0) -> Ask:
    """Asks that each buyer that can buy anything reaches `share` of its first pick, less its boost times `slack` /
    MOST_BOOST.
    """
    first = np.where(book.buying, book.first_picks, 0.0)
    targets = np.where(book.buying, np.maximum(share * first - book.fixed, 0.0), 0.0)
    return Ask(targets, first * slack / MOST_BOOST)


def common_share(book: Book, start: Trio, heats: Sequence[float], bound: float, stop: Callable[[], bool]) -> float:
    """A share of its first pick that every buyer reaches together when cases may be split; nearly the largest.

    `start` is the point without fairness at the first of the `heats`, `bound` USD that no plan exceeds. Each round asks
    for what is surely too much and lets go where that costs most, so that the shares come out nearly equal.
    """
    if not book.buying.any():
        return 1.0
    low, _ = reach(book, start, heats[0])
    high = min(1.0, max(0.0, bound) / max(float(book.first_picks.sum()), 1e-9))
    for number in range(_ROUNDS):
        if high - low <= _CLOSE or stop():
            break
        limits = replace(book.limits, ask=ask_for(book, high, high - low))
        *_, rest = follow(book.chunks, limits, start, heats[-1:] if number else heats)
        start = rest.point
        reached, most = reach(book, start, rest.heat)
        low = max(low, reached)
        if rest.left <= _SURE:
            high = min(high, max(low, most))
    return max(low, 0.0)


def reach(book: Book, point: Trio, heat: float) -> tuple[float, float]:
    """The least share of its first pick that a buyer reaches when each takes what it wants at the point, less where
    that is more than the stock or its budget; and the boosted buyers' mean, which no common share exceeds.
    """
    stock, money = book.limits.stock, book.limits.money
    wanted = np.zeros_like(stock)
    for chunk in book.chunks:
        wanted += np.bincount(chunk.places, chunk.room * shares(margins(chunk, point), heat), len(stock))
    served = np.minimum(1.0, stock / np.maximum(wanted, 1e-300)).astype(np.float32)
    spent, value = np.zeros_like(money), np.zeros_like(money)
    for chunk in book.chunks:
        worth = chunk.room / chunk.per_net * shares(margins(chunk, point), heat) * served[chunk.places]
        value[chunk.buyers] += chunk.by_buyer(worth)
        spent[chunk.buyers] += chunk.by_buyer(worth * chunk.per_value)
    value *= np.minimum(1.0, money / np.maximum(np.maximum(spent, money), 1e-300))
    value, first, weight = (part[book.buying] for part in (value + book.fixed, book.first_picks, 1 + point.boosts))
    return float((value / first).min()), float(weight @ value) / float(weight @ first)
