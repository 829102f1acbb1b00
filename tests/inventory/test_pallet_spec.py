"""What a case takes of a pallet."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from inventory.packaging_arrays import Boxes
from inventory.pallet_spec import GMA, PalletSpec, spec_with


@pytest.mark.parametrize(
    ("height", "weight", "load"),
    [
        (29_700, 10, 500_000_000),  # half of 90 % of the cube
        (1_000, 1455, 1_000_000_000),  # the whole net weight
        (60_000, 10, 1_000_000_000),  # 91 % of the cube, more than counts as full: still one pallet
        (29_601, 10, 500_000_000),  # tenths of an inch are rounded up
        (1_000, 10, 16_835_016),
        (10**12, 10**7, 1_000_000_000),
    ],
)
def test_a_case_takes_at_most_one_full_pallet(height: int, weight: int, load: int) -> None:
    boxes = Boxes(np.array([[48_000, 40_000, height]]), np.array([weight * 100_000]))
    assert GMA.loads(boxes).tolist() == [load]


def test_the_limits_are_those_of_a_gma_pallet_unless_others_are_set() -> None:
    assert spec_with({}) == PalletSpec() == GMA
    given = {"length": 47, "max_height": 98, "min_support": 1, "forbidden_groups": [["food", "pets"]]}
    spec = spec_with(given)
    assert (spec.length, spec.width, spec.usable_height, spec.net_weight) == (47, 40, 92, 1455)
    assert (spec.min_support, spec.forbidden_groups) == (Decimal(1), (("food", "pets"),))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"hight": 72}, "hight is not one of forbidden_groups, length, max_gross_weight, max_height"),
        ({"max_height": "72"}, "max_height cannot be '72'"),
        ({"max_height": True}, "max_height cannot be True"),
        ({"length": 0, "width": 10_001}, "length cannot be 0; width cannot be 10001"),
        ({"min_support": 1.01}, "min_support cannot be 1.01"),
        ({"forbidden_groups": [["food", "food"]]}, "forbidden_groups cannot be"),
        ({"max_height": 6}, "the pallet itself is as high"),
        ({"max_gross_weight": 45}, "as heavy as all of it may be"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_name(limits: dict[str, Any], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        spec_with(limits)
