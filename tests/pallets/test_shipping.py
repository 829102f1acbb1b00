"""What was promised leaves or is given back: stock and money move exactly once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Cart
from allocation.services.settlement import settle_hold
from clients.models import Client, PanelTransaction, Store
from common.errors import Conflict, DomainError, NotFound
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.carts import generate_pallets
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet
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


def test_cancelling_one_of_two_pallets_returns_its_units_and_its_price_exactly(store: Store) -> None:
    asin = make_asin(on_hand=1200, unit_cost=Decimal("5.00"))  # 200 cases: two pallets
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    back, stays = second.lines.get(), first.lines.get()
    pack_pallet(code=second.code)
    cancel_pallet(code=second.code, reason="Damaged")
    line = cart.lines.get()
    kept = stays.units * Decimal("5.00") + stays.shipping
    assert (line.units, line.returned, line.total) == (1200, back.units, kept)
    cart.refresh_from_db()
    assert (cart.state, cart.total, cart.hold_open) == ("palletised", kept, kept)
    assert (reserved(asin), money(store)) == (stays.units, ("10000.00", str(kept)))
    assert Client.objects.get(pk=store.client_id).total_allocated == kept
    assert audit() == []
    ship_pallet(code=first.code, shipped_on=timezone.localdate())
    assert Cart.objects.get().state == "shipped"
    with pytest.raises(Conflict, match=f"Pallet {first.code} is shipped; it cannot become cancelled."):
        cancel_pallet(code=first.code, reason="Too late")
    assert audit() == []


def test_cancelling_the_last_pallet_closes_the_cart(store: Store) -> None:
    asin = make_asin(on_hand=1200, unit_cost=Decimal("5.00"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    cancel_pallet(code=first.code, reason="Damaged")
    cancel_pallet(code=second.code, reason="Damaged too")
    cart.refresh_from_db()
    assert (cart.state, cart.hold_open, cart.note) == ("cancelled", Decimal("0.00"), "Damaged too")
    assert (reserved(asin), money(store)) == (0, ("10000.00", "0.00"))
    assert Client.objects.get(pk=store.client_id).total_allocated == Decimal("0.00")
    assert audit() == []


def test_cancelling_the_rest_of_a_shipped_cart_closes_it_as_shipped(store: Store) -> None:
    make_asin(on_hand=1200, unit_cost=Decimal("5.00"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    ship_pallet(code=first.code, shipped_on=timezone.localdate())
    cancel_pallet(code=second.code, reason="Damaged")
    cart.refresh_from_db()
    gone = first.lines.get()
    assert (cart.state, cart.hold_open) == ("shipped", gone.units * Decimal("5.00") + gone.shipping)
    assert audit() == []


def test_a_returned_part_after_a_charge_never_releases_what_is_settled(store: Store) -> None:
    make_asin(on_hand=1200, unit_cost=Decimal("5.00"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    charge = cart.total - Decimal("100.00")
    settle_hold(code=cart.code, client_id=cart.client_id, charge=charge, key="t1")
    PanelTransaction.objects.create(
        panel_id="t1", client=cart.client, kind="charge", amount=-charge, occurred_at=timezone.now(), settled=charge
    )
    cancel_pallet(code=second.code, reason="Damaged")
    assert Cart.objects.get().hold_open == Decimal("0.00")
    assert audit() == []
    cancel_pallet(code=first.code, reason="Damaged")
    assert Cart.objects.get().state == "cancelled"
    assert audit() == []


def test_a_packed_own_pallet_is_reopened(store: Store) -> None:
    make_asin(on_hand=600)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    with pytest.raises(Conflict, match="is planned; only a packed one can be reopened"):
        reopen_pallet(code=pallet.code)
    pack_pallet(code=pallet.code)
    with pytest.raises(Conflict, match="is packed; it cannot become packed"):
        pack_pallet(code=pallet.code)
    reopen_pallet(code=pallet.code)
    assert Pallet.objects.get().state == "planned"
    for act in (pack_pallet, reopen_pallet):
        with pytest.raises(NotFound, match=r"There is no pallet “P-9”."):
            act(code="P-9")
    assert audit() == []
