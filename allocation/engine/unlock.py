"""What ungating would be worth: each brand at each store, and each brand over all stores.

Everything is counted at the plan's prices of stock. For any prices, no plan is worth more than
UB = (prices x stock) + sum over clients of what their money earns at most at those prices (one row, cases split, all
shipping at its least). Ungating a group of offers at a store raises that client's part of UB by its `up_to` and leaves
the rest: so no plan with the group allowed is worth more than UB + `up_to`. Where the prices are the best ones, `up_to`
is thus never below what the linear programme gains; on whole cases it is an estimate of the gain, hence "up to".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocation.engine.amounts import up_to
from allocation.engine.knapsack import best_buys
from allocation.engine.market import Block, Buyer, Floats, Ints
from allocation.engine.position import Position, Wants, figures

EXACT = 20  # groups of a client whose worth is worked out exactly; the others keep the quick figure, which is higher


@dataclass(frozen=True)
class Gated:
    """Offers to one client that only gating blocks: items are places in the market's goods.

    `group` has a place in the list of groups (brands, say) for each offer; the list is the same for all clients.
    """

    block: Block
    group: Ints


@dataclass(frozen=True)
class Unlocked:
    """Worth of one client's gated offers.

    By pair of store and group: `up_to` in USD and how many `items` would gain. By offer that would gain: its `pair`,
    its item, the cases (`room`) and the `gain` in USD a case above the client's hurdle.
    """

    stores: tuple[str, ...]
    group: Ints
    up_to: Floats
    items: Ints
    pair: Ints
    item: Ints
    room: Floats
    gain: Floats


@dataclass(frozen=True)
class StoreWorth:
    """Ungating a group at one store alone: up to so many USD of value, by so many ASINs."""

    store: str
    group: int
    up_to: Decimal
    items: int

    def words(self, name: str) -> str:
        """The sentence for people; `name` is the group's."""
        asins = "1 ASIN" if self.items == 1 else f"{self.items:,} ASINs"
        return f"Ungating {name} at {self.store} is worth up to ${self.up_to:,.2f} ({asins})."


@dataclass(frozen=True)
class GroupWorth:
    """Ungating a group at all of `stores`, best first: up to so many USD together, no case of stock counted twice."""

    group: int
    up_to: Decimal
    stores: tuple[StoreWorth, ...]


def worth_of_groups(position: Position, buyer: int, gated: Gated, exact: int = EXACT) -> Unlocked:
    """What the client at this place in the market would gain from each group, store by store, each alone.

    Ranked by a quick figure (cases x gain above the hurdle), the `exact` largest are replaced by the difference of the
    client's one-row programme with and without the group. Both are bounds in the sense of this module.
    """
    goods, holding = position.market.goods, position.holding(buyer)
    wants = holding.wants(goods.stock[holding.block.item], holding.price).sorted()
    money, base = wants.money, _columns(wants)
    returns = best_buys(*base)
    hurdle, value = returns.hurdle(money), returns.value(money)
    extra = _columns(_wants(position, holding.buyer, gated.block, money))
    gain, room = np.maximum(extra[0] - hurdle * extra[1], 0.0), extra[2]
    kept = np.flatnonzero((gain > 0) & (room > 0))
    width = int(gated.group.max(initial=0)) + 1
    keys, pair = np.unique((gated.block.store * width + gated.group)[kept], return_inverse=True)
    bounds = np.bincount(pair, weights=(room * gain)[kept], minlength=len(keys)).astype(np.float64)
    for number in np.argsort(-bounds, kind="stable")[:exact].tolist():
        rows = kept[pair == number]
        both = best_buys(*(np.concatenate((old, new[rows])) for old, new in zip(base, extra, strict=True)))
        bounds[number] = min(bounds[number], max(0.0, both.value(money) - value))
    return Unlocked(
        stores=tuple(holding.buyer.stores[place] for place in (keys // width).tolist()),
        group=keys % width,
        up_to=bounds,
        items=np.bincount(pair, minlength=len(keys)),
        pair=pair.astype(np.int64),
        item=gated.block.item[kept],
        room=room[kept],
        gain=gain[kept],
    )


def rank_stores(unlocked: Unlocked, first: int = EXACT) -> tuple[StoreWorth, ...]:
    """The client's `first` pairs of store and group that are worth most."""
    ranked = np.argsort(-unlocked.up_to, kind="stable")[:first].tolist()
    return tuple(_store_worth(unlocked, pair) for pair in ranked)


def rank_overall(clients: Sequence[Unlocked], stock: Ints, first: int = EXACT) -> tuple[GroupWorth, ...]:
    """The `first` groups that are worth most when they are ungated at all stores that gain; `stock` in cases an item.

    The figure of a group is the lower of two bounds: the sum over the stores, and the gains above the hurdles with
    each case of stock given once, to the stores that gain most from it.
    """
    group = np.concatenate([one.group for one in clients]) if clients else np.zeros(0, dtype=np.int64)
    size = int(group.max(initial=-1)) + 1
    if not size:
        return ()
    alone = np.bincount(group, weights=np.concatenate([one.up_to for one in clients]), minlength=size)
    bounds = np.minimum(alone, _shared(clients, stock, size))
    ranked = [number for number in np.argsort(-bounds, kind="stable").tolist() if bounds[number] > 0][:first]
    return tuple(GroupWorth(number, up_to(bounds[number]), _stores_of(clients, number)) for number in ranked)


def _shared(clients: Sequence[Unlocked], stock: Ints, size: int) -> Floats:
    """By group the gains above the hurdles, each case of stock counted once, the highest gains first."""
    group = np.concatenate([one.group[one.pair] for one in clients])
    item, room, gain = (np.concatenate([getattr(one, name) for one in clients]) for name in ("item", "room", "gain"))
    order = np.lexsort((-gain, item, group))
    group, item, room, gain = group[order], item[order], room[order], gain[order]
    starts = np.flatnonzero(np.concatenate(([True], (group[1:] != group[:-1]) | (item[1:] != item[:-1]))))
    taken = np.cumsum(room) - room
    before = taken - np.repeat(taken[starts], np.diff(np.append(starts, len(room))))
    cases = np.clip(stock[item] - before, 0, room)
    return np.bincount(group, weights=cases * gain, minlength=size).astype(np.float64)


def _stores_of(clients: Sequence[Unlocked], group: int) -> tuple[StoreWorth, ...]:
    found = [
        _store_worth(one, pair)
        for one in clients
        for pair in np.flatnonzero(one.group == group).tolist()
        if one.up_to[pair]
    ]
    return tuple(sorted(found, key=lambda worth: (-worth.up_to, worth.store)))


def _store_worth(unlocked: Unlocked, pair: int) -> StoreWorth:
    return StoreWorth(
        store=unlocked.stores[pair],
        group=int(unlocked.group[pair]),
        up_to=up_to(float(unlocked.up_to[pair])),
        items=int(unlocked.items[pair]),
    )


def _wants(position: Position, buyer: Buyer, block: Block, money: float) -> Wants:
    """The gated offers as if they were open."""
    goods = position.market.goods
    own = figures(goods, buyer, block)
    return Wants(
        gain=own.net - position.price[block.item] + own.ship_credit,
        weight=own.weight,
        credit=own.credit,
        most=np.minimum(block.cap, goods.stock[block.item]),
        base=0.0,
        money=money,
    )


def _columns(wants: Wants) -> tuple[Floats, Floats, Floats]:
    return wants.gain, wants.spend, wants.room()
