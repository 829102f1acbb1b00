"""Cases are dropped where real pallets cost more than the engine thought: the least worth that frees enough."""

from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.limits import Limits
from allocation.snapshot import Candidate, Snapshot, take_snapshot
from clients.models import Store
from common.errors import StalePlan
from inventory.models import Asin
from inventory.packaging import CaseBox
from pallets.fitting import DoesNotFit, fewer_cases, fit, fit_cases
from pallets.proposal import propose, propose_for
from pallets.solving import NothingToAllocate
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate

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


def of_two_stores(store: Store) -> tuple[Snapshot, Store]:
    """Everything for one store, books alone for the other."""
    other = make_store("2", client=make_client("2"))
    ungate(other, "Books")
    make_asin("B000000001", on_hand=600)
    make_asin("B000000002", on_hand=600, category="Books")
    return take_snapshot(stores=[other, store], policy=default_policy(), now=timezone.now(), today=TODAY), other


@pytest.mark.django_db
def test_given_cases_of_one_of_several_stores_are_packed_and_priced(store: Store) -> None:
    snapshot, other = of_two_stores(store)
    packed = fit_cases(snapshot, store, {"B000000001": 100}, Decimal("10000.00"))
    # 100 cases fill 0.8418; 600 x (10.00 + 1.50 - 1.00 x 0.8418)
    assert (packed.worth, packed.total, packed.cases) == (Decimal("0.8418"), Decimal("6394.92"), {"B000000001": 100})
    assert fit_cases(snapshot, other, {"B000000002": 100}, Decimal("10000.00")).total == packed.total


@pytest.mark.django_db
def test_cases_that_cost_more_than_the_amount_are_dropped(store: Store) -> None:
    snapshot, _ = of_two_stores(store)
    packed = fit_cases(snapshot, store, {"B000000001": 100}, Decimal("6394.91"))
    # A cent too much; a case frees at least 63.00. 99 cases fill 0.8333.
    assert (packed.cases, packed.total) == ({"B000000001": 99}, Decimal("6336.02"))
    with pytest.raises(DoesNotFit, match=r"costs \$68\.95; \$8\.95 is missing"):
        fit_cases(snapshot, store, {"B000000001": 1}, Decimal("60.00"))


@pytest.mark.django_db
def test_cases_of_an_asin_that_has_changed_are_refused(store: Store) -> None:
    snapshot, _ = of_two_stores(store)
    Asin.objects.filter(code="B000000001").update(unit_cost=Decimal(11))
    with pytest.raises(StalePlan, match="B000000001"):
        fit_cases(snapshot, store, {"B000000001": 1}, Decimal("900.00"))


@pytest.mark.django_db
def test_one_store_of_several_gets_the_cart_it_would_get_alone(store: Store) -> None:
    snapshot, other = of_two_stores(store)
    both = [propose_for(snapshot, one, Decimal("900.00"), build_anyway=True) for one in (store, other)]
    now = timezone.now()
    alone = [
        propose(store=one, policy=default_policy(), amount=Decimal("900.00"), now=now, today=TODAY, build_anyway=True)
        for one in (store, other)
    ]
    assert [([line.asin.code for line in one.lines], one.total, one.left_out) for one in both] == [
        ([line.asin.code for line in one.lines], one.total, one.left_out) for one in alone
    ]
    with pytest.raises(ValueError, match="too many values"):
        fit(snapshot, Decimal("900.00"))


@pytest.mark.django_db
def test_a_request_may_have_limits_of_its_own_which_its_cart_keeps(store: Store) -> None:
    make_asin(on_hand=600)
    request = {"store": store, "policy": default_policy(), "now": timezone.now(), "today": TODAY, "build_anyway": True}
    proposal = propose(**request, amount=Decimal("900.00"), limits=Limits(max_units_per_asin=20))
    assert [(line.cases, line.units) for line in proposal.lines] == [(3, 18)]
    assert proposal.policy.weights["max_units_per_asin"] == "20"
    with pytest.raises(NothingToAllocate, match=r"0 ASINs .* 0 have no whole case left; 1 are too large or beyond a l"):
        propose(**request, amount=Decimal("900.00"), limits=Limits(max_units_per_asin=5))
