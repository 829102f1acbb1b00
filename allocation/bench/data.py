"""Made-up markets, the same for the same seed: goods in brands, stores ungated by brand, clients with balances.

Brand sizes follow Zipf's law. A store is ungated for whole brands (some brands are easy to get, others hard) until its
share of ASINs is reached, with a few ASINs against the rule of their brand. Two objectives:

- "profit" (the default): a unit is worth 20-40 % of its cost. Goods differ little per dollar, so it is the harder one.
- "oldest": the preset Oldest first, cost x (1 + age/365 + priority/2).

Both count times the client's weight (1, 1.25 or 1.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.engine.market import ANY, BitOffers, Buyer, Floats, Goods, Ints, Market, Special

OBJECTIVES = ("profit", "oldest")
WEIGHTS = (1.0, 1.25, 1.5)
LEAST_BALANCE, MOST_BALANCE = 2_000, 50_000
CLIENTS_PER_STORE = 0.7
_PACKS = np.array([1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 36])
_ASINS_PER_BRAND = 12
_STOCK_PER_ASIN = 1_000.0  # USD of balance that waits for each ASIN of a single cart's catalogue
_EXCEPTIONS = 0.01  # share of a store's ASINs whose status differs from their brand's
_FULL_AGE = 365


@dataclass(frozen=True)
class Spec:
    """What a market is made of; `stock` is its value at cost over all balances, `eligible` a share of pairs."""

    stores: int = 500
    asins: int = 5_000
    eligible: float = 0.25
    stock: float = 1.3
    objective: str = "profit"
    fairness: float = 0.0
    effort: str = "normal"
    seed: int = 1


@dataclass(frozen=True)
class Shelf:
    """Goods with what the objectives ask for: brand, USD a unit that each is worth to a client of weight 1."""

    goods: Goods
    brand: Ints
    worth: Floats


def balances(count: int) -> Ints:
    """Cents: `count` balances on a grid of equal factors from $2,000 to $50,000."""
    return np.round(np.geomspace(LEAST_BALANCE, MOST_BALANCE, count) * 100).astype(np.int64)


def batch_market(spec: Spec) -> Market:
    """All clients at once: 7 clients for 10 stores, some with two or three, on common stock."""
    rng = np.random.Generator(np.random.PCG64(spec.seed))
    clients = max(1, round(spec.stores * CLIENTS_PER_STORE))
    budgets = rng.permutation(balances(clients))
    shelf = _shelf(rng, spec, spec.stock * float(budgets.sum()) / 100)
    owner = np.sort(np.concatenate((np.arange(clients), rng.integers(0, clients, spec.stores - clients))))
    first = np.searchsorted(owner, np.arange(clients + 1)).astype(np.int64)
    classes = rng.integers(0, len(WEIGHTS), clients)
    buyers = tuple(
        Buyer(
            id=f"c{client:05d}",
            budget=int(budgets[client]),
            weight=WEIGHTS[classes[client]],
            stores=tuple(f"s{store:05d}" for store in range(first[client], first[client + 1])),
        )
        for client in range(clients)
    )
    bits = np.stack([np.packbits(row) for row in _ungated(rng, shelf.brand, spec)])
    return _market(spec, shelf, buyers, _offers(rng, shelf, bits, first, classes))


def cart_market(spec: Spec, balance: int, number: int = 0) -> Market:
    """One client with one store that may take every ASIN; `balance` is cents, each `number` another catalogue."""
    rng = np.random.Generator(np.random.PCG64([spec.seed, spec.asins, number]))
    shelf = _shelf(rng, spec, spec.stock * spec.asins * _STOCK_PER_ASIN)
    bits = np.packbits(np.ones((1, spec.asins), dtype=bool), axis=1)
    buyer = Buyer("c00000", balance, 1.0, ("s00000",))
    ends = np.array([0, 1], dtype=np.int64)
    return _market(spec, shelf, (buyer,), _offers(rng, shelf, bits, ends, np.zeros(1, dtype=np.int64)))


def _market(spec: Spec, shelf: Shelf, buyers: tuple[Buyer, ...], offers: BitOffers) -> Market:
    return Market(shelf.goods, buyers, offers, spec.fairness, spec.effort)


def _offers(rng: np.random.Generator, shelf: Shelf, bits: np.ndarray, first: Ints, classes: Ints) -> BitOffers:
    """Offers at the goods' own cost with a cap of 2 to 12 cases a store and ASIN."""
    per_unit = np.round(np.outer(WEIGHTS, shelf.worth) * 10_000).astype(np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    return BitOffers(
        bits=bits,
        first=first,
        values=per_unit * 10_000 * shelf.goods.units,
        value_class=classes.astype(np.int64),
        cost=shelf.goods.cost,
        cap=rng.integers(2, 13, len(shelf.brand)),
        special=Special(nothing, nothing, nothing, nothing),
    )


def _shelf(rng: np.random.Generator, spec: Spec, stock_value: float) -> Shelf:
    """Goods whose stock at cost is worth about `stock_value` USD."""
    brand = _brands(rng, spec.asins)
    level = rng.lognormal(0, 0.45, int(brand.max()) + 1)
    cost = np.clip(14 * level[brand] * rng.lognormal(0, 0.5, spec.asins), 2, 120)
    # Cheap goods come in large packs: the wanted pack falls with the cost, and the nearest real one is taken.
    wanted = 8 * (14 / cost) ** 0.5 * rng.lognormal(0, 0.6, spec.asins)
    units = _PACKS[np.abs(np.log(wanted)[:, None] - np.log(_PACKS)).argmin(axis=1)]
    load = np.clip(0.013 * (units / 8) ** 0.5 * (cost / 14) ** 0.3 * rng.lognormal(0, 0.45, spec.asins), 0.004, 0.05)
    low, high = _shipping(rng, load / units)
    goods = Goods(
        ids=tuple(f"B{place:09d}" for place in range(spec.asins)),
        units=units.astype(np.int64),
        cost=np.round(cost * 100).astype(np.int64) * 100,
        min_shipping=low,
        max_shipping=high,
        load=np.round(load * 1e9).astype(np.int64),
        stock=_stock(rng, cost * units, stock_value),
        max_stores=np.full(spec.asins, ANY, dtype=np.int64),
    )
    return Shelf(goods, brand, _worth(rng, spec.objective, np.round(cost, 2)))


def _brands(rng: np.random.Generator, asins: int) -> Ints:
    count = max(4, asins // _ASINS_PER_BRAND)
    size = 1 / np.arange(1, count + 1) ** 0.9
    brands: Ints = rng.choice(count, size=asins, p=size / size.sum()).astype(np.int64)
    return brands


def _shipping(rng: np.random.Generator, unit_load: Floats) -> tuple[Ints, Ints]:
    """1/10,000 USD a unit in whole cents: min $0.15-0.90 by size, max 1.6 to 3 times as much."""
    size = np.log(unit_load / 0.0003) / np.log(0.02 / 0.0003)
    low = np.clip(0.15 + 0.75 * size + rng.normal(0, 0.06, len(size)), 0.15, 0.9)
    low_cents = np.round(low * 100).astype(np.int64)
    high_cents = np.round(low_cents * rng.uniform(1.6, 3.0, len(size))).astype(np.int64)
    return low_cents * 100, high_cents * 100


def _stock(rng: np.random.Generator, case_cost: Floats, stock_value: float) -> Ints:
    """Whole cases, at least one; the same money goes into each ASIN but for chance."""
    money = rng.lognormal(0, 0.7, len(case_cost))
    cases = money / money.sum() * stock_value / case_cost
    whole: Ints = np.maximum(1, np.floor(cases + rng.random(len(cases)))).astype(np.int64)
    return whole


def _worth(rng: np.random.Generator, objective: str, cost: Floats) -> Floats:
    age = rng.integers(0, 401, len(cost))
    points = rng.choice([0.0, 0.5, 1.0], size=len(cost), p=[0.25, 0.5, 0.25])
    margin = rng.uniform(0.2, 0.4, len(cost))
    if objective == "oldest":
        return cost * (1 + np.minimum(age, _FULL_AGE) / _FULL_AGE + 0.5 * points)
    return cost * margin


def _ungated(rng: np.random.Generator, brand: Ints, spec: Spec) -> np.ndarray:
    """Booleans, one row a store: its ungated brands, up to 0.6 to 1.4 of the share that is eligible on average."""
    sizes = np.bincount(brand).astype(float)
    ease = rng.normal(0, 1, len(sizes))
    shares = rng.uniform(0.6, 1.4, spec.stores)
    shares = np.clip(shares * spec.eligible / shares.mean(), 0, 1) if spec.eligible < 1 else np.ones(spec.stores)
    odd = int(_EXCEPTIONS * min(spec.eligible, 1 - spec.eligible) * len(brand))
    rows = np.zeros((spec.stores, len(brand)), dtype=bool)
    for store, share in enumerate(shares):
        easiest = np.argsort(-(ease + rng.gumbel(size=len(sizes))), kind="stable")
        rows[store] = _take(sizes, easiest, share * len(brand))[brand]
        for status in (True, False):
            like = np.flatnonzero(rows[store] == status)
            rows[store, rng.choice(like, size=min(odd, len(like)), replace=False)] = not status
    return rows


def _take(sizes: Floats, order: Ints, wanted: float) -> np.ndarray:
    """Brands in `order` while they bring the sum of sizes nearer to `wanted`."""
    taken, total = np.zeros(len(sizes), dtype=bool), 0.0
    for place in order.tolist():
        if total + sizes[place] / 2 <= wanted:
            taken[place] = True
            total += sizes[place]
    return taken
