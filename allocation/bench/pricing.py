"""The exact price of any plan's lines, by the engine's rule."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allocation.engine.market import Block, Ints, Market
from allocation.engine.pricing import Good, price_store

_USD = 100_000_000
_CENT = 1_000_000


def price_lines(market: Market, lines: Iterable[tuple[str, str, int]]) -> tuple[float, float]:
    """(value after shipping, spent beyond the balances) in USD of (store id, item id, cases) lines."""
    wanted: dict[str, dict[int, int]] = {}
    numbers = {key: place for place, key in enumerate(market.goods.ids)}
    for store, item, count in lines:
        wanted.setdefault(store, {})[numbers[item]] = count
    total = over = 0
    for place, buyer in enumerate(market.buyers):
        block = market.offers.of(place)
        cases = np.zeros(len(block.item), dtype=np.int64)
        for number, key in enumerate(buyer.stores):
            first, last = np.searchsorted(block.store, [number, number + 1]).tolist()
            for at, count in wanted.get(key, {}).items():
                cases[first + int(np.searchsorted(block.item[first:last], at))] = count
        value, spent = price_cases(market, block, cases)
        total += value
        over += max(0, spent - buyer.budget)
    return total / _USD, over / 100


def price_cases(market: Market, block: Block, cases: Ints) -> tuple[int, int]:
    """(value after shipping in 1e-8 USD, cents spent) of a buyer's `cases`, one entry an offer of its block."""
    goods, used = market.goods, np.flatnonzero(cases)
    item = block.item[used]
    saving = (goods.max_shipping - goods.min_shipping)[item] * goods.units[item] / goods.load[item]
    used = used[np.lexsort((item, -saving, block.store[used]))]
    value, spent = int(block.value[used] @ cases[used]), 0
    for store in np.unique(block.store[used]).tolist():
        mine = used[block.store[used] == store]
        priced = price_store(zip(_goods(market, block, mine), cases[mine].tolist(), strict=True))
        value -= priced.shipping * _CENT
        spent += priced.spent
    return value, spent


def _goods(market: Market, block: Block, offers: Ints) -> list[Good]:
    goods, item = market.goods, block.item[offers]
    columns = (
        goods.units[item],
        block.cost[offers],
        goods.min_shipping[item],
        goods.max_shipping[item],
        goods.load[item],
    )
    return [Good(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
