"""Problems for the engine's tests, and the best plan of a small one by trying every plan."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import product
from typing import Any

Case = dict[str, Any]


def item(name: str = "A", **fields: Any) -> Case:
    """Cases of 10 units at $5.00, shipping $0.20 to $0.50 a unit, a tenth of a pallet each, 100 in stock."""
    return {
        "id": name,
        "case_pack": 10,
        "unit_cost": "5.00",
        "min_shipping": "0.20",
        "max_shipping": "0.50",
        "load": 0.1,
        "stock": 100,
    } | fields


def offer(name: str = "A", store: str = "s1", **fields: Any) -> Case:
    return {"store": store, "item": name, "value": "8.00"} | fields


def problem(items: list[Case], offers: list[Case], budget: str = "1000.00", **fields: Any) -> Case:
    """One client c1 with the store s1, unless `fields` say otherwise."""
    return {
        "clients": [{"id": "c1", "budget": budget}],
        "stores": [{"id": "s1", "client": "c1"}],
        "items": items,
        "offers": offers,
    } | fields


def small(seed: int) -> Case:
    """One or two stores of one or two clients and up to five items, with caps, floors and dear shipping."""
    rng = random.Random(seed)
    stores = rng.choice([1, 1, 1, 2])
    clients = rng.choice([1, 1, 2]) if stores == 2 else 1
    items = [_small_item(rng, f"i{index}") for index in range(rng.randint(1, 5 if stores == 1 else 3))]
    offers = [
        _small_offer(rng, f"s{store}", goods) for store in range(stores) for goods in items if rng.random() < 0.85
    ]
    budget = rng.choice([0, 50, 200, 500, 1000]) * rng.uniform(0.5, 1.5)
    return {
        "clients": [{"id": f"c{index}", "budget": f"{budget:.2f}"} for index in range(clients)],
        "stores": [{"id": f"s{index}", "client": f"c{index % clients}"} for index in range(stores)],
        "items": items,
        "offers": offers,
    }


def large(offers: int, budget: int, seed: int, stores: int = 1, clients: int = 1) -> Case:
    """Realistic goods: 0.3 to 4 % of a pallet a case, profit 2 to 50 % of cost; each store is offered all."""
    rng = random.Random(seed)
    items = []
    for index in range(offers):
        low = round(rng.uniform(0.15, 0.9), 2)
        items.append(
            item(
                f"B{index:09d}",
                case_pack=rng.choice([4, 6, 8, 12, 24]),
                unit_cost=f"{rng.uniform(2, 40):.2f}",
                min_shipping=f"{low:.2f}",
                max_shipping=f"{low * rng.uniform(1.3, 3.5):.2f}",
                load=round(rng.uniform(0.003, 0.04), 5),
                stock=rng.randint(1, 9),
            )
        )
    names = [(f"c{client}", f"c{client}-s{store}") for client in range(clients) for store in range(stores)]
    return {
        "clients": [{"id": f"c{client}", "budget": f"{budget}.00"} for client in range(clients)],
        "stores": [{"id": store, "client": client} for client, store in names],
        "items": items,
        "offers": [
            offer(
                goods["id"],
                store,
                value=f"{float(goods['unit_cost']) * rng.uniform(0.02, 0.5):.4f}",
                cap=rng.randint(1, 6),
            )
            for _, store in names
            for goods in items
        ],
    }


def best_value(case: Case, least: dict[tuple[str, str], int]) -> Fraction | None:
    """The value of the best plan with at least `least` cases, to the cent; None if there are too many."""
    goods = {row["id"]: row for row in case["items"]}
    ranges = []
    for row in case["offers"]:
        most = min(goods[row["item"]]["stock"], 10**6 if row["cap"] is None else row["cap"])
        ranges.append(range(least[row["store"], row["item"]], most + 1))
    if math.prod(len(one) for one in ranges) > 2500:
        return None
    values = [_value(case, goods, plan) for plan in product(*ranges)]
    return max(value for value in values if value is not None)


def _value(case: Case, goods: dict[str, Case], plan: tuple[int, ...]) -> Fraction | None:
    chosen = [(row, cases) for row, cases in zip(case["offers"], plan, strict=True) if cases]
    for name, row in goods.items():
        counts = [cases for line, cases in chosen if line["item"] == name]
        if sum(counts) > row["stock"] or (row["max_stores"] is not None and len(counts) > row["max_stores"]):
            return None
    value, spent = Fraction(0), {client["id"]: Fraction(0) for client in case["clients"]}
    for store in case["stores"]:
        lines = [(goods[line["item"]], cases) for line, cases in chosen if line["store"] == store["id"]]
        cost, shipping = store_price(lines)
        spent[store["client"]] += cost + shipping
        value -= shipping
    if any(spent[client["id"]] > Fraction(client["budget"]) for client in case["clients"]):
        return None
    units = [Fraction(line["value"]) * goods[line["item"]]["case_pack"] * cases for line, cases in chosen]
    return _cent(value + sum(units))


def store_price(lines: list[tuple[Case, int]]) -> tuple[Fraction, Fraction]:
    """(cost, shipping) in USD of one store, case by case onto the first pallet with room."""

    def discount_per_load(goods: Case) -> Fraction:
        spread = Fraction(goods["max_shipping"]) - Fraction(goods["min_shipping"])
        return spread * goods["case_pack"] / Fraction(str(goods["load"]))

    fills: list[Fraction] = []
    where: list[tuple[str, int]] = []
    for goods, cases in sorted(lines, key=lambda line: (-discount_per_load(line[0]), line[0]["id"])):
        load = Fraction(str(goods["load"]))
        for _ in range(cases):
            pallet = next((at for at, fill in enumerate(fills) if fill + load <= 1), len(fills))
            if pallet == len(fills):
                fills.append(Fraction(0))
            fills[pallet] += load
            where.append((goods["id"], pallet))
    cost = shipping = Fraction(0)
    for goods, cases in lines:
        low, high = Fraction(goods["min_shipping"]), Fraction(goods["max_shipping"])
        prices = [high - (high - low) * fills[pallet] for name, pallet in where if name == goods["id"]]
        shipping += _cent(sum(prices, Fraction(0)) * goods["case_pack"])
        cost += _cent(Fraction(goods["unit_cost"]) * cases * goods["case_pack"])
    return cost, shipping


def _small_item(rng: random.Random, name: str) -> Case:
    low = rng.randint(10, 90)
    return item(
        name,
        case_pack=rng.randint(1, 12),
        unit_cost=f"{rng.uniform(1, 30):.2f}",
        min_shipping=f"{low / 100:.2f}",
        max_shipping=f"{(low + rng.choice([0, rng.randint(0, 200)])) / 100:.2f}",
        load=rng.choice([round(rng.uniform(0.01, 1), 3), rng.choice([0.1, 0.25, 0.5, 1.0])]),
        stock=rng.randint(0, 5),
        max_stores=rng.choice([None, None, 1]),
    )


def _small_offer(rng: random.Random, store: str, goods: Case) -> Case:
    cap = rng.choice([None, rng.randint(0, 4)])
    value = f"{float(goods['unit_cost']) * rng.uniform(-0.1, 0.6):.4f}"
    floor = min(9 if cap is None else cap, rng.choice([0, 0, 0, 1, 2]))
    return offer(goods["id"], store, value=value, cap=cap, floor=floor)


def _cent(amount: Fraction) -> Fraction:
    return Fraction((amount * 200 + 1) // 2, 100)
