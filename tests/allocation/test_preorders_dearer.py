"""What was preordered at more than today's price; a cart takes it before free units, and holds no more than asked."""

from decimal import Decimal

import pytest

from clients.models import Store
from inventory.models import Asin
from pallets.services.carts import generate_pallets
from tests.allocation.preorders import all_is_well, arrive, preordered, shelf, standing
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    """A store ungated for toys, of a client with $10,000."""
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    return store


@pytest.mark.parametrize("alone", [True, False])
def test_one_that_was_dearer_is_taken_before_free_units_as_far_as_it_can_be_paid(store: Store, alone: bool) -> None:
    """$10.00 then and $5.00 now: at most $69.00 for each case of 6, of which $39.00 at today's price."""
    asin = make_asin(on_hand=600, unit_cost=Decimal("5.00"))
    made = arrive(preordered(store, asin, 60, unit_cost=Decimal("10.00")), 60)
    cart = generate_pallets(store_id="1", amount=Decimal("600.00"), build_anyway=alone)
    assert (cart.lines.values_list("units", "cost").get(), standing(made)) == (
        (48, Decimal("240.00")),
        ("arrived", 60, 48),
    )
    assert cart.hold == 480 + cart.shipping <= Decimal("600.00")
    assert (shelf(asin), all_is_well()) == ((600, 60), True)
    make_asin("B000000002", on_hand=6000, unit_cost=Decimal("3.99"))
    other = generate_pallets(store_id="1", amount=Decimal("60.00"), build_anyway=alone)
    assert not other.lines.filter(asin=asin).exists()
    words = "units that it preordered at more than today's price wait and come first; no case of them can be paid"
    assert other.left_out == [{"asin": asin.code, "code": "preordered", "reason": words}]


def test_loose_units_that_were_dearer_stay_for_another_cart(store: Store) -> None:
    """The case pack has changed: six units are a case of five and a loose one."""
    asin = make_asin(on_hand=600, unit_cost=Decimal("9.00"))
    made = arrive(preordered(store, asin, 6, unit_cost=Decimal("22.00")), 6)
    Asin.objects.update(case_pack=5)
    cart = generate_pallets(store_id="1", amount=Decimal("900.00"), build_anyway=True)
    assert (cart.lines.values_list("units", "cost").get(), standing(made)) == ((5, Decimal("45.00")), ("arrived", 6, 5))
    assert (cart.hold, all_is_well()) == (110 + cart.shipping, True)
