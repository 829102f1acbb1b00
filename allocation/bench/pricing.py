"""The exact price of any plan's lines, by the engine's rule."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allocation.engine.market import Market
from allocation.engine.setup import order_of

_USD = 100_000_000


def price_lines(market: Market, lines: Iterable[tuple[str, str, int]]) -> tuple[float, float]:
    """(value after shipping, spent beyond the balances) in USD of (store id, item id, cases) lines."""
    wanted: dict[str, dict[int, int]] = {}
    numbers = {key: place for place, key in enumerate(market.goods.ids)}
    for store, item, count in lines:
        wanted.setdefault(store, {})[numbers[item]] = count
    total = over = 0
    for place, buyer in enumerate(market.buyers):
        order = order_of(market, place)
        block = order.block
        cases = np.zeros(len(block.item), dtype=np.int64)
        for number, key in enumerate(buyer.stores):
            first, last = np.searchsorted(block.store, [number, number + 1]).tolist()
            for at, count in wanted.get(key, {}).items():
                cases[first + int(np.searchsorted(block.item[first:last], at))] = count
        value, spent = order.price(cases)
        total += value
        over += max(0, spent - buyer.budget)
    return total / _USD, over / 100
