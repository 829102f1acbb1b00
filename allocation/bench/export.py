"""A whole market in the engine's JSON form, for small ones and for solvers of others: every offer is a row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from allocation.engine.market import ANY, Market
from allocation.engine.pricing import FULL


def problem_json(market: Market) -> dict[str, Any]:
    """What `python -m allocation.engine` reads; money as strings."""
    return {
        "clients": [
            {"id": buyer.id, "budget": _money(buyer.budget, 2), "weight": buyer.weight} for buyer in market.buyers
        ],
        "stores": [{"id": store, "client": buyer.id} for buyer in market.buyers for store in buyer.stores],
        "items": _items(market),
        "offers": [row for place in range(len(market.buyers)) for row in _offers(market, place)],
        "fairness": market.fairness,
        "effort": market.effort,
    }


def _items(market: Market) -> list[dict[str, Any]]:
    goods = market.goods
    names = ("units", "cost", "min_shipping", "max_shipping", "load", "stock", "max_stores")
    rows = zip(goods.ids, *(getattr(goods, name).tolist() for name in names), strict=True)
    return [
        {
            "id": key,
            "case_pack": units,
            "unit_cost": _money(cost, 4),
            "min_shipping": _money(low, 4),
            "max_shipping": _money(high, 4),
            "load": load / FULL,
            "stock": stock,
            "max_stores": None if stores >= ANY else stores,
        }
        for key, units, cost, low, high, load, stock, stores in rows
    ]


def _offers(market: Market, place: int) -> list[dict[str, Any]]:
    block, goods, stores = market.offers.of(place), market.goods, market.buyers[place].stores
    values = block.value // goods.units[block.item]
    columns = (block.store, block.item, values, block.cost, block.cap, block.floor)
    return [
        {
            "store": stores[store],
            "item": goods.ids[item],
            "value": _money(value, 8),
            "cap": None if cap >= ANY else cap,
            "floor": floor,
            "unit_cost": _money(cost, 4),
        }
        for store, item, value, cost, cap, floor in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _money(amount: int, places: int) -> str:
    return format(Decimal(amount).scaleb(-places), "f")
