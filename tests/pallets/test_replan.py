"""Planned pallets packed anew: replaced only where that is better, and what is saved goes back."""

from decimal import Decimal

import pytest

from allocation.models import Cart
from clients.models import Store
from common.errors import Conflict, NotFound, StalePlan
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet
from pallets.services import replan
from pallets.services.carts import generate_pallets
from pallets.services.replan import NothingBetter, replan_pallet, replan_pallets
from pallets.services.shipments import make_shipment
from pallets.services.shipping import pack_pallet
from tests.factories import make_asin
from tests.pallets.cases import money, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart(store: Store) -> Cart:
    """Three cases that each need a pallet of their own: 34 in high, 57 % full."""
    make_asin(
        on_hand=18, case_length=Decimal(48), case_width=Decimal(40), case_height=Decimal(34), case_weight=Decimal(400)
    )
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert Pallet.objects.count() == 3
    return cart


def measured(height: str) -> Asin:
    Asin.objects.update(case_height=Decimal(height))
    return Asin.objects.get()


def test_fewer_and_cheaper_pallets_take_their_place_and_the_difference_is_released(store: Store, cart: Cart) -> None:
    asin = measured("22")  # measured again: three fit on one pallet and fill it
    (pallet,) = replan_pallets(cart_code=cart.code)
    assert (pallet.fill, pallet.cartons, pallet.state) == (Decimal("1.0000"), 3, "planned")
    before = Pallet.objects.exclude(pk=pallet.pk)
    assert list(before.values_list("state", "note")) == [("cancelled", "Packed anew")] * 3
    cart.refresh_from_db()
    assert (cart.state, cart.shipping, cart.hold_open) == ("palletised", Decimal("9.00"), Decimal("189.00"))
    assert (money(store), reserved(asin)) == (("10000.00", "189.00"), 18)
    assert audit() == []
    with pytest.raises(NothingBetter, match=r"than 1 pallet for \$9.00: packed anew they would be 1 for \$9.00."):
        replan_pallet(code=pallet.code)


def test_what_is_no_better_stays(cart: Cart) -> None:
    shipping = cart.shipping
    with pytest.raises(NothingBetter, match=r"Nothing better was found than 3 pallets for"):
        replan_pallets(cart_code=cart.code)
    measured("33")  # two on one pallet, one on another: fewer, but dearer
    assert set(Pallet.objects.values_list("state", flat=True)) == {"planned"}
    assert Cart.objects.get().shipping == shipping
    assert audit() == []


def test_packed_pallets_and_those_on_a_shipment_stay(cart: Cart) -> None:
    first, second, third = Pallet.objects.order_by("pk")
    pack_pallet(code=first.code)
    make_shipment(pallets=[second.code])
    measured("22")
    with pytest.raises(NothingBetter):
        replan_pallets(cart_code=cart.code)  # one case alone is not packed any better
    with pytest.raises(Conflict, match=f"Pallet {first.code} is packed; only a planned one is packed anew."):
        replan_pallet(code=first.code)
    pack_pallet(code=third.code)
    with pytest.raises(Conflict, match=f"{cart.code} has no planned pallet of its own that could be packed anew."):
        replan_pallets(cart_code=cart.code)
    with pytest.raises(NotFound, match=r"There is no cart “C-9”."):
        replan_pallets(cart_code="C-9")
    with pytest.raises(NotFound, match=r"There is no pallet “P-9”."):
        replan_pallet(code="P-9")


def test_a_plan_from_before_a_pallet_was_packed_is_stale(cart: Cart) -> None:
    measured("22")
    plan = replan._plan(cart)
    pack_pallet(code=Pallet.objects.order_by("pk")[1].code)
    with pytest.raises(StalePlan, match=r"was changed by someone else meanwhile. Try again."):
        replan._replace(plan=plan, actor=None)
    assert audit() == []
