"""Cases are dropped where real pallets cost more than the engine thought: the least worth that frees enough."""

from decimal import Decimal

import pytest

from allocation.snapshot import Candidate
from inventory.models import Asin
from inventory.packaging import CaseBox
from pallets.fitting import fewer_cases

BOX = CaseBox((Decimal(10), Decimal(10), Decimal(10)), Decimal(10), estimated=False)


def candidate(code: str, cost: str, value: str) -> Candidate:
    """Cases of two units that cost `cost` each and ship for nothing."""
    asin = Asin(code=code, case_pack=2, unit_cost=Decimal(cost), min_shipping=Decimal(0), max_shipping=Decimal(1))
    return Candidate(asin, BOX, 10, Decimal(value))


CANDIDATES = {
    "B000000001": candidate("B000000001", "50.00", "80.00"),  # a case: costs 100, worth 160
    "B000000002": candidate("B000000002", "5.00", "9.00"),  # a case: costs 10, worth 18
    "B000000003": candidate("B000000003", "5.00", "7.00"),  # a case: costs 10, worth 14
}


@pytest.mark.parametrize(
    ("excess", "left"),
    [
        ("0.00", {"B000000001": 2, "B000000002": 2, "B000000003": 1}),
        ("0.01", {"B000000001": 2, "B000000002": 2}),
        ("10.00", {"B000000001": 2, "B000000002": 2}),
        ("10.01", {"B000000001": 1, "B000000002": 2, "B000000003": 1}),
        ("100.01", {"B000000001": 1, "B000000002": 2}),
        ("9999.00", {}),
    ],
)
def test_the_least_worth_that_frees_enough_goes(excess: str, left: dict[str, int]) -> None:
    cases = {"B000000001": 2, "B000000002": 2, "B000000003": 1}
    assert fewer_cases(CANDIDATES, cases, Decimal(excess)) == left
    assert cases == {"B000000001": 2, "B000000002": 2, "B000000003": 1}
