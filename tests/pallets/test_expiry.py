"""A suggestion that nobody takes in time gives back what its cart holds, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Cart, TransferSuggestion
from clients.models import Client
from inventory.models import Asin
from operations.audit import audit
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.expiry import expire_suggestions
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart() -> Cart:
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    make_asin(on_hand=60)
    return generate_pallets(store_id="1")


def test_it_expires_after_seven_days_and_not_before(cart: Cart) -> None:
    due = TransferSuggestion.objects.get().expires_at
    assert expire_suggestions(now=due - timedelta(seconds=1)) == []
    assert Client.objects.get().held == Decimal("690.00")
    assert expire_suggestions(now=due) == [cart.code]
    assert expire_suggestions(now=due) == []
    cart.refresh_from_db()
    assert (cart.state, cart.hold_open) == ("expired", Decimal("0.00"))
    assert TransferSuggestion.objects.get().state == "expired"
    assert (Client.objects.get().held, Client.objects.get().total_allocated) == (Decimal("0.00"), Decimal("0.00"))
    assert Asin.objects.get().reserved == 0
    assert audit() == []


def test_a_cancelled_cart_has_nothing_to_expire(cart: Cart) -> None:
    cancel_cart(code=cart.code, reason="Client changed their mind")
    assert TransferSuggestion.objects.get().state == "dismissed"
    assert expire_suggestions(now=timezone.now() + timedelta(days=8)) == []
    assert Cart.objects.get().state == "cancelled"
