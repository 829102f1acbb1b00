"""A bound on several clients together: the linear programme with every unit at its least shipping."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from allocation.engine.cart import Cart, Floats, Ints
from allocation.engine.kernel import affordable
from allocation.engine.model import Matrix, Model

MOST_OFFERS = 400_000


def joint_bound(carts: Sequence[Cart], items: Sequence[Ints], stock: Ints) -> float:
    """USD that no plan which keeps the carts' floors exceeds.

    `items[c]` are the places of cart c's items in `stock` (cases for all clients together). The programme's
    prices are only used as prices: the bound is added up from them over every offer. With more than
    MOST_OFFERS offers stock is priced at 0 and every client buys with first pick.
    """
    where = [places[cart.item] for cart, places in zip(carts, items, strict=True)]
    prices = np.zeros(len(stock))
    if sum(len(cart.goods) for cart in carts) <= MOST_OFFERS:
        prices = _prices(carts, where, stock)
    bounds = [first_pick(cart, prices[places]) for cart, places in zip(carts, where, strict=True)]
    return float(prices @ stock) + math.fsum(bounds)


def first_pick(cart: Cart, prices: Floats | float = 0.0) -> float:
    """USD that one client reaches at most at `prices` of stock an offer, all shipping at its least."""
    room = affordable(cart)
    net = cart.net - prices
    there = cart.low > 0
    credit = cart.ship_credit + cart.cost_credit
    money = cart.budget / 100 - float(cart.weight @ cart.low - credit[there].sum())
    fixed = float(net @ cart.low + cart.ship_credit[there].sum())
    # A line's rounding is granted to each of its cases, so that buying by return stays a bound.
    gain, spend = net + cart.ship_credit, np.maximum(cart.weight - credit, 1e-9)
    order = np.argsort(-(gain / spend), kind="stable")
    order = order[(gain > 0)[order] & (room > 0)[order]]
    spent = np.cumsum((room * spend)[order])
    whole = int(np.searchsorted(spent, money, side="right"))
    total = fixed + float((room * gain)[order[:whole]].sum())
    if whole < len(order):
        before = float(spent[whole - 1]) if whole else 0.0
        total += max(0.0, money - before) * float((gain / spend)[order[whole]])
    return total


def _prices(carts: Sequence[Cart], where: Sequence[Ints], stock: Ints) -> Floats:
    """USD a case of stock is worth in the linear programme of all clients."""
    rooms = [affordable(cart) for cart in carts]
    place = np.concatenate(where)
    floors = np.bincount(place, weights=np.concatenate([cart.low for cart in carts]), minlength=len(stock))
    wanted = np.bincount(place, weights=np.concatenate(rooms), minlength=len(stock))
    scarce = np.flatnonzero(wanted > stock - floors)
    if not len(scarce):
        return np.zeros(len(stock))
    row_of_item = np.full(len(stock), -1)
    row_of_item[scarce] = len(carts) + np.arange(len(scarce))
    held = np.flatnonzero(row_of_item[place] >= 0)
    client = np.repeat(np.arange(len(carts)), [len(cart.goods) for cart in carts])
    weights = np.concatenate([cart.weight for cart in carts])
    matrix = Matrix(
        np.concatenate((client, row_of_item[place[held]])),
        np.concatenate((np.arange(len(place)), held)),
        np.concatenate((weights, np.ones(len(held)))),
    )
    money = [max(0.0, cart.budget / 100 - float(cart.weight @ cart.low)) for cart in carts]
    high = np.concatenate((money, (stock - floors)[scarce]))
    net = np.concatenate([cart.net for cart in carts])
    model = Model(net, np.concatenate(rooms).astype(float), (np.full(len(high), -math.inf), high), matrix)
    prices = np.zeros(len(stock))
    prices[scarce] = np.maximum(model.solve().duals[len(carts) :], 0.0)
    return prices
