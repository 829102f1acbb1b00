"""How many pallets any packing needs at least."""

import math
from collections.abc import Sequence

from pallets.packing.blocks import load_steps, orientations, weight_steps
from pallets.packing.order import Carton, Limits


def least_pallets(cartons: Sequence[Carton], limits: Limits) -> int:
    """Lower bound for all of `cartons`, each of which fits a pallet; `max_pallets` is not considered.

    The largest of: volume, weight, cartons above half the weight limit, the bases of fragile cartons
    (nothing is above them), and for two groups that may not share a pallet the sum of their own bounds.
    """
    bounds = [_one_kind(cartons, limits)]
    for one, other in limits.forbidden_groups:
        apart = [[carton for carton in cartons if carton.group == group] for group in (one, other)]
        bounds.append(sum(_one_kind(part, limits) for part in apart))
    return max(bounds)


def _one_kind(cartons: Sequence[Carton], limits: Limits) -> int:
    deck = limits.deck[0] * limits.deck[1]
    most = load_steps(limits)
    volume = sum(carton.qty * math.prod(carton.dims_lwh) for carton in cartons)
    weight = sum(carton.qty * weight_steps(carton.weight) for carton in cartons)
    heavy = sum(carton.qty for carton in cartons if 2 * weight_steps(carton.weight) > most)
    fragile = sum(carton.qty * _smallest_base(carton) for carton in cartons if carton.fragile)
    return max(-(-volume // (deck * limits.load_height)), -(-weight // most), heavy, -(-fragile // deck))


def _smallest_base(carton: Carton) -> int:
    return min(way[0] * way[1] for way in orientations(carton))
