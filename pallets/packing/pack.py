"""Pack an order: what fits no pallet is told apart, the rest is searched for, and the plan is written down."""

from pallets.packing.blocks import load_steps, orientations, weight_steps
from pallets.packing.bound import least_pallets
from pallets.packing.order import Carton, Limits, Order
from pallets.packing.plan import PackPlan, Pallet, Unplaced, make_pallet
from pallets.packing.search import search
from pallets.packing.stock import make_stock

# Steps of the search for a pallet; counted, not timed, so that every machine gives the same plan.
# With numba a step takes a fifth to a tenth of the time; that is what `exhaustive` is for.
STEPS = {"fast": 100_000, "normal": 1_400_000, "thorough": 7_000_000, "exhaustive": 24_000_000}


def pack(order: Order) -> PackPlan:
    """Every carton that fits, on as few pallets as the search finds; the rest is unplaced with a reason.

    The order of the cartons does not matter. Units as in `plan.Pallet`: lb gross, 0.1 in with the pallet.
    """
    limits = order.limits
    cartons = sorted(order.cartons, key=lambda carton: carton.sku)
    refused = {carton.sku: reason for carton in cartons if (reason := misfit(carton, limits))}
    fitting = tuple(carton for carton in cartons if carton.sku not in refused)
    bound = least_pallets(fitting, limits)
    pallets, left = _pallets(limits, fitting, bound)
    unplaced = [Unplaced(c.sku, c.qty, refused[c.sku]) for c in cartons if c.sku in refused]
    full = f"no room on the {_counted(len(pallets), 'pallet')} allowed (max_pallets {limits.max_pallets})"
    unplaced += [Unplaced(carton.sku, n, full) for carton, n in zip(fitting, left, strict=True) if n]
    unplaced.sort(key=lambda row: row.sku)
    return PackPlan(tuple(pallets), tuple(unplaced), bound)


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


def _pallets(limits: Limits, cartons: tuple[Carton, ...], bound: int) -> tuple[list[Pallet], list[int]]:
    """The pallets in the order they are filled, and the cartons left over by SKU."""
    if not cartons:
        return [], []
    stock = make_stock(cartons, limits)
    found = search(stock, bound, STEPS[limits.effort])
    built = [pallet for load, times in found.loads for pallet in [make_pallet(stock, load)] * times]
    return built, found.left.tolist()


def _inches(length: int) -> str:
    return f"{length / 10:.1f}"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
