"""Greedy: what a careful person does with a sheet sorted by value per dollar, client by client."""

from __future__ import annotations

import numpy as np

from allocation.engine.market import Block, Floats, Ints, Market
from allocation.engine.setup import Order, order_of

_USD = 100_000_000


def greedy(market: Market, *, refill: bool) -> float:
    """USD that greedy is worth, exactly priced; without floors and limits on the stores of an item.

    Clients come by falling balance. Each goes through its offers by value per dollar, every unit at its max shipping,
    and takes what its balance still pays. Refill spends what the true shipping leaves: again by value per dollar, now
    at min shipping, each purchase at its exact price and only where the value rises.
    """
    stock = market.goods.stock.copy()
    total = 0
    for place in sorted(range(len(market.buyers)), key=lambda place: (-market.buyers[place].budget, place)):
        total += _serve(market, place, stock, refill)
    return total / _USD


def _serve(market: Market, place: int, stock: Ints, refill: bool) -> int:
    """What one client's goods are worth in 1e-8 USD; they leave `stock`."""
    order, left = order_of(market, place), market.buyers[place].budget / 100
    block = order.block
    gain, spend = _per_case(market, block, market.goods.max_shipping)
    cases = np.zeros(len(gain), dtype=np.int64)
    for offer in _ranking(gain, spend):
        item = block.item[offer]
        count = min(int(block.cap[offer]), int(stock[item]), int(left / spend[offer] + 1e-9))
        cases[offer] = count
        stock[item] -= count
        left -= count * spend[offer]
    if refill:
        _refill(market, order, cases, stock)
    return order.price(cases)[0]


def _refill(market: Market, order: Order, cases: Ints, stock: Ints) -> None:
    """Adds to `cases` what the money still unspent buys."""
    block, budget = order.block, order.buyer.budget
    gain, spend = _per_case(market, block, market.goods.min_shipping)
    cart = order.cart(market.goods.stock, market.goods.max_stores)
    value, spent = cart.price(cases)
    for offer in _ranking(gain, spend):
        item = block.item[offer]
        room = min(int(block.cap[offer] - cases[offer]), int(stock[item]))
        count = min(room, int((budget - spent) / 100 / spend[offer] + 1e-9))
        while count:
            cases[offer] += count
            better, dearer = cart.price(cases)
            if better > value and dearer <= budget:
                value, spent = better, dearer
                stock[item] -= count
                break
            cases[offer] -= count
            count //= 2


def _per_case(market: Market, block: Block, shipping: Ints) -> tuple[Floats, Floats]:
    """USD of value after `shipping` (1/10,000 USD a unit) and USD of balance that a case of each offer takes."""
    units = market.goods.units[block.item]
    ship = shipping[block.item] * units / 1e4
    return block.value / _USD - ship, block.cost * units / 1e4 + ship


def _ranking(gain: Floats, spend: Floats) -> list[int]:
    """Offers worth having, the most value per dollar first."""
    order = np.argsort(-gain / spend, kind="stable")
    ranked: list[int] = order[gain[order] > 0].tolist()
    return ranked
