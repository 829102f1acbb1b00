"""The amount that makes a pallet of its own does make it, and a little less does not."""

from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.limits import Limits
from allocation.snapshot import Snapshot, take_snapshot
from clients.models import Store
from pallets.fitting import fit
from pallets.proposal import propose_for
from pallets.standalone import TrialCarts, amount_for_standalone
from tests.factories import TODAY, default_policy, make_asin

pytestmark = pytest.mark.django_db


def taken(store: Store, **limits: int) -> Snapshot:
    policy = default_policy().under(Limits(**limits))
    return take_snapshot(stores=[store], policy=policy, now=timezone.now(), today=TODAY)


def top_up(snapshot: Snapshot, amount: str) -> Decimal | None:
    return amount_for_standalone(snapshot, Decimal(amount))


def test_the_answer_is_the_least_whole_dollars_that_reach_the_fill(store: Store) -> None:
    make_asin(on_hand=6000)
    snapshot = taken(store)
    # Half a pallet is 60 cases (59.4) that fill 0.50505: 360 x (10.00 + 1.50 - 1.00 x 0.50505) = 3,958.18
    assert top_up(snapshot, "1000.00") == Decimal(2959)
    assert top_up(snapshot, "3900.00") == Decimal(59)
    assert top_up(snapshot, "3958.17") == Decimal(1)
    for amount, pooled in (("3958.18", False), ("3958.17", True)):
        assert propose_for(snapshot, store, Decimal(amount)).is_pooled == pooled


def test_it_is_found_for_goods_of_all_sizes(store: Store) -> None:
    for number in range(1, 9):
        make_asin(
            f"B00000000{number}",
            on_hand=100 * number,
            case_pack=number,
            unit_cost=Decimal("7.13") * number,
            min_shipping=Decimal("0.31"),
            max_shipping=Decimal("2.77"),
            case_height=Decimal(3 * number),
            case_weight=Decimal(40 - 4 * number),
        )
    snapshot = taken(store)
    carts = TrialCarts(snapshot)
    for amount in (Decimal("150.00"), Decimal("200.55")):
        more = top_up(snapshot, str(amount))
        assert more is not None
        assert carts.reaches(amount + more)
        assert not carts.reaches(amount + more - 1)
        assert not propose_for(snapshot, store, amount + more).is_pooled


def test_no_amount_helps_where_everything_together_is_too_little(store: Store) -> None:
    make_asin(on_hand=59 * 6)
    assert top_up(taken(store), "1000.00") is None
    make_asin("B000000002", on_hand=6)
    assert top_up(taken(store), "1000.00") is not None
    assert top_up(taken(store, max_units_per_asin=59 * 6), "1000.00") is not None
    assert top_up(taken(store, max_units_per_asin=58 * 6), "1000.00") is None


def test_goods_that_weigh_next_to_nothing_are_no_trouble(store: Store) -> None:
    tiny = {"case_length": Decimal("0.1"), "case_width": Decimal("0.1"), "case_height": Decimal("0.1")}
    make_asin(**tiny, case_weight=Decimal("0.01"), on_hand=6)
    make_asin("B000000002", on_hand=6000, date_added=TODAY, unit_cost=Decimal(100))
    snapshot = taken(store)
    assert fit(snapshot, Decimal("70.00")).packed.worth == 0
    assert top_up(snapshot, "70.00") is not None
