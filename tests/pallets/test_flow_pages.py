"""The staff's pages of pooling, pallets and shipments: one answer each, and an exact count of queries."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Cart
from clients.models import Store
from common.admin_columns import admin_url
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet, Shipment
from pallets.services.carts import generate_pallets
from pallets.services.pooling import pool_goods
from pallets.services.shipments import make_shipment
from pallets.services.shipping import pack_pallet
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import code_of, mutual_store, on_it, waiting_cart
from tests.pallets.test_admin_pages import signed_in_as

pytestmark = pytest.mark.django_db
PALLETS = "/admin/pallets/pallet/"


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


def told(answer: object) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in answer.context["messages"]]  # type: ignore[attr-defined]


def pallet_url(name: str, pallet: Pallet) -> str:
    return reverse(f"admin:pallet_{name}", args=[pallet.code])


def test_pooling_by_hand_from_the_cart_to_the_truck(staff: Browser) -> None:
    mutual = mutual_store()
    cart = waiting_cart()
    assert "Pool in Mutual M" in staff.get(admin_url(cart)).content.decode()
    url = reverse("admin:cart_pool", args=[cart.code])
    form = staff.get(url).context["form"]
    line = f"cases_{cart.lines.get().pk}"
    assert (form.initial.get("store", form.fields["store"].initial), line in form.fields) == (mutual.pk, True)
    answer = staff.post(url, {"store": mutual.pk, line: "4"}, follow=True)
    pallet = Pallet.objects.get()
    assert told(answer) == [f"Goods of {cart.code} stand on {pallet.code} of Mutual M now."]
    assert "Take off the pooled pallet" in answer.content.decode()
    staff.post(url, {"store": mutual.pk})
    pallet.refresh_from_db()
    assert on_it(pallet) == [("1", code_of("1"), 10)]
    page = staff.get(admin_url(cart)).content.decode()
    assert "Pool in Mutual M" not in page
    assert told(staff.post(reverse("admin:cart_unpool", args=[cart.code]), follow=True)) == [
        f"The goods of {cart.code} wait for a pallet again."
    ]
    staff.post(url, {"store": mutual.pk}, follow=True)
    pallet = Pallet.objects.latest("pk")
    assert told(staff.post(pallet_url("replan", pallet), follow=True)) == [f"{pallet.code} is packed anew."]
    assert told(staff.post(pallet_url("pack", pallet), follow=True)) == [f"{pallet.code} is packed."]
    assert told(staff.post(pallet_url("reopen", pallet), follow=True)) == [f"{pallet.code} is planned again."]
    early = staff.post(pallet_url("ship", pallet), {"shipped_on": timezone.localdate().isoformat()})
    assert f"Pack {pallet.code} first" in early.content.decode()
    staff.post(pallet_url("pack", pallet))
    staff.post(pallet_url("ship", pallet), {"shipped_on": timezone.localdate(), "amazon_id": "fba15abcdef12"})
    assert (Cart.objects.get().state, Shipment.objects.get().amazon_id) == ("shipped", "FBA15ABCDEF12")
    assert audit() == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"cases": "11"}, "Ensure this value is less than or equal to 10."),
        ({"cases": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"cases": "x"}, "Enter a whole number."),
        ({"cases": "0"}, "Say how many cases of which ASIN are pooled."),
        ({"store": "999"}, "Select a valid choice."),
        ({"store": "x"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_with_a_pool_stands_at_its_field(staff: Browser, sent: dict[str, str], message: str) -> None:
    mutual = mutual_store()
    cart = waiting_cart()
    line = f"cases_{cart.lines.get().pk}"
    data = {"store": sent.get("store", str(mutual.pk)), line: sent.get("cases", "")}
    assert message in staff.post(reverse("admin:cart_pool", args=[cart.code]), data).content.decode()
    assert Pallet.objects.count() == 0


def test_a_number_for_goods_that_wait_no_more_pools_nothing_else(staff: Browser) -> None:
    mutual = mutual_store()
    ungate(make_store("1", client=make_client("1")))
    make_asin("B000000001", on_hand=30)
    make_asin("B000000002", on_hand=30)
    cart = generate_pallets(store_id="1")
    first = cart.lines.get(asin__code="B000000001")
    (pallet,) = pool_goods(cart_code=cart.code, cases={"B000000001": 5})
    data = {"store": str(mutual.pk), f"cases_{first.pk}": "2"}
    answer = staff.post(reverse("admin:cart_pool", args=[cart.code]), data)
    assert "Some of these goods do not wait any more." in answer.content.decode()
    assert on_it(pallet) == [("1", "B000000001", 5)]


def test_cancelling_a_pallet_asks_for_a_reason(store: Store, staff: Browser) -> None:
    make_asin(on_hand=600)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    assert "Its units are released" in staff.get(pallet_url("cancel", pallet)).content.decode()
    assert "This field is required" in staff.post(pallet_url("cancel", pallet), {"reason": ""}).content.decode()
    answer = staff.post(pallet_url("cancel", pallet), {"reason": "Fell over"}, follow=True)
    assert told(answer) == [f"{pallet.code} is cancelled."]
    assert "Fell over" in answer.content.decode()
    again = staff.post(pallet_url("cancel", pallet), {"reason": "Again"}).content.decode()
    assert f"Pallet {pallet.code} is cancelled; it cannot become cancelled." in again
    assert Asin.objects.get().reserved == 0
    assert audit() == []


def own_pallets(store: Store) -> list[Pallet]:
    make_asin(on_hand=1200, unit_cost=Decimal("5.00"))
    generate_pallets(store_id=store.panel_id, build_anyway=True)
    return list(Pallet.objects.order_by("pk"))


def choose(staff: Browser, *pallets: Pallet) -> object:
    chosen = {"action": "put_on_shipment", "_selected_action": [str(pallet.pk) for pallet in pallets]}
    return staff.post(PALLETS, chosen, follow=True)


def test_chosen_pallets_become_a_shipment_and_leave(store: Store, staff: Browser) -> None:
    first, second = own_pallets(store)
    answer = choose(staff, first, second)
    shipment = Shipment.objects.get()
    assert told(answer) == [f"{shipment.code} has 2 pallets."]
    assert shipment.created_by.username == "anna"
    for name, words in (("remove", "off"), ("add", "on")):
        url = reverse(f"admin:shipment_{name}_pallets", args=[shipment.code])
        (said,) = told(staff.post(url, {"pallet": [second.code]}, follow=True))
        assert said.startswith(f"{second.code}: {words} {shipment.code}")
    url = reverse("admin:shipment_ship", args=[shipment.code])
    wrong = staff.post(url, {"shipped_on": timezone.localdate(), "amazon_id": "FBA1"}).content.decode()
    assert "An FBA shipment ID is FBA and 9 to 12 letters or digits." in wrong
    sent = {"shipped_on": timezone.localdate(), "amazon_id": "FBA15ABCDEF12", "carrier": "Estes", "tracking": "PRO 7"}
    page = staff.post(url, sent, follow=True).content.decode()
    for words in ("FBA15ABCDEF12", "Estes PRO 7", first.code, second.code, "pill-shipped"):
        assert words in page
    assert "Take off" not in page
    assert set(Pallet.objects.values_list("state", flat=True)) == {"shipped"}
    assert shipment.code in staff.get("/admin/pallets/shipment/", {"q": "FBA15ABCDEF12"}).content.decode()
    assert audit() == []


def test_pallets_of_two_stores_or_on_a_shipment_are_refused_by_name(store: Store, staff: Browser) -> None:
    first, second = own_pallets(store)
    ungate(make_store("2", client=make_client("2", balance="9000.00")))
    make_asin("B000000002", on_hand=600)
    generate_pallets(store_id="2", build_anyway=True)
    foreign = Pallet.objects.latest("pk")
    assert told(choose(staff, first, foreign)) == [f"{foreign.code} goes to another store than Store 1 (1)."]
    choose(staff, first)
    assert told(choose(staff, first, second)) == [f"{first.code} is on a shipment already."]
    shipment = Shipment.objects.get()
    url = reverse("admin:shipment_add_pallets", args=[shipment.code])
    assert told(staff.post(url, {"pallet": [foreign.code]}, follow=True)) == [
        f"{foreign.code} goes to another store than Store 1 (1)."
    ]
    assert list(shipment.pallets.all()) == [first]
    assert told(staff.post(reverse("admin:shipment_cancel", args=[shipment.code]), follow=True)) == [
        f"{shipment.code} is cancelled; its pallets stand by themselves again."
    ]


def test_looking_changes_nothing_and_unknown_ones_are_a_404(store: Store, staff: Browser) -> None:
    pallet, _ = own_pallets(store)
    shipment = make_shipment(pallets=[pallet.code])
    for name in ("pack", "reopen", "replan"):
        assert staff.get(pallet_url(name, pallet)).status_code == 405
    for name in ("add_pallets", "remove_pallets", "cancel"):
        assert staff.get(reverse(f"admin:shipment_{name}", args=[shipment.code])).status_code == 405
    assert staff.get(reverse("admin:shipment_ship", args=[shipment.code])).status_code == 200
    assert staff.get("/admin/pallets/shipment/99/change/").status_code == 404
    assert staff.get("/admin/pallets/shipment/x/change/").status_code == 404
    assert staff.post("/admin/pallets/shipment/S-9/cancel/").status_code == 404
    assert staff.post("/admin/pallets/pallet/P-9/reopen/").status_code == 404
    assert (Pallet.objects.get(pk=pallet.pk).state, Shipment.objects.get().state) == ("planned", "open")


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("allocator", True), ("manager", True)])
def test_who_may_move_goods(role: str, may: bool) -> None:
    mutual = mutual_store()
    cart = waiting_cart(units=120)
    browser = signed_in_as(role)
    expected = 302 if may else 403
    assert ("Pool in" in browser.get(admin_url(cart)).content.decode()) is may
    assert browser.post(reverse("admin:cart_pool", args=[cart.code]), {"store": mutual.pk}).status_code == expected
    pallet = Pallet.objects.get() if may else pool_goods(cart_code=cart.code)[0]
    for name in ("replan", "pack", "reopen"):
        assert browser.post(pallet_url(name, pallet)).status_code == expected
    chosen = {"action": "put_on_shipment", "_selected_action": [str(pallet.pk)]}
    browser.post(PALLETS, chosen)
    assert Shipment.objects.count() == int(may)
    shipment = Shipment.objects.first() or make_shipment(pallets=[pallet.code])
    page = browser.get(admin_url(shipment))
    assert (page.status_code, "Ship all" in page.content.decode()) == (200, may)
    for name in ("remove_pallets", "cancel"):
        url = reverse(f"admin:shipment_{name}", args=[shipment.code])
        assert browser.post(url, {"pallet": [pallet.code]}).status_code == expected
    assert browser.post(pallet_url("cancel", pallet), {"reason": "Damaged"}).status_code == expected


@pytest.mark.parametrize("count", [2, 12])
def test_the_pages_ask_as_much_for_many_pallets(
    store: Store, staff: Browser, count: int, django_assert_num_queries: object
) -> None:
    for _ in range(count):
        for shipment in (None, Shipment.objects.first() or Shipment.objects.create(store=store)):
            Pallet.objects.create(
                store=store, cartons=1, volume=1, weight=100, height=7, fill=Decimal("0.1"), cube=Decimal("0.1"),
                shipment=shipment,
            )  # fmt: skip
    shipment = Shipment.objects.get()
    # session, user; header; shipment with store and maker; its pallets, those that could go along
    with django_assert_num_queries(6):  # type: ignore[operator]
        page = staff.get(admin_url(shipment)).content.decode()
    assert page.count("Take off") == count
    assert page.count('type="checkbox" name="pallet"') == count


def test_a_packed_pooled_pallet_names_what_stops_a_cancelled_cart(staff: Browser) -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    pack_pallet(code=pallet.code)
    page = staff.post(reverse("admin:cart_cancel", args=[cart.code]), {"reason": "Client left"}).content.decode()
    assert f"reopen {pallet.code} first" in page
    assert Cart.objects.get().state == "palletised"
