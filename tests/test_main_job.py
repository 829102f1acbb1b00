"""The whole path on the sample data: feeds in, carts for stores, pallets out, audited, undone, backed up."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client, Store
from inventory.models import Asin
from inventory.pallet_spec import GMA
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.shipping import ship_pallet
from sync.models import SourceName
from sync.services import sync_source
from ungating.eligibility import StoreEligibility
from ungating.models import UngatingStatus

DATA = Path(__file__).parent / "data"
FILES = {
    SourceName.PORTAL: DATA / "buying_portal.csv",
    SourceName.PANEL: DATA / "panel",
    SourceName.UNGATING: DATA / "ungating",
    SourceName.PREORDERS: DATA / "preorders.csv",
}


@pytest.mark.django_db
def test_five_stores_from_feeds_to_pallets_and_back() -> None:
    for source, file in FILES.items():
        report = sync_source(source=source, file=file)
        assert report.ok, report.error
    available = {client.pk: client.available for client in Client.objects.all()}
    for store in _stores(5):
        cart = generate_pallets(store_id=store.panel_id, build_anyway=True)
        _check_cart(cart, available)
    for pallet in Pallet.objects.all():
        assert pallet.weight <= GMA.max_gross_weight
        assert pallet.height <= GMA.max_height
        assert pallet.fill <= 1
    assert audit() == []

    shipped = Pallet.objects.order_by("pk")[0]
    ship_pallet(code=shipped.code, shipped_on=timezone.localdate())
    assert audit() == []
    for cart in Cart.objects.exclude(state="shipped"):
        cancel_cart(code=cart.code, reason="Test")
    assert audit() == []
    assert Asin.objects.filter(reserved__gt=0).count() == 0


def _stores(count: int) -> list[Store]:
    """The first stores of clients with money, one of each client."""
    stores = Store.objects.receiving().filter(is_mutual=False, client__balance__gt=0).order_by("pk")
    first = {store.client_id: store for store in reversed(stores)}
    return sorted(first.values(), key=lambda store: store.pk)[:count]


def _check_cart(cart: Cart, available: dict[int, Decimal]) -> None:
    """Within the balance, whole cases of eligible ASINs, shipping between minimum and maximum, sums equal."""
    assert Decimal(0) < cart.total <= available[cart.client_id]
    available[cart.client_id] -= cart.total
    eligibility = StoreEligibility(UngatingStatus.objects.of(cart.store), now=timezone.now())
    for line in cart.lines.select_related("asin"):
        assert eligibility.judge(line.asin).eligible
        assert line.units == line.cases * line.asin.case_pack
        parts = list(line.pallet_lines.all())
        assert sum(part.cases for part in parts) == line.cases
        assert sum((part.shipping for part in parts), Decimal(0)) == line.shipping
        for part in parts:
            assert line.asin.min_shipping <= part.shipping_per_unit <= line.asin.max_shipping
