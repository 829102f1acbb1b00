"""Pack an order: pallet after pallet, each the best of several greedy passes."""

import math
from collections.abc import Sequence

import numpy as np

from pallets.packing.blocks import Ints, block_table, load_steps, orientations, weight_steps
from pallets.packing.bound import least_pallets
from pallets.packing.load import Load, Stock, fill_pallet, make_stock, placements
from pallets.packing.order import Carton, Limits, Order
from pallets.packing.plan import FULL_CUBE, PackPlan, Pallet, Unplaced, make_pallet
from pallets.packing.score import Taste

# Cartons times passes an order may cost; counted, not timed, so that every machine gives the same plan.
BUDGET = {"fast": 500, "normal": 4_000, "thorough": 16_000}
MOST_PASSES = {"fast": 2, "normal": 16, "thorough": 16}
DENSE = 0.85  # a pallet this full is repeated while stock allows

TASTES = (
    Taste(),
    Taste(touch=2.0),
    Taste(remainder=2.0),
    Taste(touch=6.0, cartons=0.1),
    Taste(volume=0.8, touch=3.0),
    Taste(remainder=3.0, touch=2.0, cartons=0.3),
    Taste(near=0.0),
    Taste(cartons=0.4, volume=1.2),
    Taste(near=0.06, touch=5.0),
    Taste(volume=0.6, remainder=2.0),
    Taste(dense_low=0.6, touch=3.0),
    Taste(touch=1.0, remainder=4.0),
    Taste(together=0.4),
    Taste(cartons=0.0, remainder=1.5),
    Taste(volume=1.4, touch=4.0),
    Taste(together=0.0, touch=3.0, remainder=0.5),
)


def pack(order: Order) -> PackPlan:
    """Every carton that fits, on as few pallets as a greedy finds; the rest is unplaced with a reason.

    The order of the cartons does not matter. Units as in `plan.Pallet`: lb gross, 0.1 in with the pallet.
    """
    limits = order.limits
    cartons = sorted(order.cartons, key=lambda carton: carton.sku)
    refused = {carton.sku: reason for carton in cartons if (reason := misfit(carton, limits))}
    fitting = tuple(carton for carton in cartons if carton.sku not in refused)
    pallets, left = _pallets(order, fitting)
    unplaced = [Unplaced(c.sku, c.qty, refused[c.sku]) for c in cartons if c.sku in refused]
    full = f"no room on the {_counted(len(pallets), 'pallet')} allowed (max_pallets {limits.max_pallets})"
    unplaced += [Unplaced(carton.sku, int(n), full) for carton, n in zip(fitting, left, strict=True) if n]
    unplaced.sort(key=lambda row: row.sku)
    return PackPlan(tuple(pallets), tuple(unplaced), least_pallets(fitting, limits))


def misfit(carton: Carton, limits: Limits) -> str | None:
    """Why the carton fits no pallet, in words, or None."""
    if weight_steps(carton.weight) > load_steps(limits):
        return f"heavier than the limit: {carton.weight:g} lb a carton, {limits.load_weight:g} lb a pallet"
    ways = orientations(carton)
    low = [way for way in ways if way[2] <= limits.load_height]
    if not low:
        height = min(way[2] for way in ways)
        return (
            f"taller than the usable height: {_inches(height)} in upright as allowed, "
            f"{_inches(limits.load_height)} in usable"
        )
    if any(way[0] <= limits.deck[0] and way[1] <= limits.deck[1] for way in low):
        return None
    smallest = min(low, key=lambda way: (way[0] * way[1], way))
    return (
        f"larger than the deck: {_inches(smallest[0])} x {_inches(smallest[1])} in at the smallest, "
        f"the deck is {_inches(limits.deck[0])} x {_inches(limits.deck[1])} in"
    )


def _pallets(order: Order, cartons: tuple[Carton, ...]) -> tuple[list[Pallet], Ints]:
    """The pallets in the order they are filled, and the cartons left over by SKU."""
    limits = order.limits
    left = np.array([carton.qty for carton in cartons], dtype=np.int64)
    pallets: list[Pallet] = []
    if not cartons:
        return pallets, left
    room = math.inf if limits.max_pallets is None else limits.max_pallets
    stock = make_stock(cartons, limits, block_table(cartons, limits))
    tastes = TASTES[: max(1, min(MOST_PASSES[limits.effort], BUDGET[limits.effort] // int(left.sum())))]
    while left.any() and len(pallets) < room:
        load = _best_load(stock, left, tastes)
        times = int(min(_repeats(stock, load, left), room - len(pallets)))
        pallets += [make_pallet(order, placements(stock, load))] * times
        left = left - times * load.used
    return pallets, left


def _best_load(stock: Stock, left: Ints, tastes: Sequence[Taste]) -> Load:
    """The pass that uses up most of what is scarce: cube, weight, or both by their share in the order."""
    best, best_worth = None, -1.0
    need = _shares(stock, left)
    for taste in tastes:
        for reserve in _reserves(stock, left):
            load = fill_pallet(stock, left, taste, reserve)
            got = _shares(stock, load.used)
            worth = round(sum(part * weight**3 for part, weight in zip(got, need, strict=True)), 9)
            if worth > best_worth:
                best, best_worth = load, worth
            if (load.used == left).all():
                return load
    assert best is not None
    return best


def _shares(stock: Stock, counts: Ints) -> tuple[float, float]:
    """Volume and weight of these cartons in full pallets."""
    limits = stock.limits
    volume = sum(int(n) * math.prod(c.dims_lwh) for n, c in zip(counts, stock.cartons, strict=True))
    weight = math.fsum(int(n) * c.weight for n, c in zip(counts, stock.cartons, strict=True))
    full = limits.deck[0] * limits.deck[1] * limits.load_height * FULL_CUBE
    return volume / full, weight / limits.load_weight


def _reserves(stock: Stock, left: Ints) -> list[int]:
    """Heights to keep free for fragile cartons: none, or one layer where the other cartons stay possible."""
    pairs = list(zip(stock.cartons, left, strict=True))
    fragile = [min(way[2] for way in orientations(c)) for c, n in pairs if c.fragile and n]
    sturdy = [max(way[2] for way in orientations(c)) for c, n in pairs if not c.fragile and n]
    if not fragile or not sturdy:
        return [0]
    reserve = min(max(fragile), stock.limits.load_height - max(sturdy))
    return [0, reserve] if reserve > 0 else [0]


def _repeats(stock: Stock, load: Load, left: Ints) -> int:
    """How often the load is built: as stock allows if it is dense or one SKU is left, else once."""
    possible = min(int(n // used) for n, used in zip(left, load.used, strict=True) if used)
    alone = (left > 0).sum() == 1
    return possible if alone or max(_shares(stock, load.used)) >= DENSE / FULL_CUBE else 1


def _inches(length: int) -> str:
    return f"{length / 10:.1f}"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
