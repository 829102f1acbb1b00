"""What is said of an arrival is said once, and what need not be said any more is asked of nobody."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Preorder, PreorderArrival
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals
from allocation.services.preorders import check_unallocated, settle_state
from allocation.states import PreorderNeed
from clients.models import Store
from common.errors import Conflict, DomainError
from inventory.models import Asin
from notifications.models import Alert
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.carts import generate_pallets
from pallets.services.shipping import ship_pallet
from tests.allocation.preorders import all_is_well, arrive, comes_in, fresh, preordered, proposals, shelf, standing
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def asin() -> Asin:
    """Out of stock, in cases of 6."""
    return make_asin(on_hand=0)


def proposed(store: Store, asin: Asin, quantity: int = 24) -> Preorder:
    """A preorder for which 24 units have come in, as a movement says."""
    made = preordered(store, asin, quantity)
    comes_in(asin, 24)
    propose_arrivals(now=timezone.now())
    return made


def needs() -> list[Any]:
    found: Any = Preorder.objects.needing_a_person(NOVEMBER)
    return [one.need for one in found]


def test_a_preorder_that_is_named_twice_arrives_not_at_all(store: Store, asin: Asin) -> None:
    made = proposed(store, asin)
    twice = [Coming(made.pk, 6, arrived=0, proposed=24)] * 2
    with pytest.raises(DomainError, match="24 x B000000001 for Store 1 is named twice: say once how many units came"):
        confirm_arrivals(asin_id=asin.pk, coming=twice, key="k", now=timezone.now())
    assert (standing(made), shelf(asin), proposals()) == (("pending", 0, 0), (24, 0), [(made.pk, 24)])
    assert all_is_well()


def test_what_is_proposed_beyond_a_lowered_quantity_needs_nobody(store: Store, asin: Asin) -> None:
    user, made = User.objects.create_user("ann"), proposed(store, asin, 30)
    assert needs() == [PreorderNeed.CONFIRM]
    arrive(made, 6)
    comes_in(asin, 6)
    assert propose_arrivals(now=timezone.now()) == 6
    lowered = fresh(made)
    lowered.quantity, lowered.amount = 6, Decimal("60.00")
    lowered.save()
    settle_state(preorder=lowered, actor=user)
    assert (standing(made), proposals(), needs()) == (("arrived", 6, 0), [], [PreorderNeed.ALLOCATE])
    row = PreorderArrival.objects.latest("pk")
    assert (row.state, row.note, row.actor) == ("refused", "The quantity was lowered to what is here", user)
    assert all_is_well()


def test_one_out_of_use_asks_nobody_to_confirm(store: Store, asin: Asin) -> None:
    made = proposed(store, asin)
    Preorder.objects.filter(pk=made.pk).update(is_active=False)
    assert needs() == []
    Preorder.objects.filter(pk=made.pk).update(is_active=True)
    assert needs() == [PreorderNeed.CONFIRM]


def test_an_arrival_says_how_its_store_stands_then(store: Store, asin: Asin) -> None:
    made = proposed(store, asin, 12)
    Store.objects.update(status="suspended")
    arrive(made, 6)
    assert fresh(made).flag == "Store 1 is suspended."
    assert Alert.objects.get().body.endswith("Still due: $120.00. Store 1 is suspended.")
    Store.objects.update(status="active")
    arrive(made, 6)
    assert fresh(made).flag == ""
    assert Alert.objects.latest("pk").body.endswith("Still due: $120.00.")


def test_who_cancels_what_has_left_is_not_sent_to_cancel_its_cart() -> None:
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    made = arrive(preordered(store, make_asin(on_hand=12), 60), 12)
    generate_pallets(store_id="1", build_anyway=True)
    ship_pallet(code=Pallet.objects.get().code, shipped_on=timezone.localdate())
    words = (
        "^12 units of this preorder have gone out already; it cannot be cancelled. "
        "To give up only the 48 units to come, lower its quantity.$"
    )
    with pytest.raises(Conflict, match=words):
        check_unallocated(fresh(made))
    assert [str(one) for one in audit() if "preorder" in str(one)] == []
