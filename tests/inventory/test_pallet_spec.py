"""What a case takes of a pallet."""

import numpy as np
import pytest

from inventory.packaging_arrays import Boxes
from inventory.pallet_spec import GMA


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
