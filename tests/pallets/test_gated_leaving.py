"""Goods that their store may not receive (any more) do not leave: not on a pallet of their own, nor on a shipment."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Store
from common.errors import Conflict
from inventory.models import Asin
from pallets.models import Pallet
from pallets.services.carts import generate_pallets
from pallets.services.shipments import make_shipment, ship_shipment
from pallets.services.shipping import pack_pallet, ship_pallet
from pallets.tasks import follow_ungating
from tests.factories import make_asin, ungate
from ungating.models import Scope, Status, UngatingStatus, UngatingTask
from ungating.services import reset_override, set_override

pytestmark = pytest.mark.django_db
GATED = "Brand Acme: gated by manual override (complaints)"


@pytest.fixture
def row(store: Store) -> UngatingStatus:
    """Of a brand that was gated after its goods were put on a pallet."""
    make_asin(on_hand=600)
    row = ungate(store, "Acme", Scope.BRAND)
    generate_pallets(store_id="1", build_anyway=True)
    set_override(statuses=[row], status=Status.GATED, reason="complaints")
    return row


def test_such_a_pallet_does_not_leave_until_it_may(row: UngatingStatus) -> None:
    pallet = Pallet.objects.get()
    pack_pallet(code=pallet.code)
    with pytest.raises(Conflict, match="B000000001 may not go to Store 1"):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert (Pallet.objects.get().state, Asin.objects.get().on_hand) == ("packed", 600)
    reset_override(statuses=[row])
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert Pallet.objects.get().state == "shipped"


def test_nor_does_a_shipment_with_it(row: UngatingStatus) -> None:
    shipment = make_shipment(pallets=[Pallet.objects.get().code])
    with pytest.raises(Conflict, match="B000000001 may not go to Store 1"):
        ship_shipment(code=shipment.code, shipped_on=timezone.localdate())
    assert Pallet.objects.get().state == "planned"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"status": "suspended"}, "Store 1 is suspended."), ({"is_active": False}, "Store 1 is no longer in use.")],
)
def test_nothing_leaves_for_a_store_that_was_closed_since(row: UngatingStatus, changes: Any, words: str) -> None:
    reset_override(statuses=[row])
    code = Pallet.objects.get().code
    Store.objects.update(**changes)
    told = f"{code} cannot go to its store: {words} Cancel it, or wait until the store is active again."
    with pytest.raises(Conflict, match=f"^{re.escape(told)}$"):
        ship_pallet(code=code, shipped_on=timezone.localdate())
    assert (Pallet.objects.get().state, Asin.objects.get().on_hand) == ("planned", 600)
    Store.objects.update(status="active", is_active=True)
    ship_pallet(code=code, shipped_on=timezone.localdate())
    assert Pallet.objects.get().state == "shipped"


def test_its_page_and_its_form_say_so(row: UngatingStatus) -> None:
    browser, pallet = Browser(), Pallet.objects.get()
    browser.force_login(User.objects.create_superuser("anna"))
    text = browser.get(reverse("admin:pallets_pallet_change", args=[pallet.pk])).content.decode()
    assert f"<strong>1 line is no longer allowed at this store:</strong> B000000001 ({GATED})." in " ".join(
        text.split()
    )
    url = reverse("admin:pallet_ship", args=[pallet.code])
    answer = browser.post(url, {"shipped_on": timezone.localdate().isoformat(), "apply": "1"}).content.decode()
    assert f"{pallet.code}: B000000001 may not go to Store 1: {GATED}." in answer
    assert Pallet.objects.get().state == "planned"


def test_the_minutes_task_follows(row: UngatingStatus) -> None:
    Asin.objects.update(on_hand=720)
    set_override(statuses=[row], status=Status.INVOICE_NEEDED, reason="asked for")
    assert "locked=1" in follow_ungating()
    assert UngatingTask.objects.get().unlocks > 500
    assert "tasks=None" in follow_ungating()
