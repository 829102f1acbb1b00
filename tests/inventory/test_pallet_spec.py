"""What a case takes of a pallet."""

from decimal import Decimal

import pytest

from inventory.packaging import CaseBox
from inventory.pallet_spec import GMA


@pytest.mark.parametrize(
    ("height", "weight", "load"),
    [
        ("29.7", "10", "0.5"),  # half of 90 % of the cube
        ("1", "1455", "1"),  # the whole net weight
        ("60", "10", "1"),  # 91 % of the cube, more than counts as full: still one pallet
    ],
)
def test_a_case_takes_at_most_one_full_pallet(height: str, weight: str, load: str) -> None:
    box = CaseBox((Decimal(48), Decimal(40), Decimal(height)), Decimal(weight), estimated=False)
    assert GMA.load(box) == Decimal(load)
