"""What was paid ahead on a preorder is given back, as far as it counts for no units in carts."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Preorder
from allocation.services.preorder_payments import record_refund
from allocation.services.preorders import quantity_problems
from clients.models import Store
from common.errors import Conflict, DomainError
from pallets.services.carts import generate_pallets
from pallets.services.shipping import ship_pallet
from tests.allocation.preorders import all_is_well, arrive, fresh, preordered
from tests.factories import make_asin, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    store = make_store()
    ungate(store)
    return store


def test_what_was_paid_beyond_the_units_that_have_gone_is_given_back(store: Store) -> None:
    asin = make_asin(on_hand=12)
    arrive(preordered(store, asin, 60, paid=Decimal("500.00")), 12)
    (pallet,) = generate_pallets(store_id="1", build_anyway=True).lines.get().pallet_lines.all()
    ship_pallet(code=pallet.pallet.code, shipped_on=timezone.localdate())
    made = Preorder.objects.get()
    assert quantity_problems(made, 12) == {"quantity": "12 units amount to $120.00, but $500.00 is paid already."}
    with pytest.raises(
        DomainError, match=r"Only \$380\.00 can be given back, as \$120\.00 counts for units in carts\."
    ):
        record_refund(preorder=made, amount=Decimal("380.01"), note="by wire")
    with pytest.raises(DomainError, match="Say how the money was given back"):
        record_refund(preorder=made, amount=Decimal("380.00"), note=" ")
    for _ in range(2):
        record_refund(preorder=made, amount=Decimal("380.00"), note="by wire", key="k")
    made.refresh_from_db()
    assert (made.paid, quantity_problems(made, 12)) == (Decimal("120.00"), {})
    assert [row.amount for row in made.payments.order_by("pk")] == [Decimal("500.00"), Decimal("-380.00")]
    with pytest.raises(DomainError, match=r"A refund is more than \$0\.00"):
        record_refund(preorder=made, amount=Decimal("-1.00"), note="by wire")
    assert all_is_well()


def test_who_looked_before_another_change_is_told(store: Store) -> None:
    seen = preordered(store, make_asin(), paid=Decimal("50.00"))
    record_refund(preorder=fresh(seen), amount=Decimal("10.00"), note="by wire")
    with pytest.raises(Conflict, match="changed meanwhile"):
        record_refund(preorder=seen, amount=Decimal("10.00"), note="by wire")
    assert fresh(seen).paid == Decimal("40.00")


def test_the_page_takes_a_form_once(store: Store) -> None:
    made = preordered(store, make_asin(), paid=Decimal("50.00"))
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root"))
    url = reverse("admin:allocation_preorder_record_refund_page", args=[made.pk])
    change = reverse("admin:allocation_preorder_change", args=[made.pk])
    assert url in browser.get(change).content.decode()
    assert "This field is required" in browser.post(url, {"amount": "50.00", "note": ""}).content.decode()
    for _ in range(2):
        browser.post(url, {"amount": "50.00", "note": "by wire", "key": "a" * 32})
    assert fresh(made).paid == Decimal("0.00")
    assert [row.amount for row in made.payments.order_by("pk")] == [Decimal("50.00"), Decimal("-50.00")]
    assert url not in browser.get(change).content.decode()
