"""Turns a problem into one cart a client, everything sorted by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.engine.cart import Cart, Ints
from allocation.engine.pricing import Good, make_good
from allocation.engine.problem import MAX_CASES, Client, Item, Offer, Problem

_ANY = 10 * MAX_CASES


@dataclass(frozen=True)
class Order:
    """What one client is offered, by store and item id; `items` are places in the problem's stock."""

    client: Client
    stores: tuple[str, ...]
    offers: tuple[Offer, ...]
    goods: Sequence[Good]
    store: Ints
    local: Ints
    items: Ints
    caps: Ints
    floors: Sequence[int]

    def cart(self, stock: Ints, openings: Ints) -> Cart:
        """The client's cart on `stock` cases and `openings` stores left an item."""
        mine = stock[self.items]
        return Cart(
            goods=self.goods,
            store=self.store,
            item=self.local,
            low=np.zeros(len(self.goods), dtype=np.int64),
            high=np.minimum(self.caps, mine[self.local]),
            stock=mine,
            openings=openings[self.items],
            budget=int(self.client.budget * 100),
            stores=len(self.stores),
        )


@dataclass(frozen=True)
class Setup:
    """Orders in serving order, and the stock and the number of stores of the items in id order."""

    orders: tuple[Order, ...]
    items: tuple[Item, ...]
    stock: Ints
    openings: Ints


def make_setup(problem: Problem) -> Setup:
    """Clients by falling weight and budget, then id; stores, items and offers by id."""
    items = tuple(sorted(problem.items, key=lambda item: item.id))
    place = {item.id: index for index, item in enumerate(items)}
    owner = {store.id: store.client for store in problem.stores}
    by_client: dict[str, list[Offer]] = {client.id: [] for client in problem.clients}
    for offer in problem.offers:
        by_client[owner[offer.store]].append(offer)
    stores: dict[str, list[str]] = {client.id: [] for client in problem.clients}
    for store in problem.stores:
        stores[store.client].append(store.id)
    clients = sorted(problem.clients, key=lambda client: (-client.weight, -client.budget, client.id))
    openings = [_ANY if item.max_stores is None else item.max_stores for item in items]
    return Setup(
        orders=tuple(_order(c, sorted(stores[c.id]), by_client[c.id], items, place) for c in clients),
        items=items,
        stock=np.array([item.stock for item in items], dtype=np.int64),
        openings=np.array(openings, dtype=np.int64),
    )


def _order(
    client: Client, stores: list[str], offers: list[Offer], items: Sequence[Item], place: dict[str, int]
) -> Order:
    offers = sorted(offers, key=lambda offer: (offer.store, offer.item))
    number = {store: index for index, store in enumerate(stores)}
    places = np.array([place[offer.item] for offer in offers], dtype=np.int64)
    known, local = np.unique(places, return_inverse=True)
    return Order(
        client=client,
        stores=tuple(stores),
        offers=tuple(offers),
        goods=tuple(_good(offer, items[place[offer.item]]) for offer in offers),
        store=np.array([number[offer.store] for offer in offers], dtype=np.int64),
        local=local.astype(np.int64),
        items=known,
        caps=np.array([_ANY if offer.cap is None else offer.cap for offer in offers], dtype=np.int64),
        floors=[offer.floor for offer in offers],
    )


def _good(offer: Offer, item: Item) -> Good:
    unit_cost = item.unit_cost if offer.unit_cost is None else offer.unit_cost
    return make_good(item.case_pack, unit_cost, item.min_shipping, item.max_shipping, offer.value, item.load)
