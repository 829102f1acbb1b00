"""One buyer's offers as prices see them: each unit at its least shipping, no loads, and floors bought first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np

from allocation.engine.market import Floats, Ints, Market, payable
from allocation.engine.pricing import rounding_credits

LEAST = 1e-9  # USD of budget below which a case is free


@dataclass(frozen=True)
class Floors:
    """Cases that are bought first: by buyer the places in its block and the cases, and the stock they leave."""

    cases: Sequence[tuple[Ints, Ints]]
    free: Ints


@dataclass(frozen=True)
class Terms:
    """One buyer's offers above its floors, one entry an offer of its block.

    `net` is USD a case after the least shipping and `weight` USD of budget a case; rounding may make a line better by
    `net_credit` and `weight_credit` USD. `most` is what cap and whole budget allow in cases. `money` is the budget in
    USD after the floors, which are worth `fixed` USD.
    """

    item: Ints
    net: Floats
    weight: Floats
    net_credit: Floats
    weight_credit: Floats
    most: Ints
    money: float
    fixed: float

    def room(self, stock: Ints) -> Ints:
        """Cases that each offer may have of `stock` cases by item."""
        left: Ints = np.clip(stock[self.item], 0, self.most)
        return left


def terms(market: Market, buyer: int, floors: tuple[Ints, Ints]) -> Terms:
    """The buyer's terms with its `floors` (places in its block, cases)."""
    block, goods = market.offers.of(buyer), market.goods
    units, least = goods.units[block.item], goods.min_shipping[block.item]
    shipping, cost = least * units, block.cost * units
    net_credit, cost_credit = rounding_credits(units, block.cost, least, goods.max_shipping[block.item])
    weight_credit = net_credit + cost_credit
    net, weight = block.value / 1e8 - shipping / 1e4, (cost + shipping) / 1e4
    places, cases = floors
    price, credit = cost + shipping, np.rint(weight_credit * 1e4).astype(np.int64)
    promised = sum(map(mul, price[places].tolist(), cases.tolist())) - int(credit[places].sum())
    pays = payable(market.buyers[buyer].budget * 100 - promised, price, credit)
    money = market.buyers[buyer].budget / 100 - float(weight[places] @ cases - weight_credit[places].sum())
    fixed = float(net[places] @ cases + net_credit[places].sum())
    net_credit[places] = weight_credit[places] = 0.0
    most = np.minimum(block.cap, pays)
    most[places] = np.minimum(pays[places], block.cap[places] - cases)
    return Terms(block.item, net, weight, net_credit, weight_credit, np.maximum(most, 0), max(0.0, money), fixed)


def ceiling(worth: Floats, terms: Terms, room: Ints, hurdle: float) -> float:
    """USD that no line-up of up to `room` cases an offer of `worth` USD each exceeds, for any `hurdle` >= 0.

    Each line may be better by its rounding, once.
    """
    margin = worth - hurdle * terms.weight
    line = np.maximum(room, 1) * np.maximum(margin, 0.0) + np.minimum(margin, 0.0)
    line += terms.net_credit + hurdle * terms.weight_credit
    return terms.money * hurdle + float(np.maximum(line, 0.0) @ (room > 0))


def floors_of(market: Market, granted: Sequence[Ints] | None) -> Floors:
    """The floors `granted` (cases an offer, in the order of each buyer's block), or every offer's own, buyer by buyer
    as far as stock goes.
    """
    free, kept = market.goods.stock.copy(), []
    for buyer in range(len(market.buyers)):
        wanted = None if granted is None else granted[buyer]
        if wanted is not None and not wanted.any():
            kept.append((wanted[:0], wanted[:0]))
            continue
        block = market.offers.of(buyer)
        wanted = block.floor if wanted is None else wanted
        places = np.flatnonzero(wanted)
        cases = wanted[places]
        for index, item in enumerate(block.item[places].tolist()):
            cases[index] = min(cases[index], free[item])
            free[item] -= cases[index]
        kept.append((places[cases > 0], cases[cases > 0]))
    return Floors(kept, free)
