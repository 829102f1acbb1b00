"""Markets as arrays: odd small ones, contended ones with brands, and their linear programme without any tricks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from allocation.engine.market import ANY, Block, Buyer, Goods, Ints, ListedOffers, Market
from allocation.engine.model import Matrix, Model


def hand_made(
    budgets: list[int], stock: list[int], values: list[list[float]], *, cost: float = 10.0, fairness: float = 0.0
) -> Market:
    """Buyers with one store and `budgets` in USD; items of one unit a case at `cost` USD, shipped for nothing.

    `values[buyer][item]` is USD a case; 0 where the item is not on offer.
    """
    count = len(stock)
    nothing = np.zeros(count, dtype=np.int64)
    rows = [np.flatnonzero(row) for row in np.array(values)]
    item = np.concatenate(rows).astype(np.int64)
    worth = np.concatenate([np.array(row)[there] for row, there in zip(values, rows, strict=True)])
    block = Block(
        store=np.zeros_like(item),
        item=item,
        value=np.round(worth * 1e8).astype(np.int64),
        cost=np.full_like(item, round(cost * 10_000)),
        cap=np.full_like(item, ANY),
        floor=np.zeros_like(item),
    )
    goods = Goods(
        ids=tuple(f"i{place}" for place in range(count)),
        units=nothing + 1,
        cost=nothing + round(cost * 10_000),
        min_shipping=nothing,
        max_shipping=nothing,
        load=nothing + 10_000_000,
        stock=np.array(stock, dtype=np.int64),
        max_stores=nothing + ANY,
    )
    buyers = tuple(Buyer(f"c{place}", budget * 100, 1.0, (f"s{place}",)) for place, budget in enumerate(budgets))
    first = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return Market(goods, buyers, ListedOffers(first, block), fairness=fairness)


def odd_market(seed: int) -> Market:
    """Up to 6 buyers with up to 3 stores and 12 items: caps, floors, losses, free cases, empty budgets and stock."""
    rng = np.random.default_rng(seed)
    items, buyers = int(rng.integers(1, 13)), int(rng.integers(1, 7))
    low = rng.choice([0, 1, 33, 2_500, 9_000], items)
    goods = Goods(
        ids=tuple(f"i{place:02d}" for place in range(items)),
        units=rng.integers(1, 13, items),
        cost=rng.choice([1, 7, 100, 12_345, 150_000], items),
        min_shipping=low,
        max_shipping=low + rng.choice([0, 0, 77, 5_000], items),
        load=rng.integers(1, 1_000_000_000, items),
        stock=rng.integers(0, 9, items),
        max_stores=rng.choice([1, 2, ANY], items),
    )
    people = tuple(
        Buyer(
            id=f"c{place}",
            budget=int(rng.choice([0, 1, 90, 5_000, 60_000])),
            weight=1.0,
            stores=tuple(f"c{place}s{store}" for store in range(rng.integers(1, 4))),
        )
        for place in range(buyers)
    )
    blocks = [_odd_block(rng, goods, len(person.stores)) for person in people]
    return Market(goods, people, _listed(blocks), fairness=float(rng.choice([0.0, 0.5, 0.9, 1.0])))


def contended(
    seed: int,
    *,
    buyers: int = 40,
    items: int = 300,
    stock: float = 1.0,
    stores: int = 1,
    weights: tuple[float, ...] = (1.0, 1.25, 1.5),
    fairness: float = 0.0,
) -> Market:
    """Buyers with $2,000 to $50,000, ungated for a quarter of the brands; `stock` is its worth over all budgets."""
    rng = np.random.default_rng(seed)
    brand = rng.integers(0, items // 10, items)
    cost = np.round(np.clip(rng.lognormal(2.7, 0.6, items), 2, 90) * 100).astype(np.int64) * 100
    units = rng.choice([4, 6, 8, 12, 24], items)
    low = rng.integers(20, 91, items) * 100
    money = np.round(rng.permutation(np.geomspace(2_000, 50_000, buyers)), 2)
    share = rng.lognormal(0, 0.8, items)
    cases = np.maximum(1, np.round(share / share.sum() * stock * money.sum() / (cost * units / 1e4)))
    goods = Goods(
        ids=tuple(f"i{place:04d}" for place in range(items)),
        units=units,
        cost=cost,
        min_shipping=low,
        max_shipping=low + rng.integers(30, 121, items) * 100,
        load=rng.integers(4_000_000, 40_000_000, items),
        stock=cases.astype(np.int64),
        max_stores=np.full(items, ANY),
    )
    people = tuple(
        Buyer(f"c{place:03d}", round(sum_ * 100), weights[place % len(weights)], tuple(map(str, range(stores))))
        for place, sum_ in enumerate(money.tolist())
    )
    worth = np.round(cost * rng.uniform(0.2, 0.4, items)).astype(np.int64) * 10_000 * units
    blocks = []
    for person in people:
        row = [np.flatnonzero((rng.random(items // 10) < 0.25)[brand]) for _ in range(stores)]
        item = np.concatenate(row)
        value = np.round(worth[item] * person.weight).astype(np.int64)
        store = np.repeat(np.arange(stores), [len(part) for part in row])
        blocks.append(Block(store, item, value, cost[item], np.full_like(item, ANY), np.zeros_like(item)))
    return Market(goods, people, _listed(blocks), fairness=fairness)


def with_floors(market: Market, seed: int) -> Market:
    """The same market with a floor of one case on a few offers."""
    offers = market.offers
    assert isinstance(offers, ListedOffers)
    rng = np.random.default_rng(seed)
    floor = (rng.random(len(offers.block.item)) < 0.01).astype(np.int64)
    return replace(market, offers=replace(offers, block=replace(offers.block, floor=floor)))


@dataclass(frozen=True)
class Linear:
    """The linear programme of a market: all shipping at its least, floors (cases an offer) kept, nothing rounded.

    One entry an offer of all buyers: `net` USD a case after shipping, `room` cases above the floors; `rows` holds money
    by buyer and stock by item, of which `high` are there. The floors are worth `fixed` USD.
    """

    buyer: Ints
    net: np.ndarray
    room: np.ndarray
    rows: Matrix
    high: np.ndarray
    fixed: float

    def best(self) -> float:
        """USD at most."""
        answer = Model(self.net, self.room, (np.full(len(self.high), -math.inf), self.high), self.rows).solve()
        assert answer.ok
        return self.fixed + float(self.net @ answer.values)

    def best_share(self, first_picks: np.ndarray) -> float:
        """The largest share of its first pick, in USD, that every buyer reaches together."""
        offers, buyers = len(self.net), len(first_picks)
        share = len(self.high) + np.arange(buyers)
        matrix = Matrix(
            np.concatenate((self.rows.rows, share[self.buyer], share)),
            np.concatenate((self.rows.columns, np.arange(offers), np.full(buyers, offers))),
            np.concatenate((self.rows.factors, self.net, -first_picks)),
        )
        low = np.concatenate((np.full(len(self.high), -math.inf), np.zeros(buyers)))
        high = np.concatenate((self.high, np.full(buyers, math.inf)))
        model = Model(np.append(np.zeros(offers), 1.0), np.append(self.room, 1.0), (low, high), matrix)
        answer = model.solve()
        assert answer.ok
        return float(answer.values[-1])


def linear(market: Market, floors: list[Ints]) -> Linear:
    blocks = [market.offers.of(buyer) for buyer in range(len(market.buyers))]
    item, cost, cap, value = (
        np.concatenate([getattr(block, name) for block in blocks]) for name in ("item", "cost", "cap", "value")
    )
    low, units = np.concatenate(floors), market.goods.units[item]
    shipping = market.goods.min_shipping[item] * units / 1e4
    net, weight = value / 1e8 - shipping, cost * units / 1e4 + shipping
    buyer = np.repeat(np.arange(len(blocks)), [len(block.item) for block in blocks])
    budget = np.array([person.budget for person in market.buyers]) / 100
    money = np.maximum(budget - np.bincount(buyer, weight * low, len(blocks)), 0.0)
    stock = market.goods.stock - np.bincount(item, low, len(market.goods.stock))
    payable = np.floor(np.minimum(money[buyer] / np.maximum(weight, 1e-9) + 1e-9, 1e9))
    number = np.arange(len(item))
    rows = Matrix(
        np.concatenate((buyer, len(blocks) + item)),
        np.concatenate((number, number)),
        np.concatenate((weight, np.ones(len(item)))),
    )
    return Linear(
        buyer=buyer,
        net=net,
        room=np.maximum(np.minimum(np.minimum(cap - low, stock[item]), payable), 0.0),
        rows=rows,
        high=np.concatenate((money, stock.astype(float))),
        fixed=float(net @ low),
    )


def _odd_block(rng: np.random.Generator, goods: Goods, stores: int) -> Block:
    items = len(goods.ids)
    there = np.flatnonzero(rng.random(stores * items) < 0.7)
    item = there % items
    cost = np.where(rng.random(len(item)) < 0.2, goods.cost[item] // 2, goods.cost[item])
    value = np.round(cost * goods.units[item] * rng.uniform(-0.2, 2.0, len(item))).astype(np.int64) * 10_000
    cap = rng.choice([0, 1, 3, ANY], len(item))
    floor = np.minimum(cap, rng.choice([0, 0, 0, 1, 2], len(item)))
    return Block(there // items, item, value, cost, cap, floor)


def _listed(blocks: list[Block]) -> ListedOffers:
    first = np.concatenate(([0], np.cumsum([len(block.item) for block in blocks]))).astype(np.int64)
    names = ("store", "item", "value", "cost", "cap", "floor")
    return ListedOffers(first, Block(*(np.concatenate([getattr(block, name) for block in blocks]) for name in names)))
