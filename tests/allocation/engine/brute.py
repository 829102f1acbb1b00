"""Small random problems with several clients, and the best plan of one by trying every plan of every store together."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from tests.allocation.engine.cases import Case, item, offer, store_price

MOST_PLANS = 400_000
_USD = 100_000_000


def small_market(rng: random.Random, *, clients: int, floors: bool = True) -> Case:
    """`clients` clients with one or two stores each, at most three in all, on up to five contended items."""
    names = [f"c{number}" for number in range(clients)]
    owners = names + [rng.choice(names) for _ in range(rng.randint(0, max(0, 3 - clients)))]
    stores = [{"id": f"s{number}", "client": owner} for number, owner in enumerate(owners)]
    count = {1: 5, 2: 4, 3: 3}[len(stores)]
    items = [_item(rng, f"i{number}") for number in range(rng.randint(1, count))]
    offers = [
        _offer(rng, store["id"], goods, floors=floors) for store in stores for goods in items if rng.randint(0, 9) < 8
    ]
    return {
        "clients": [
            {"id": name, "budget": f"{rng.randint(0, 90_000) / 100:.2f}", "weight": rng.choice([1.0, 1.25, 1.5])}
            for name in names
        ],
        "stores": stores,
        "items": items,
        "offers": offers,
        "fairness": rng.choice([0.0, 0.9]),
    }


def _item(rng: random.Random, name: str) -> Case:
    low = rng.randint(10, 90)
    return item(
        name,
        case_pack=rng.randint(1, 12),
        unit_cost=f"{rng.randint(100, 3_000) / 100:.2f}",
        min_shipping=f"{low / 100:.2f}",
        max_shipping=f"{(low + rng.choice([0, 20, 60, 200])) / 100:.2f}",
        load=rng.choice([rng.randint(10, 1_000) / 1_000, 0.1, 0.25, 0.5, 1.0]),
        stock=rng.randint(0, 4),
        max_stores=rng.choice([None, None, 1, 2]),
    )


def _offer(rng: random.Random, store: str, goods: Case, *, floors: bool) -> Case:
    cap = rng.choice([None, 1, 2, 3])
    value = f"{float(goods['unit_cost']) * rng.randint(-5, 60) / 100:.4f}"
    floor = min(9 if cap is None else cap, rng.choice([0, 0, 0, 0, 1, 2])) if floors else 0
    own_cost = rng.choice([None, None, None, f"{float(goods['unit_cost']) * 0.9:.2f}"])
    return offer(goods["id"], store, value=value, cap=cap, floor=floor, unit_cost=own_cost)


@dataclass(frozen=True)
class _Plans:
    """Plans side by side: value in 1e-8 USD, cents by client, cases and stores by item."""

    value: np.ndarray
    spent: np.ndarray
    used: np.ndarray
    holders: np.ndarray

    def joined(self, other: _Plans) -> _Plans:
        """Every plan of one with every plan of the other."""

        def both(one: np.ndarray, two: np.ndarray) -> np.ndarray:
            return (one[:, None] + two[None]).reshape(len(one) * len(two), *one.shape[1:])

        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return _Plans(*(both(one, two) for one, two in pairs))

    def kept(self, which: np.ndarray) -> _Plans:
        return _Plans(*(column[which] for column in vars(self).values()))


def best_together(case: Case, least: Mapping[tuple[str, str], int]) -> Fraction | None:
    """USD to the cent of the best plan with at least `least` cases an offer; None where there are too many plans."""
    items, clients = case["items"], case["clients"]
    stock = np.array([goods["stock"] for goods in items])
    most_stores = np.array([10**6 if goods["max_stores"] is None else goods["max_stores"] for goods in items])
    budgets = np.array([round(float(client["budget"]) * 100) for client in clients])
    plans = _Plans(
        *(np.zeros(shape, dtype=np.int64) for shape in ((1,), (1, len(clients)), (1, len(items)), (1, len(items))))
    )
    for store in case["stores"]:
        own = _store_plans(case, store, least)
        if own is None or len(plans.value) * len(own.value) > MOST_PLANS:
            return None
        plans = plans.joined(own)
        fits = (plans.used <= stock).all(axis=1) & (plans.holders <= most_stores).all(axis=1)
        plans = plans.kept(fits & (plans.spent <= budgets).all(axis=1))
    return Fraction(int((plans.value.max() * 2 + _USD // 100) // (_USD // 50)), 100)


def _store_plans(case: Case, store: Case, least: Mapping[tuple[str, str], int]) -> _Plans | None:
    items = {goods["id"]: place for place, goods in enumerate(case["items"])}
    owner = [client["id"] for client in case["clients"]].index(store["client"])
    offers = [row for row in case["offers"] if row["store"] == store["id"]]
    ranges = [
        range(least[row["store"], row["item"]], min(_stock(case, row), 10**6 if row["cap"] is None else row["cap"]) + 1)
        for row in offers
    ]
    if math.prod(len(one) for one in ranges) > 1_000:
        return None
    value, spent, used, holders = [], [], [], []
    for chosen in product(*ranges):
        lines = [(row, cases) for row, cases in zip(offers, chosen, strict=True) if cases]
        goods = [(_at_its_cost(case, row), cases) for row, cases in lines]
        cost, shipping = store_price(goods)
        worth = sum(
            Fraction(row["value"]) * one["case_pack"] * n for (row, n), (one, _) in zip(lines, goods, strict=True)
        )
        value.append(int((worth - shipping) * _USD))
        spent.append([int((cost + shipping) * 100) if place == owner else 0 for place in range(len(case["clients"]))])
        used.append([0] * len(items))
        for row, cases in lines:
            used[-1][items[row["item"]]] = cases
        holders.append([int(count > 0) for count in used[-1]])
    shape = (len(value), len(items))
    return _Plans(np.array(value), np.array(spent), np.array(used).reshape(shape), np.array(holders).reshape(shape))


def _stock(case: Case, row: Case) -> int:
    return next(int(goods["stock"]) for goods in case["items"] if goods["id"] == row["item"])


def _at_its_cost(case: Case, row: Case) -> Case:
    goods: Case = next(goods for goods in case["items"] if goods["id"] == row["item"])
    return goods if row["unit_cost"] is None else goods | {"unit_cost": row["unit_cost"]}
