"""Goods that their store may not receive (any more): flagged on pages, refused at confirm and before they leave."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Cart, CartLine
from clients.models import Store
from common.errors import Conflict, DomainError
from pallets.destinations import barred_lines, barred_on, bound_goods, check_allowed
from pallets.models import Pallet, PalletLine
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.pooling import pool_goods, unpool
from pallets.services.shipping import pack_pallet, ship_pallet
from tests.factories import make_asin, ungate
from tests.pallets.pooled import code_of, mutual_store, waiting_cart
from ungating.models import Scope, Status, UngatingStatus
from ungating.services import reset_override, set_override

pytestmark = pytest.mark.django_db
NOW = timezone.now() + timedelta(seconds=5)
GATED = "Brand Acme: gated by manual override (complaints)"


@pytest.fixture
def row(store: Store) -> UngatingStatus:
    make_asin()
    make_asin("B000000002", brand="Brio")
    return ungate(store, "Acme", Scope.BRAND)


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


def gate(row: UngatingStatus) -> None:
    set_override(statuses=[row], status=Status.GATED, reason="complaints")


def lines_of(cart: Cart) -> list[CartLine]:
    return list(cart.lines.select_related("asin").order_by("asin__code"))


def barred(cart: Cart) -> dict[str, str]:
    lines = lines_of(cart)
    found = barred_lines(cart, lines, now=timezone.now())
    return {line.asin.code: found[line.pk] for line in lines if line.pk in found}


def page(cart: Cart, staff: Browser) -> str:
    text = staff.get(reverse("admin:allocation_cart_change", args=[cart.pk])).content.decode()
    return " ".join(text.split())


def test_a_line_that_is_no_longer_allowed_is_flagged(row: UngatingStatus, staff: Browser) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert "no longer allowed" not in page(cart, staff)
    gate(row)
    assert barred(cart) == {"B000000001": GATED}
    text = page(cart, staff)
    assert (
        f"<strong>1 line is no longer allowed:</strong> B000000001 ({GATED}). Their pallets cannot be shipped" in text
    )
    assert f'<span class="pill pill-expired">Not allowed</span> {GATED}' in text
    reset_override(statuses=[row])
    assert barred(cart) == {}
    assert "no longer allowed" not in page(cart, staff)


def test_a_draft_says_so_too(row: UngatingStatus, staff: Browser) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True, confirm=False)
    gate(row)
    assert barred(cart) == {"B000000001": GATED}
    assert f"B000000001 may no longer go to Store 1: {GATED}." in page(cart, staff)


def test_several_lines_are_told_together(row: UngatingStatus, staff: Browser) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    UngatingStatus.objects.update(expires_at=timezone.now())
    nothing = "no ungating status for this ASIN, brand or category"
    assert barred(cart) == {"B000000001": nothing, "B000000002": nothing}
    assert "<strong>2 lines are no longer allowed:</strong>" in page(cart, staff)


def test_a_draft_with_such_a_line_is_not_confirmed(row: UngatingStatus, staff: Browser) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True, confirm=False)
    gate(row)
    with pytest.raises(DomainError) as raised:
        confirm_cart(code=cart.code)
    assert [problem.message for problem in raised.value.problems] == [
        f"B000000001 may no longer go to Store 1: {GATED}."
    ]
    answer = staff.post(reverse("admin:cart_confirm", args=[cart.code]), follow=True).content.decode()
    assert f"B000000001 may no longer go to Store 1: {GATED}." in answer
    cart.refresh_from_db()
    assert (cart.state, Pallet.objects.count()) == ("draft", 0)


def test_what_is_closed_is_not_flagged(row: UngatingStatus) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    for pallet in Pallet.objects.all():
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    gate(row)
    cart.refresh_from_db()
    assert cart.state == "shipped"
    assert barred(cart) == {}
    pallet = Pallet.objects.first()
    assert barred_on(pallet, list(pallet.lines.select_related("asin")), now=NOW) == {}


def going(cart: Cart) -> list[tuple[str, int]]:
    names = dict(Store.objects.values_list("pk", "panel_id"))
    lines = lines_of(cart)
    return [(names[one.store], one.units) for one in bound_goods(lines)]


def test_goods_go_where_their_pallet_goes() -> None:
    mutual_store()
    cart = waiting_cart(units=60)
    assert going(cart) == [("1", 60)]
    pool_goods(cart_code=cart.code, cases={code_of("1"): 4})
    assert going(cart) == [("M", 24), ("1", 36)]
    pool_goods(cart_code=cart.code)
    assert going(cart) == [("M", 60)]
    pallet = Pallet.objects.get()
    pack_pallet(code=pallet.code)
    assert going(cart) == [("M", 60)]
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert going(cart) == []


def test_pooled_goods_name_the_store_that_they_go_to(staff: Browser) -> None:
    mutual = mutual_store()
    cart = waiting_cart()
    pool_goods(cart_code=cart.code)
    gate(UngatingStatus.objects.get(store__panel_id="1"))
    assert barred(cart) == {}
    gate(UngatingStatus.objects.get(store=mutual))
    words = "Mutual M: Category Toys & Games: gated by manual override (complaints)"
    assert barred(cart) == {code_of("1"): words}
    assert words.replace("&", "&amp;") in page(cart, staff)
    unpool(cart_code=cart.code)
    assert barred(cart) == {code_of("1"): "Brand Brand 1: gated by manual override (complaints)"}


def test_a_pallet_with_such_goods_does_not_leave(row: UngatingStatus) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    check_allowed([pallet])
    gate(row)
    lines = list(PalletLine.objects.select_related("asin").order_by("asin__code"))
    assert barred_on(pallet, lines, now=NOW) == {lines[0].pk: GATED}
    with pytest.raises(Conflict) as raised:
        check_allowed([pallet])
    assert [problem.message for problem in raised.value.problems] == [
        f"{pallet.code}: B000000001 may not go to Store 1: {GATED}. It is {cart.code}'s.",
        "Cancel the pallet or the cart; or, where it may go after all, override the ungating status.",
    ]


@pytest.mark.parametrize("asins", [2, 12])
def test_a_cart_is_checked_with_two_queries(row: UngatingStatus, asins: int, django_assert_num_queries: Any) -> None:
    for number in range(3, asins + 1):
        make_asin(f"B{number:09d}", on_hand=12)
    cart = generate_pallets(store_id="1", build_anyway=True)
    gate(row)
    lines = lines_of(cart)
    with django_assert_num_queries(2):
        assert barred_lines(cart, lines, now=timezone.now())
    with django_assert_num_queries(1):
        pallet = Pallet.objects.all()[0]
    on_it = list(pallet.lines.select_related("asin"))
    with django_assert_num_queries(1):
        assert barred_on(pallet, on_it, now=timezone.now())
