"""Plans made by hand: the lines are given, their money is worked out, the checker agrees."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocation.engine.check import check
from allocation.engine.market import Market
from allocation.engine.plan import ClientPlan, ItemPlan, Line, Plan, StorePlan, UnmetFloor
from allocation.engine.position import Position
from allocation.engine.pricing import FULL, Good, price_store
from allocation.engine.problem import Problem, read_problem
from allocation.engine.setup import market_of
from tests.allocation.engine.cases import Case

Cases = dict[tuple[str, str], int]


def position(
    case: Case,
    cases: Cases,
    hurdle: float | dict[str, float] = 0.0,
    price: dict[str, str] | None = None,
    better: str = "5.00",
) -> Position:
    """The plan of `cases` by store and item, whose bound is `better` USD above its value.

    `hurdle` is every client's or by client, `price` that of stock by item.
    """
    problem = read_problem(case)
    plan = plan_of(problem, cases, hurdle, price or {}, Decimal(better))
    assert check(problem, plan) == []
    return Position(market_of(problem), plan)


def plan_of(
    problem: Problem, cases: Cases, hurdle: float | dict[str, float], price: dict[str, str], better: Decimal
) -> Plan:
    goods = {item.id: item for item in problem.items}
    market = market_of(problem)
    lines, stores, worth = [], [], Fraction(0)
    for store in sorted(store.id for store in problem.stores):
        mine, priced_store = _store(market, store, {item: count for (at, item), count in cases.items() if at == store})
        lines += mine
        stores.append(priced_store)
    for line in lines:
        offer = next(offer for offer in problem.offers if (offer.store, offer.item) == (line.store, line.item))
        worth += Fraction(offer.value) * line.units - Fraction(line.shipping)
    value = Decimal((worth * 200 + 1) // 2).scaleb(-2)
    unmet = [row for row in problem.offers if cases.get((row.store, row.item), 0) < row.floor]
    return Plan(
        lines=tuple(sorted(lines, key=lambda line: (line.store, line.item))),
        value=value,
        bound=value + better,
        gap=math.ceil(better / value * 1_000_000) / 1_000_000 if value > 0 else float(better > 0),
        status="cut" if better else "optimal",
        stores=tuple(stores),
        clients=tuple(_client(client.id, problem, lines, hurdle) for client in problem.clients),
        items=tuple(
            ItemPlan(name, sum(line.cases for line in lines if line.item == name), Decimal(price.get(name, "0.00")))
            for name in sorted(goods)
        ),
        unmet_floors=tuple(
            UnmetFloor(row.store, row.item, row.floor, cases.get((row.store, row.item), 0), "not enough stock")
            for row in sorted(unmet, key=lambda row: (row.store, row.item))
        ),
        reason=None if lines else "nothing was chosen",
        effort={},
    )


def _client(client: str, problem: Problem, lines: list[Line], hurdle: float | dict[str, float]) -> ClientPlan:
    mine = {store.id for store in problem.stores if store.client == client}
    return ClientPlan(
        id=client,
        spent=sum((line.cost + line.shipping for line in lines if line.store in mine), Decimal(0)),
        hurdle=hurdle if isinstance(hurdle, float) else hurdle[client],
        share=1.0,
        shortfall=Decimal(0),
    )


def _store(market: Market, store: str, cases: dict[str, int]) -> tuple[list[Line], StorePlan]:
    goods = market.goods
    costs: dict[tuple[str, str], int] = {}
    for number, buyer in enumerate(market.buyers):
        block = market.offers.of(number)
        rows = zip(block.store.tolist(), block.item.tolist(), block.cost.tolist(), strict=True)
        costs |= {(buyer.stores[at], goods.ids[item]): cost for at, item, cost in rows}
    chosen = []
    for item, count in cases.items():
        place = goods.ids.index(item)
        columns = (goods.min_shipping, goods.max_shipping, goods.load)
        good = Good(int(goods.units[place]), costs[store, item], *(int(column[place]) for column in columns))
        saving = (good.max_shipping - good.min_shipping) * good.units / good.load
        chosen.append((-saving, item, good, count))
    chosen.sort()
    priced = price_store([(good, count) for _, _, good, count in chosen])
    lines = [
        Line(store, item, count, count * good.units, Decimal(cost).scaleb(-2), Decimal(shipping).scaleb(-2))
        for (_, item, good, count), cost, shipping in zip(chosen, priced.costs, priced.shippings, strict=True)
    ]
    last = round(priced.fills[-1] / FULL, 9) if priced.fills else 0.0
    return lines, StorePlan(store, len(priced.fills), last, Decimal(priced.shipping).scaleb(-2))


def at_random_prices(place: Position, seed: int) -> Position:
    """The same plan with a price for every item, as bounds must hold at any."""
    rng = random.Random(seed)
    place.price = np.array([rng.choice([0.0, rng.uniform(0, 30)]) for _ in place.price])
    return place
