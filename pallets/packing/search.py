"""Fill pallet after pallet, then make what ended on poor pallets dearer and fill all again; the best plan counts."""

import math
from dataclasses import dataclass

import numpy as np

from pallets.packing.beam import Meter, Wish, fill_pallet, lowered
from pallets.packing.blocks import Floats, Ints
from pallets.packing.job import reserves
from pallets.packing.layers import layered_load
from pallets.packing.plan import FULL_CUBE
from pallets.packing.stock import Load, Stock

FULL = 1.0  # of a pallet's fill: such a load is repeated while stock allows, and made of one SKU where it can be
DEAREST = 1.5
MOST_ROUNDS, FEW_ROUNDS = 6, 3  # the latter where there are many pallets, so that each gets its share of steps
MANY = 10
MOST_PALLETS = 30  # an order that needs more gets no more steps


@dataclass(frozen=True)
class Filled:
    """Loads in the order they were filled, each as often as it is built, and the cartons left over by SKU."""

    loads: tuple[tuple[Load, int], ...]
    left: Ints

    @property
    def pallets(self) -> int:
        return sum(times for _, times in self.loads)


def search(stock: Stock, bound: int, effort: int) -> Filled:
    """The best plan found: most loaded, fewest pallets, lowest price, fewest splits; then the first.

    `effort`: steps for a single pallet. Several pallets get more each, as there is a whole one to be won.
    """
    price = np.ones(len(stock.cartons))
    peeled = _peeled(stock)
    best = fill_all(stock, price, peeled, 0, 0)
    pallets = min(bound, stock.limits.max_pallets or bound, MOST_PALLETS)
    rounds = min(2 * pallets - 1, MOST_ROUNDS if pallets < MANY else FEW_ROUNDS) + bool(peeled)
    for number in range(rounds):
        if is_perfect(stock, best, bound):
            break
        plan = fill_all(stock, price, [] if number % 2 else peeled, effort * (2 * pallets - 1) // rounds, number)
        best = min(best, plan, key=lambda filled: rank(stock, filled))
        price = corrected(stock, plan, price)
    return Filled(tuple((lowered(stock, load), times) for load, times in best.loads), best.left)


def fill_all(stock: Stock, price: Floats, peeled: list[tuple[Load, int]], budget: int, shift: int) -> Filled:
    """The `peeled` loads, then one pallet after another; each may spend its share of the budget on what is left."""
    left = stock.qty.copy()
    room = stock.limits.max_pallets or int(stock.qty.sum())
    loads: list[tuple[Load, int]] = []
    meter = Meter(0)
    waiting = peeled.copy()
    while left.any() and room:
        if waiting:
            load, times = waiting.pop(0)
        else:
            to_come = max(1, min(room, math.ceil(round(max(shares(stock, left)), 9))))
            meter.budget = meter.spent + max(0, budget - meter.spent) // to_come
            wish = _wish(stock, left, price)
            load = fill_pallet(stock, left, wish, reserves(stock, left), meter, shift)
            times = _repeats(stock, load, left)
        times = min(times, room)
        loads.append((load, times))
        left = left - times * load.used
        room -= times
    return Filled(tuple(loads), left)


def _peeled(stock: Stock) -> list[tuple[Load, int]]:
    """Full pallets of one SKU, wherever the stock is enough for them."""
    found = []
    for sku in range(len(stock.cartons)):
        only = np.zeros(len(stock.cartons), dtype=np.int64)
        only[sku] = stock.qty[sku]
        if max(shares(stock, only)) >= FULL:
            load = layered_load(stock, sku)
            if load and max(shares(stock, load.used)) >= FULL:
                found.append((load, int(stock.qty[sku] // load.used[sku])))
    return found


def rank(stock: Stock, filled: Filled) -> tuple[float, ...]:
    """Smaller is better. Splits: how many pallets hold each SKU, added up."""
    left = max(shares(stock, filled.left))
    splits = sum(int((load.used > 0).sum()) * times for load, times in filled.loads)
    return round(left, 6), filled.pallets, round(cost_index(stock, filled), 3), splits


def cost_index(stock: Stock, filled: Filled) -> float:
    """Mean of 2 - fill over the volume: 1 when every pallet is full."""
    volumes = [(shares(stock, load.used)[0] * times, fill(stock, load.used)) for load, times in filled.loads]
    return sum(volume * (2 - share) for volume, share in volumes) / max(1e-9, sum(volume for volume, _ in volumes))


def fill(stock: Stock, counts: Ints) -> float:
    return min(1.0, max(shares(stock, counts)))


def shares(stock: Stock, counts: Ints) -> tuple[float, float]:
    """Volume and weight of these cartons in full pallets."""
    return (
        int((stock.volume * counts).sum()) / (stock.cube * FULL_CUBE),
        int((stock.weight * counts).sum()) / stock.net,
    )


def is_perfect(stock: Stock, filled: Filled, bound: int) -> bool:
    """As few pallets as the bound, all but one of them full, or a single one."""
    if filled.left.any() or filled.pallets > bound:
        return False
    part = [load for load, times in filled.loads for _ in range(times) if fill(stock, load.used) < 1]
    return len(part) <= 1


def corrected(stock: Stock, filled: Filled, price: Floats) -> Floats:
    """Sequential value correction: half the old price, half what the SKU's pallets lack."""
    lack = np.zeros(len(price))
    for load, times in filled.loads:
        lack += load.used * (times * min(DEAREST, 1.0 / max(shares(stock, load.used))))
    lack += filled.left * DEAREST
    return np.round((price + lack / stock.qty) / 2, 6)


def _wish(stock: Stock, left: Ints, price: Floats) -> Wish:
    """A load earns what is scarce: cube, weight, or both by their share in the goods that are left."""
    by_volume, by_weight = (share**3 for share in shares(stock, left))
    whole = by_volume + by_weight
    worth = by_volume / whole * stock.volume / stock.cube + by_weight / whole * stock.weight / stock.net
    return Wish(price, np.round(worth * price * 1e12).astype(np.int64))


def _repeats(stock: Stock, load: Load, left: Ints) -> int:
    """How often the load is built: as stock allows if it is dense or one SKU is left, else once."""
    possible = min(int(n // used) for n, used in zip(left, load.used, strict=True) if used)
    alone = (left > 0).sum() == 1
    return possible if alone or max(shares(stock, load.used)) >= FULL else 1
