"""What was promised leaves or is given back: stock and money move exactly once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client, Store
from common.errors import Conflict, DomainError
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.carts import generate_pallets
from pallets.services.shipping import cancel_cart, pack_pallet, ship_pallet
from tests.factories import make_asin
from tests.pallets.cases import money, reserved

pytestmark = pytest.mark.django_db


def test_cancelling_gives_everything_back_once(store: Store) -> None:
    asin = make_asin(on_hand=600)
    cart = generate_pallets(store_id="1", build_anyway=True)
    cancelled = cancel_cart(code=cart.code, reason="Client changed their mind")
    assert (cancelled.state, cancelled.hold_open) == ("cancelled", Decimal("0.00"))
    assert (reserved(asin), money(store)) == (0, ("10000.00", "0.00"))
    assert list(Pallet.objects.values_list("state", flat=True)) == ["cancelled"]
    assert Client.objects.get(pk=store.client_id).total_allocated == Decimal("0.00")
    with pytest.raises(Conflict, match="is cancelled; it cannot be cancelled"):
        cancel_cart(code=cart.code)
    assert audit() == []


def test_shipping_takes_the_units_out_and_the_hold_waits_for_the_panel(store: Store) -> None:
    asin = make_asin(on_hand=605)
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    pack_pallet(code=pallet.code)
    with pytest.raises(DomainError, match="day ahead"):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(DomainError, match="before it was planned"):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate() - timedelta(days=1))
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate(), carrier="Estes", tracking="PRO 1")
    asin.refresh_from_db()
    assert (asin.on_hand, asin.reserved, asin.loose) == (5, 0, 5)
    assert Cart.objects.get(pk=cart.pk).state == "shipped"
    assert money(store) == ("10000.00", "6394.92")
    with pytest.raises(Conflict, match="is shipped; it cannot be cancelled"):
        cancel_cart(code=cart.code)
    with pytest.raises(Conflict):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert audit() == []


def test_cancelling_a_partly_shipped_cart_undoes_only_what_has_not_left(store: Store) -> None:
    asin = make_asin(on_hand=1200, unit_cost=Decimal("5.00"))  # 200 cases: two pallets
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    ship_pallet(code=first.code, shipped_on=timezone.localdate())
    assert Cart.objects.get(pk=cart.pk).state == "palletised"
    gone = first.lines.get()
    after = cancel_cart(code=cart.code)
    asin.refresh_from_db()
    assert (asin.on_hand, asin.reserved) == (1200 - gone.units, 0)
    still_held = gone.units * Decimal("5.00") + gone.shipping
    assert (after.state, after.hold_open) == ("shipped", still_held)
    assert money(store)[1] == str(still_held)
    second.refresh_from_db()
    assert second.state == "cancelled"
    assert audit() == []
