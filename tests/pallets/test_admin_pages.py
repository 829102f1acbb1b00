"""The staff's pages: generate, review, confirm, pack, ship, cancel; each with an exact count of queries."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Cart
from clients.models import Store
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client, make_store

pytestmark = pytest.mark.django_db
GENERATE = "/admin/allocation/cart/generate/"


@pytest.fixture(autouse=True)
def _stock() -> None:
    make_asin(on_hand=600)


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


def signed_in_as(role: str) -> Browser:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    browser = Browser()
    browser.force_login(user)
    return browser


def page(cart: Cart) -> str:
    return reverse("admin:allocation_cart_change", args=[cart.pk])


def test_the_main_job_by_hand(store: Store, staff: Browser) -> None:
    assert "New cart" in staff.get(GENERATE).content.decode()
    answer = staff.post(GENERATE, {"client": store.client_id, "policy": "oldest-first", "build_anyway": "on"})
    cart = Cart.objects.get()
    assert (answer.status_code, answer["Location"], cart.state) == (302, page(cart), "draft")
    draft = staff.get(page(cart)).content.decode()
    assert "nothing is reserved or held yet" in draft
    assert "$6,394.92 of $10,000.00 to allocate; $3,605.08 stays unused." in draft
    staff.post(reverse("admin:cart_confirm", args=[cart.code]))
    cart.refresh_from_db()
    pallet = Pallet.objects.get()
    assert (cart.state, cart.created_by.username) == ("palletised", "anna")
    assert pallet.code in staff.get(page(cart)).content.decode()
    pallet_page = staff.get(reverse("admin:pallets_pallet_change", args=[pallet.pk])).content.decode()
    assert pallet_page.count("<svg") >= 1
    assert "1,045.0 lb" in pallet_page
    staff.post(reverse("admin:pallet_pack", args=[pallet.code]))
    staff.post(reverse("admin:pallet_ship", args=[pallet.code]), {"shipped_on": timezone.localdate().isoformat()})
    pallet.refresh_from_db()
    assert (pallet.state, Cart.objects.get().state) == ("shipped", "shipped")
    assert audit() == []


def test_cancelling_asks_for_a_reason_and_gives_everything_back(store: Store, staff: Browser) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    url = reverse("admin:cart_cancel", args=[cart.code])
    assert "This field is required" in staff.post(url, {"reason": ""}).content.decode()
    staff.post(url, {"reason": "Client changed their mind"})
    cart.refresh_from_db()
    assert (cart.state, cart.note) == ("cancelled", "Client changed their mind")
    again = staff.post(url, {"reason": "Again"}).content.decode()
    assert f"Cart {cart.code} is cancelled; it cannot be cancelled." in again
    assert audit() == []


def test_looking_changes_nothing(store: Store, staff: Browser) -> None:
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    assert staff.get(reverse("admin:cart_confirm", args=[draft.code])).status_code == 405
    assert staff.get(reverse("admin:pallet_pack", args=[pallet.code])).status_code == 405
    assert staff.get(reverse("admin:cart_cancel", args=[cart.code])).status_code == 200
    assert staff.get(reverse("admin:pallet_ship", args=[pallet.code])).status_code == 200
    assert (Cart.objects.get(pk=draft.pk).state, Cart.objects.get(pk=cart.pk).state) == ("draft", "palletised")
    assert Pallet.objects.get().state == "planned"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client": ""}, "Choose a store, or a client with one store."),
        ({"amount": "0"}, "greater than or equal to 0.01"),
        ({"amount": "-5"}, "greater than or equal to 0.01"),
        ({"amount": "NaN"}, "Enter a number."),
        ({"amount": "9" * 20}, "no more than 10 digits"),
        ({"amount": "10000.01"}, "is more than the $10,000.00 that Acme Buyers (1) has available."),
        ({"amount": "1"}, "$1.00 pays for no whole case"),
        ({"policy": "best"}, "Select a valid choice"),
        ({"client": "999999"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field(store: Store, staff: Browser, change: dict[str, str], message: str) -> None:
    answer = staff.post(GENERATE, {"client": str(store.client_id), "policy": "oldest-first"} | change)
    assert answer.status_code == 200
    assert message in answer.content.decode().replace("&#x27;", "'")
    assert Cart.objects.count() == 0


def test_a_store_of_another_client_or_several_stores(store: Store, staff: Browser) -> None:
    other = make_store("2", client=make_client("2"))
    mixed = {"client": store.client_id, "store": other.pk, "policy": "oldest-first"}
    assert "belongs to Client 2 (2), not to Acme Buyers (1)." in staff.post(GENERATE, mixed).content.decode()
    make_store("3", client=store.client)
    answer = staff.post(GENERATE, {"client": store.client_id, "policy": "oldest-first"}).content.decode()
    assert "Acme Buyers (1) has several active stores: choose one." in answer


def test_a_stale_draft_tells_what_changed(store: Store, staff: Browser) -> None:
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    draft.lines.get().asin.__class__.objects.update(unit_cost="11.00")
    answer = staff.post(reverse("admin:cart_confirm", args=[draft.code]), follow=True).content.decode()
    assert "B000000001: its cost, shipping prices or case pack have changed since the cart was made." in answer


@pytest.mark.parametrize(
    ("role", "see", "generate", "confirm"),
    [("viewer", 200, 403, 403), ("allocator", 200, 200, 302), ("manager", 200, 200, 302)],
)
def test_who_may_do_what(store: Store, role: str, see: int, generate: int, confirm: int) -> None:
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    browser = signed_in_as(role)
    assert browser.get(page(draft)).status_code == see
    assert browser.get(GENERATE).status_code == generate
    assert browser.post(reverse("admin:cart_confirm", args=[draft.code])).status_code == confirm
    assert (">Confirm<" in browser.get(page(draft)).content.decode()) is False
    assert Cart.objects.get().state == ("draft" if confirm == 403 else "palletised")


def test_nobody_sees_anything_without_signing_in(store: Store) -> None:
    cart = generate_pallets(store_id="1", build_anyway=True)
    for url in (GENERATE, page(cart), reverse("admin:cart_cancel", args=[cart.code])):
        answer = Browser().get(url)
        assert (answer.status_code, answer["Location"].startswith("/admin/login/")) == (302, True)


def test_unknown_carts_and_pallets_are_a_404(staff: Browser) -> None:
    assert staff.get("/admin/allocation/cart/99/change/").status_code == 404
    assert staff.get("/admin/allocation/cart/x/change/").status_code == 404
    assert staff.post("/admin/allocation/cart/C-9/confirm/").status_code == 404
    assert staff.get("/admin/pallets/pallet/99/change/").status_code == 404


@pytest.mark.parametrize("asins", [2, 20])
def test_the_pages_ask_as_much_for_many_lines(
    store: Store, staff: Browser, asins: int, django_assert_num_queries: object
) -> None:
    for number in range(2, asins + 1):
        make_asin(f"B{number:09d}", on_hand=12)
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.first()
    # session, user; header; cart with client, store, policy and maker; lines, where they stand, what they may; pallets;
    # suggestions
    with django_assert_num_queries(9):  # type: ignore[operator]
        assert staff.get(page(cart)).status_code == 200
    # session, user; header; pallet with its store; its lines, what they may
    with django_assert_num_queries(6):  # type: ignore[operator]
        assert staff.get(reverse("admin:pallets_pallet_change", args=[pallet.pk])).status_code == 200
