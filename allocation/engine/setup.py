"""Between the problem as people write it and the market as the engine works on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.market import ANY, Block, Buyer, Goods, Ints, ListedOffers, Market
from allocation.engine.plan import Plan
from allocation.engine.pricing import FULL
from allocation.engine.problem import Client, Item, Offer, Problem, Store

_PRICE = 10_000
_VALUE = 100_000_000


@dataclass(frozen=True)
class Order:
    """What one buyer is offered; `items` are the places of its items in the market, `local` its offers' in them."""

    buyer: Buyer
    block: Block
    goods: Goods

    @cached_property
    def _known(self) -> tuple[Ints, Ints]:
        known, local = np.unique(self.block.item, return_inverse=True)
        return known, local.astype(np.int64)

    @property
    def items(self) -> Ints:
        return self._known[0]

    @property
    def local(self) -> Ints:
        return self._known[1]

    def price(self, cases: Ints) -> tuple[int, int]:
        """(value after shipping in 1e-8 USD, cents spent) of cases by offer."""
        return self.cart(self.goods.stock, self.goods.max_stores).price(cases)

    def cart(self, stock: Ints, openings: Ints) -> Cart:
        """The buyer's cart, without floors, on `stock` cases and `openings` stores left an item of the market."""
        block, goods, mine = self.block, self.goods, stock[self.items]
        return Cart(
            units=goods.units[block.item],
            unit_cost=block.cost,
            min_shipping=goods.min_shipping[block.item],
            max_shipping=goods.max_shipping[block.item],
            worth=block.value,
            billionths=goods.load[block.item],
            store=block.store,
            item=self.local,
            low=np.zeros(len(block.item), dtype=np.int64),
            high=np.minimum(block.cap, mine[self.local]),
            stock=mine,
            openings=openings[self.items],
            budget=self.buyer.budget,
            stores=len(self.buyer.stores),
        )


def order_of(market: Market, buyer: int) -> Order:
    return Order(market.buyers[buyer], market.offers.of(buyer), market.goods)


def serving_order(market: Market) -> list[int]:
    """Buyers by falling weight and budget, then id."""
    buyers = market.buyers
    return sorted(range(len(buyers)), key=lambda place: (-buyers[place].weight, -buyers[place].budget, place))


def market_of(problem: Problem) -> Market:
    """A checked problem as arrays; the order of its rows does not matter."""
    items = sorted(problem.items, key=lambda item: item.id)
    owner = {store.id: store.client for store in problem.stores}
    stores: dict[str, list[str]] = {client.id: [] for client in problem.clients}
    for store in sorted(store.id for store in problem.stores):
        stores[owner[store]].append(store)
    clients = sorted(problem.clients, key=lambda client: client.id)
    buyers = tuple(
        Buyer(client.id, int(client.budget * 100), client.weight, tuple(stores[client.id])) for client in clients
    )
    offers = _listed(problem, items, {client.id: place for place, client in enumerate(clients)}, owner)
    return Market(_goods(items), buyers, offers, problem.fairness, problem.effort)


def _goods(items: list[Item]) -> Goods:
    return Goods(
        ids=tuple(item.id for item in items),
        units=_ints([item.case_pack for item in items]),
        cost=_ints([int(item.unit_cost * _PRICE) for item in items]),
        min_shipping=_ints([int(item.min_shipping * _PRICE) for item in items]),
        max_shipping=_ints([int(item.max_shipping * _PRICE) for item in items]),
        # The small allowance keeps 0.29 from becoming 289,999,999 billionths.
        load=_ints([max(1, int(item.load * FULL + 1e-6)) for item in items]),
        stock=_ints([item.stock for item in items]),
        max_stores=_ints([ANY if item.max_stores is None else item.max_stores for item in items]),
    )


def _listed(problem: Problem, items: list[Item], clients: dict[str, int], owner: dict[str, str]) -> ListedOffers:
    place = {item.id: index for index, item in enumerate(items)}
    number: dict[str, int] = {}
    count = dict.fromkeys(clients, 0)
    for store in sorted(owner):
        number[store] = count[owner[store]]
        count[owner[store]] += 1
    offers = sorted(problem.offers, key=lambda offer: (clients[owner[offer.store]], offer.store, offer.item))
    packs = [items[place[offer.item]] for offer in offers]
    costs = [
        item.unit_cost if offer.unit_cost is None else offer.unit_cost
        for offer, item in zip(offers, packs, strict=True)
    ]
    block = Block(
        store=_ints([number[offer.store] for offer in offers]),
        item=_ints([place[offer.item] for offer in offers]),
        value=_ints([int(offer.value * _VALUE) * item.case_pack for offer, item in zip(offers, packs, strict=True)]),
        cost=_ints([int(cost * _PRICE) for cost in costs]),
        cap=_ints([ANY if offer.cap is None else offer.cap for offer in offers]),
        floor=_ints([offer.floor for offer in offers]),
    )
    sizes = np.bincount(_ints([clients[owner[offer.store]] for offer in offers]), minlength=len(clients))
    return ListedOffers(np.concatenate(([0], np.cumsum(sizes))).astype(np.int64), block)


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def problem_of(market: Market, plan: Plan | None = None) -> Problem:
    """The market as rows: all of it, or what a plan can be checked against: all buyers and items, and the offers that
    the plan uses or that have a floor. A line that was never on offer stays without its offer.
    """
    goods = market.goods
    rows = zip(*(getattr(goods, name).tolist() for name in _COLUMNS), strict=True)
    return Problem(
        clients=tuple(Client(buyer.id, Decimal(buyer.budget).scaleb(-2), buyer.weight) for buyer in market.buyers),
        stores=tuple(Store(store, buyer.id) for buyer in market.buyers for store in buyer.stores),
        items=tuple(_item(key, row) for key, row in zip(goods.ids, rows, strict=True)),
        offers=tuple(_every_offer(market) if plan is None else _used_offers(market, plan)),
        fairness=market.fairness,
        effort=market.effort,
    )


_COLUMNS = ("units", "cost", "min_shipping", "max_shipping", "load", "stock", "max_stores")


def _item(key: str, row: tuple[int, ...]) -> Item:
    units, cost, low, high, load, stock, stores = row
    return Item(
        id=key,
        case_pack=units,
        unit_cost=Decimal(cost).scaleb(-4),
        min_shipping=Decimal(low).scaleb(-4),
        max_shipping=Decimal(high).scaleb(-4),
        load=load / FULL,
        stock=stock,
        max_stores=None if stores >= ANY else stores,
    )


def _every_offer(market: Market) -> Iterator[Offer]:
    for place, buyer in enumerate(market.buyers):
        yield from _offers(market.goods, buyer, market.offers.of(place))


def _used_offers(market: Market, plan: Plan) -> Iterator[Offer]:
    """The offers with a floor or with a line of the plan."""
    numbers = {key: place for place, key in enumerate(market.goods.ids)}
    lines: dict[str, list[int]] = {}
    for line in plan.lines:
        lines.setdefault(line.store, []).append(numbers.get(line.item, -1))
    for place, buyer in enumerate(market.buyers):
        block = market.offers.of(place)
        used = block.floor > 0
        for number, store in enumerate(buyer.stores):
            used |= (block.store == number) & np.isin(block.item, lines.get(store, []))
        yield from _offers(market.goods, buyer, block.part(used))


def _offers(goods: Goods, buyer: Buyer, block: Block) -> Iterator[Offer]:
    for store, item, value, cost, cap, floor in zip(*(column.tolist() for column in block.columns), strict=True):
        yield Offer(
            store=buyer.stores[store],
            item=goods.ids[item],
            value=Decimal(value // int(goods.units[item])).scaleb(-8),
            cap=None if cap >= ANY else cap,
            floor=floor,
            unit_cost=Decimal(cost).scaleb(-4),
        )
