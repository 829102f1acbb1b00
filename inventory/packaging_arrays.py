"""The cases of many ASINs at once, in whole numbers: the boxes that `packaging.case_box` makes one by one.

Sizes count in 1/1,000 in and weights in 1/100,000 lb, so that the median of two measured cases is whole too.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inventory.packaging import (
    DEFAULT_SIZE,
    DEFAULT_WEIGHT,
    ESTIMATE_MARGIN,
    WRAP_INCHES,
    WRAP_POUNDS,
    Typical,
    most_cubic,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

INCH = 1_000
POUND = 100_000
LARGEST_SIDE = 1_700_000_000  # the surface of a stack with larger sides overflows


@dataclass(frozen=True)
class Boxes:
    """One case an entry: `size` has length, width and height (n x 3, 1/1,000 in), `weight` is 1/100,000 lb."""

    size: Ints
    weight: Ints


@dataclass(frozen=True)
class Measures:
    """What is known of n ASINs: sizes n x 3 in 1/100 in, weights in 1/10,000 lb, `pack` units a case.

    0 is not known; a size with one side unknown is not known. `category` counts from 0.
    """

    pack: Ints
    unit_size: Ints
    unit_weight: Ints
    case_size: Ints
    case_weight: Ints
    category: Ints

    def boxes(self, typical: Boxes) -> Boxes:
        """The case of each ASIN, where `typical` has those of the categories."""
        size, weight = self._measured
        guess = typical.size[self.category] + int(ESTIMATE_MARGIN * INCH)
        size = np.where(_known(size), size, guess)
        return Boxes(size, np.where(weight > 0, weight, typical.weight[self.category]))

    @cached_property
    def estimated(self) -> Bools:
        """Whether the size or the weight of each case is a guess."""
        size, weight = self._measured
        return np.asarray(~(_known(size)[:, 0] & (weight > 0)))

    def typical(self, categories: int) -> Boxes:
        """The median case of each category, of the ASINs whose size and weight are known; the default without one."""
        size, weight = self._measured
        known = np.flatnonzero(~self.estimated)
        columns = np.column_stack([size, weight])[known]
        default = [*(int(side * INCH) for side in DEFAULT_SIZE), int(DEFAULT_WEIGHT * POUND)]
        found = np.tile(np.array(default, dtype=np.int64), (categories, 1))
        category = self.category[known]
        for column in range(columns.shape[1]):
            groups, medians = _medians(category, columns[:, column])
            found[groups, column] = medians
        return Boxes(found[:, :3], found[:, 3])

    @cached_property
    def _measured(self) -> tuple[Ints, Ints]:
        """Sizes and weights of cases as far as they are known, else 0."""
        stacked = stack_most_cubic(self.unit_size, self.pack) * 10 + int(WRAP_INCHES * INCH)
        of_units = np.where(_known(self.unit_size), stacked, 0)
        size = np.where(_known(self.case_size), self.case_size * 10, of_units)
        of_units = np.where(self.unit_weight > 0, self.unit_weight * self.pack * 10 + int(WRAP_POUNDS * POUND), 0)
        return size, np.where(self.case_weight > 0, self.case_weight * 10, of_units)


def _known(size: Ints) -> Bools:
    """Whether all three sides are known, n x 1."""
    return np.asarray((size > 0).all(axis=1, keepdims=True))


def as_typical(boxes: Boxes, place: int) -> Typical:
    """The entry at `place` in inches and pounds."""
    length, width, height = (Decimal(side) / INCH for side in boxes.size[place].tolist())
    return Typical((length, width, height), Decimal(int(boxes.weight[place])) / POUND)


def _medians(groups: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The groups that have values, and the median of each; the mean of the middle two, which must be whole."""
    order = np.lexsort((values, groups))
    found, first, count = np.unique(groups[order], return_index=True, return_counts=True)
    low, high = first + (count - 1) // 2, first + count // 2
    return found, (values[order[low]] + values[order[high]]) // 2


def stack_most_cubic(unit: Ints, pack: Ints) -> Ints:
    """`packaging.most_cubic` for n units (n x 3) and the `pack` of each."""
    stacked = unit.copy()
    for size in np.unique(pack[pack > 1]).tolist():
        rows = np.flatnonzero(pack == size)
        stacked[rows] = _stack(unit[rows], size)
    for row in np.flatnonzero(unit.max(axis=1, initial=0) * pack > LARGEST_SIDE).tolist():
        length, width, height = (Decimal(side) for side in unit[row].tolist())
        stacked[row] = most_cubic((length, width, height), int(pack[row]))
    return stacked


def _stack(unit: Ints, pack: int) -> Ints:
    """Of all arrangements the one with the least surface, then the smaller longest side, then the first found."""
    divisors = [side for side in range(1, pack + 1) if not pack % side]
    counts = np.array([(a, b, pack // a // b) for a in divisors for b in divisors if not pack // a % b])
    sides = unit[:, np.newaxis, :] * counts
    a, b, c = sides[..., 0], sides[..., 1], sides[..., 2]
    surface, longest = a * b + b * c + a * c, sides.max(axis=2)
    least = surface == surface.min(axis=1, keepdims=True)
    best = np.where(least, longest, np.iinfo(np.int64).max).argmin(axis=1)
    chosen: Ints = sides[np.arange(len(unit)), best]
    return chosen
