"""How many pallets any packing needs at least.

Dual feasible functions (Fekete and Schepers 2004; Carlier, Clautiaux and Moukrim 2007): f maps the share that a side
takes of the pallet's side to 0 ... 1, so that sides that fit end to end never add up to more than 1 afterwards. The
product of one such function for each side is then a volume: the cartons of one pallet have 1 at most. A carton that
may be turned counts with its least product. The functions are the same for all orders and rise with the share, so
more cartons, lower limits or fewer ways to turn never lower the bound.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pallets.packing.blocks import Floats, Ints, load_steps, orientations, weight_steps
from pallets.packing.order import Carton, Limits

WAYS = 6  # a carton is put down in at most so many ways
SLACK = 1e-6  # pallets; sums of doubles are far nearer to the true sum
MOST_CLIQUES = 10_000

Dual = Callable[[Ints, int], Floats]
Way = tuple[int, int, int]


@dataclass(frozen=True)
class _Kind:
    """A carton and every way to put it down on a pallet, one at least."""

    carton: Carton
    ways: Sequence[Way]


def least_pallets(cartons: Sequence[Carton], limits: Limits) -> int:
    """Lower bound for all of `cartons` that fit a pallet one by one; `max_pallets` is not considered.

    The largest of: volume and weight, both by dual feasible functions (cartons above half of the height, of the
    weight and the like are special cases); the bases of fragile cartons, as nothing is above them; and, for groups no
    two of which may share a pallet, the sum of their own bounds. Support is not considered.
    """
    kinds = [kind for carton in cartons if (kind := _Kind(carton, _fitting(carton, limits))).ways]
    rivals = {frozenset(pair) for pair in limits.forbidden_groups}
    groups = sorted({kind.carton.group for kind in kinds} & {group for pair in rivals for group in pair})
    alone = {group: _one_kind([kind for kind in kinds if kind.carton.group == group], limits) for group in groups}
    return max(_one_kind(kinds, limits), _heaviest_clique(alone, rivals))


def _fitting(carton: Carton, limits: Limits) -> list[Way]:
    wide, deep, high = *limits.deck, limits.load_height
    return [way for way in orientations(carton) if way[0] <= wide and way[1] <= deep and way[2] <= high]


def _one_kind(kinds: Sequence[_Kind], limits: Limits) -> int:
    """The bound without groups."""
    wide, deep, high = *limits.deck, limits.load_height
    volume = sum(kind.carton.qty * math.prod(kind.carton.dims_lwh) for kind in kinds)
    bases = [_Kind(kind.carton, [(x, y, 1) for x, y, _ in kind.ways]) for kind in kinds if kind.carton.fragile]
    return max(
        -(-volume // (wide * deep * high)),
        _by_weight(kinds, load_steps(limits)),
        _by_sides(kinds, (wide, deep, high)),
        _by_sides(bases, (wide, deep, 1)),
    )


def _by_weight(kinds: Sequence[_Kind], most: int) -> int:
    weights = np.array([weight_steps(kind.carton.weight) for kind in kinds], dtype=np.int64)
    counts = np.array([kind.carton.qty for kind in kinds], dtype=np.int64)
    return max(-(-int(weights @ counts) // most), *(_whole(float(dual(weights, most) @ counts)) for dual in DUALS))


def _by_sides(kinds: Sequence[_Kind], room: Way) -> int:
    """The best product of three functions, every one tried with every other."""
    if not kinds:
        return 0
    counts = np.array([kind.carton.qty for kind in kinds], dtype=np.float64)
    sides = np.array([[kind.ways[way % len(kind.ways)] for kind in kinds] for way in range(WAYS)], dtype=np.int64)
    along = [_images(sides[:, :, axis], room[axis]) for axis in range(3)]
    # One way after the other into the same two arrays: they stay in the processor's cache.
    least, other = np.empty_like(along[2][:, 0]), np.empty_like(along[2][:, 0])
    most = 0.0
    for first in along[0]:
        for second in along[1]:
            base = first * second
            np.multiply(along[2][:, 0], base[0], out=least)
            for way in range(1, WAYS):
                np.minimum(least, np.multiply(along[2][:, way], base[way], out=other), out=least)
            most = max(most, float((least @ counts).max()))
    return _whole(most)


def _images(sides: Ints, room: int) -> Floats:
    """Functions x ways x cartons; of functions that agree on these sides only one."""
    images = (dual(sides, room) for dual in DUALS)
    return np.stack(list({image.tobytes(): image for image in images}.values()))


def _heaviest_clique(alone: dict[str, int], rivals: set[frozenset[str]]) -> int:
    """The largest sum over groups of which no two may share a pallet, over the first 10,000 such sets."""
    best, seen = 0, 0
    open_sets = [(0, sorted(alone, key=lambda group: (alone[group], group)))]
    while open_sets and seen < MOST_CLIQUES:
        total, candidates = open_sets.pop()
        seen += 1
        best = max(best, total)
        if total + sum(alone[group] for group in candidates) <= best:
            continue
        for place, group in enumerate(candidates):
            friends = [other for other in candidates[:place] if frozenset((group, other)) in rivals]
            open_sets.append((total + alone[group], friends))
    return best


def _whole(pallets: float) -> int:
    return math.ceil(pallets - SLACK)


def _share(sides: Ints, room: int) -> Floats:
    return np.asarray(sides / room, dtype=np.float64)


def _parts(count: int) -> Dual:
    """u(k) of Fekete and Schepers: with side s at most k fit, so each takes 1/k."""

    def dual(sides: Ints, room: int) -> Floats:
        scaled = (count + 1) * sides
        return np.where(scaled % room == 0, sides / room, scaled // room / count)

    return dual


def _large(part: int, whole: int) -> Dual:
    """U(part/whole): sides beside which no part/whole of the pallet is left take all of it, smaller ones nothing."""

    def dual(sides: Ints, room: int) -> Floats:
        kept = np.where(whole * sides < part * room, 0.0, sides / room)
        return np.where(whole * sides > (whole - part) * room, 1.0, kept)

    return dual


def _stepped(part: int, whole: int) -> Dual:
    """f of Carlier, Clautiaux and Moukrim with steps of part/whole: rounded down below a half, up above."""
    steps = whole // part

    def dual(sides: Ints, room: int) -> Floats:
        down = whole * sides // (part * room) / steps
        up = 1.0 - whole * (room - sides) // (part * room) / steps
        return np.where(2 * sides == room, 0.5, np.where(2 * sides > room, up, down))

    return dual


# Those that raised the bound of made-up orders of 1 to 12 SKUs; 33 other steps and thresholds added 0.2 %.
DUALS: tuple[Dual, ...] = (_share, *(_parts(k) for k in range(1, 8)), _large(1, 3), _stepped(4, 9))
