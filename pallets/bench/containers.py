"""The containers BR1 to BR7 of the literature, made by their published generator.

Bischoff and Ratcliff, "Issues in the development of approaches to container loading", Omega 23 (1995) 377-390: a
container of 587 x 233 x 220 cm; n box types with sides of 30-120, 25-100 and 20-80 cm, largest first; a side may
stand upright where it is less than twice the smallest; one box of each type and then boxes of random types while the
next one still fits the container's volume. Problem p of 100 starts from seed 2502505 + 100 (p - 1), and the first ten
random numbers are thrown away.

The random numbers are those of the multiplier 16807 modulo 2^31 - 1. The paper itself was not at hand; that this
choice and the steps above are right was checked against published files of these problems: sides and quantities are
equal for BR1 1 to 7, 19 and 28, BR3 1, BR4 51, BR7 91 and 17 types of BR7 1, and the flags for BR1 1 and two types of
the problem shown in the OR-Library's description of thpack1 to thpack7 (10 types, seed 2508405).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pallets.packing.order import Carton, Effort, Limits, Order

CLASSES = (3, 5, 8, 10, 12, 15, 20)  # box types of BR1, BR2 ... BR7
CONTAINER = (587, 233, 220)
PROBLEMS = 100  # of a class
_LEAST, _MOST = (30, 25, 20), (120, 100, 80)
_STABLE = 2  # a side this many times the smallest may not stand upright
_THROWN_AWAY = 10
_NO_WEIGHT = 0.0001


def problem(br: int, number: int, effort: Effort) -> Order:
    """Problem `number` (1 to 100) of class `br` (1 to 7) as an order for one pallet; 1 cm is one unit of length."""
    limits = Limits(
        deck=CONTAINER[:2],
        usable_height=CONTAINER[2],
        pallet_height=0,
        max_total_height=CONTAINER[2],
        pallet_weight=0.0,
        max_pallets=1,
        effort=effort,
    )
    return Order(tuple(_cartons(br, number)), limits, f"BR{br}-{number:03}")


def numbers(count: int) -> range:
    """`count` of the 100 problems of a class, evenly spread from the first: 10 are 1, 11 ... 91."""
    step = PROBLEMS // count
    return range(1, 1 + count * step, step)


def _cartons(br: int, number: int) -> Iterator[Carton]:
    draws = _random(2_502_505 + 100 * (number - 1))
    types = [_sides(draws) for _ in range(CLASSES[br - 1])]
    volumes = [math.prod(sides) for sides in types]
    counts = [1] * len(types)
    left = math.prod(CONTAINER) - sum(volumes)
    while volumes[kind := math.floor(next(draws) * len(types))] <= left:
        counts[kind] += 1
        left -= volumes[kind]
    for place, (sides, count) in enumerate(zip(types, counts, strict=True), start=1):
        length, width, height = (side < _STABLE * min(sides) for side in sides)
        yield Carton(f"BOX{place:02}", sides, (length, width, height), count, _NO_WEIGHT)


def _sides(draws: Iterator[float]) -> tuple[int, int, int]:
    sides = [low + math.floor(next(draws) * (high - low + 1)) for low, high in zip(_LEAST, _MOST, strict=True)]
    length, width, height = sorted(sides, reverse=True)
    return length, width, height


def _random(seed: int) -> Iterator[float]:
    """Numbers from 0 to 1 after the first ten."""
    drawn = 0
    while True:
        seed = 16_807 * seed % (2**31 - 1)
        drawn += 1
        if drawn > _THROWN_AWAY:
            yield seed / (2**31 - 1)
