"""What a loaded pallet is like, in counts and shares: what limits do not forbid but staff and peers look at.

Everything is counted in whole tenths of an inch and whole 0.0001 lb, so a pallet has the same measures everywhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pallets.packing.blocks import WEIGHT_STEPS, weight_steps
from pallets.packing.plan import Placement

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Pounds = float | Decimal

SLENDER = Fraction(5, 2)  # height over the smaller base side, above which a column is slender
BRACED_SIDES = 2  # a slender column held on this many sides is no tower
BRACE_GAP = 10  # 0.1 in: a neighbour as near as this holds a column that leans
HEAVY = Fraction(5, 4)  # times the weight of the carton under it


@dataclass(frozen=True)
class Measures:
    """Measures of one pallet; shares are exact and counted without the wooden pallet.

    `lowest_support`: the least share of a carton's base that rests on the deck or on carton tops.
    `towers`: slender columns, each counted once. A column is a run of cartons each of which rests on the one below
    alone and is all that the one below carries; it is slender where the part from some carton upwards is higher than
    2.5 times that carton's smaller base side, and a tower unless cartons beside the upper half of that part, at most
    1 in away, brace it on two of its four sides.
    `heavy_on_light`: pairs of cartons of which the upper touches the lower and weighs more than 1.25 times as much.
    `offset_x`, `offset_y`: centre of gravity from the middle of the deck, as a share of that side, signed.
    `centre_height`: the centre of gravity above the deck as a share of the height of the goods.
    `most_on_top`: pounds that the most loaded carton carries; a load is passed down by the areas of contact.
    """

    cartons: int
    skus: int
    lowest_support: Fraction
    towers: int
    heavy_on_light: int
    offset_x: Fraction
    offset_y: Fraction
    centre_height: Fraction
    most_on_top: Fraction

    @property
    def is_mixed(self) -> bool:
        return self.skus > 1


def measure(placements: Sequence[Placement], weights: Mapping[str, Pounds], deck: tuple[int, int]) -> Measures:
    """Measures of a pallet with at least one carton; lengths in 0.1 in, `weights` of one carton in lb by SKU."""
    steps = {sku: weight_steps(float(pounds)) for sku, pounds in weights.items()}
    low = np.array([(p.x, p.y, p.z) for p in placements], dtype=np.int64)
    high = low + np.array([(p.dx, p.dy, p.dz) for p in placements], dtype=np.int64)
    weight = np.array([steps[p.sku] for p in placements], dtype=np.int64)
    under = _contacts(low, high)
    x, y, z = _centre(low, high, weight)
    return Measures(
        cartons=len(placements),
        skus=len({p.sku for p in placements}),
        lowest_support=_lowest_support(low, high, under),
        towers=_towers(low, high, under),
        heavy_on_light=_heavy_on_light(weight, under),
        offset_x=x / deck[0] - Fraction(1, 2),
        offset_y=y / deck[1] - Fraction(1, 2),
        centre_height=z / int(high[:, 2].max()),
        most_on_top=Fraction(_most_on_top(low, weight, under), WEIGHT_STEPS),
    )


def ti_hi(placements: Sequence[Placement]) -> tuple[int, int, int] | None:
    """Cartons a layer, whole layers, and cartons on an incomplete top layer; None where they do not lie in layers.

    Layers: cartons of one SKU and height, as many at every level but the last, which has no more than the others.
    """
    levels = Counter(p.z for p in placements)
    counts = [levels[z] for z in sorted(levels)]
    if len({(p.sku, p.dz) for p in placements}) != 1 or len(set(counts[:-1])) > 1 or counts[-1] > counts[0]:
        return None
    loose = counts[-1] if counts[-1] < counts[0] else 0
    return counts[0], len(counts) - bool(loose), loose


def _contacts(low: Ints, high: Ints) -> Ints:
    """[i, j]: area in 0.01 sq in over which carton i stands on carton j."""
    width = _shared(low[:, 0], high[:, 0])
    depth = _shared(low[:, 1], high[:, 1])
    return np.where(low[:, None, 2] == high[None, :, 2], width * depth, 0)


def _shared(low: Ints, high: Ints) -> Ints:
    """[i, j]: length that the spans of i and j have in common."""
    common: Ints = np.minimum(high[:, None], high[None, :]) - np.maximum(low[:, None], low[None, :])
    return np.maximum(common, 0)


def _lowest_support(low: Ints, high: Ints, under: Ints) -> Fraction:
    base = np.prod(high[:, :2] - low[:, :2], axis=1)
    held = np.where(low[:, 2] == 0, base, under.sum(axis=1))
    return min(Fraction(area, whole) for area, whole in zip(held.tolist(), base.tolist(), strict=True))


def _heavy_on_light(weight: Ints, under: Ints) -> int:
    heavier = weight[:, None] * HEAVY.denominator > weight[None, :] * HEAVY.numerator
    return int(((under > 0) & heavier).sum())


def _centre(low: Ints, high: Ints, weight: Ints) -> tuple[Fraction, Fraction, Fraction]:
    """Where the cartons' centre of gravity lies, each carton taken as evenly filled; 0.1 in."""
    moments = ((low + high) * weight[:, None]).sum(axis=0).tolist()
    x, y, z = (Fraction(moment, 2 * int(weight.sum())) for moment in moments)
    return x, y, z


def _most_on_top(low: Ints, weight: Ints, under: Ints) -> int:
    """In 0.0001 lb. Parts are rounded up, so that what is said is never less than the load."""
    areas, total = under.tolist(), weight.tolist()
    on_top = [0] * len(total)
    for i in np.argsort(-low[:, 2], kind="stable").tolist():
        below = [(j, area) for j, area in enumerate(areas[i]) if area]
        held = sum(area for _, area in below)
        for j, area in below:
            on_top[j] += -(-(total[i] + on_top[i]) * area // held)
    return max(on_top)


def _towers(low: Ints, high: Ints, under: Ints) -> int:
    above = _only(under.T) & _only(under).T  # [j, i]: i alone stands on j, and on j alone
    reach = _bracing(low, high)
    bases = (high[:, :2] - low[:, :2]).min(axis=1).tolist()
    upper = {int(j): int(i) for j, i in zip(*np.nonzero(above), strict=True)}
    lower = {i: j for j, i in upper.items()}
    floor, top = low[:, 2].tolist(), high[:, 2].tolist()
    tops = [i for i in range(len(bases)) if i not in upper]
    return sum(_is_tower(_downwards(i, lower), bases, floor, top[i], reach) for i in tops)


def _only(contacts: Ints) -> Mask:
    """[i, j]: of all cartons i touches j and no other."""
    touching = contacts > 0
    return np.asarray(touching & (touching.sum(axis=1) == 1)[:, None])


def _downwards(carton: int, lower: dict[int, int]) -> list[int]:
    column = [carton]
    while column[-1] in lower:
        column.append(lower[column[-1]])
    return column


def _is_tower(column: list[int], bases: list[int], floor: list[int], top: int, reach: Ints) -> bool:
    """Whether the part of the column from some carton upwards is slender and not braced."""
    braced = np.zeros(4, dtype=np.int64)
    for i in column:
        braced = np.maximum(braced, reach[i])
        slender = top - floor[i] > SLENDER * bases[i]
        if slender and int((2 * braced > floor[i] + top).sum()) < BRACED_SIDES:
            return True
    return False


def _bracing(low: Ints, high: Ints) -> Ints:
    """How high, in 0.1 in above the deck, each carton is held on each of its four sides; 0 where nothing is near."""
    beside = _shared(low[:, 2], high[:, 2]) > 0
    reach = np.minimum(high[:, None, 2], high[None, :, 2])
    sides = []
    for axis, across in ((0, 1), (1, 0)):
        facing = beside & (_shared(low[:, across], high[:, across]) > 0)
        for gap in (low[:, None, axis] - high[None, :, axis], low[None, :, axis] - high[:, None, axis]):
            near = facing & (gap >= 0) & (gap <= BRACE_GAP)
            sides.append(np.where(near, reach, 0).max(axis=1))
    return np.stack(sides, axis=1)
