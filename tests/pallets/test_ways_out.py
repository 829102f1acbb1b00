"""What a cart's shipping is made of, and the ways out of a poorly filled last pallet: exact on small data."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from allocation.models import Cart
from clients.models import Store
from common.errors import Conflict, NotFound, StalePlan
from inventory.models import Asin
from pallets.presentation import describe_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.ways_out import find_ways_out
from pallets.shipping_pages import shipping_context
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db
OLD = date(2024, 1, 1)  # a dollar of it is worth 2.8125 to a client of medium priority
# 8 such cases fill the usable cube: 2 x 2 on the deck and 2 high. A load is 24 x 20 x 33 / 114,048 = 0.138888 of 90 %.
BIG: dict[str, Any] = {
    "case_length": Decimal(24),
    "case_width": Decimal(20),
    "case_height": Decimal(33),
    "case_weight": Decimal(20),
}


def drafted(amount: str = "10000.00", **fields: Any) -> Cart:
    return generate_pallets(store_id="1", amount=Decimal(amount), confirm=False, build_anyway=True, **fields)


def story_of(cart: Cart) -> dict[str, Any]:
    story: dict[str, Any] = cart.insight["shipping"]
    return story


def test_shipping_is_told_between_its_minimum_and_maximum_pallet_by_pallet(store: Store) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    story = story_of(drafted())
    # 8 of 10 cases make a pallet (1.0), 2 one of 2 x 15,840 / 114,048 = 0.2778: 12 units x (1.50 - 0.2778) = 14.6664
    assert story["pallets"] == [
        {"fill": "1.0000", "cases": 8, "units": 48, "shipping": "24.00"},
        {"fill": "0.2778", "cases": 2, "units": 12, "shipping": "14.67"},
    ]
    assert (story["minimum"], story["paid"], story["maximum"]) == ("30.00", "38.67", "90.00")
    assert story["atLeast"] == 2
    assert story["last"] == {
        "number": 2,
        "fill": "0.2778",
        "cases": 2,
        "units": 12,
        "shipping": "14.67",
        "goods": "120.00",
        "perCarton": "7.34",
        "onAFullPallet": "6.00",
    }


def test_the_engines_estimate_stands_beside_what_packing_costs(store: Store) -> None:
    """Seven loads of 0.1388 make one pallet of 0.9722 and three one of 0.4166: cheaper than 8 and 2 on real ones."""
    make_asin(on_hand=60, date_added=OLD, **BIG)
    # 42 x (1.50 - 0.97222) + 18 x (1.50 - 0.41667) = 22.1667 + 19.50 = 41.67
    assert story_of(drafted())["estimate"] == {
        "shipping": "41.67",
        "difference": "-3.00",
        "pallets": 2,
        "worth": "1.3889",
        "packedWorth": "1.2778",
        "because": "packed",
    }


def test_a_case_heavy_on_one_pallet_and_large_on_another_makes_packed_goods_dearer_than_loads(store: Store) -> None:
    make_asin(on_hand=12, date_added=OLD, **BIG)
    make_asin("B000000002", on_hand=12, date_added=OLD, case_weight=Decimal(200))
    estimate = story_of(drafted())["estimate"]
    # Loads: 2 x 0.138888 and 2 x 200 / 1455 = 0.552692; packed 33,600 / 114,048 = 0.2946 of the cube, 0.3024 of weight
    assert (estimate["worth"], estimate["packedWorth"], estimate["because"]) == ("0.5527", "0.3024", "loads")
    # 24 x (1.50 - 0.552692) = 22.7354 in two lines of 11.37; packed 24 x 1.1976 = 28.74
    assert (estimate["shipping"], estimate["difference"]) == ("22.74", "6.00")


def test_holding_back_the_cartons_of_a_poor_last_pallet_is_offered_with_its_exact_effect(store: Store) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    draft = drafted()
    assert story_of(draft)["ways"] == [
        {
            "kind": "holdBack",
            "asins": [{"asin": "B000000001", "cases": 2}],
            "cases": 2,
            "units": 12,
            "pallets": 1,
            "goodsFreed": "120.00",
            "shippingFreed": "14.67",
            "valueLost": "322.83",  # 120.00 x 2.8125 - 14.67
        }
    ]
    Asin.objects.update(on_hand=48)
    smaller = drafted()
    assert draft.total - smaller.total == Decimal("134.67")
    assert draft.value - smaller.value == Decimal("322.83")


def test_a_well_filled_last_pallet_is_not_held_back_and_a_single_one_cannot_be(store: Store) -> None:
    make_asin(on_hand=6 * 13, date_added=OLD, **BIG)  # 8 and 5 cases: 0.6944
    story = story_of(drafted())
    assert ([row["fill"] for row in story["pallets"]], story["ways"]) == (["1.0000", "0.6944"], [])
    Asin.objects.update(on_hand=12)
    assert story_of(drafted())["ways"] == []


def test_a_top_up_names_allocatable_goods_and_what_they_save_those_already_there(store: Store) -> None:
    make_asin(on_hand=600, date_added=OLD, **BIG)
    make_asin("B000000002", on_hand=600, category="Books", date_added=OLD)
    draft = drafted("380.00")
    # 5 cases fill 0.6944 and cost 300.00 + 30 x 0.8056; a sixth would exceed the amount, not the balance.
    assert (draft.total, [line.cases for line in draft.lines.all()]) == (Decimal("324.17"), [5])
    (way,) = story_of(draft)["ways"]
    # With 2 more 7 fill 0.9722: 42 x 0.5278 = 22.17; the first 30 units ship for 15.84 and not 24.17
    assert way == {
        "kind": "topUp",
        "asins": [{"asin": "B000000001", "cases": 2}],
        "cases": 2,
        "units": 12,
        "fill": "0.9722",
        "goods": "120.00",
        "shipping": "-2.00",
        "saves": "8.33",
        "valueGained": "339.50",
    }
    bigger = drafted("442.17")
    assert (bigger.total - draft.total, bigger.value - draft.value) == (Decimal("118.00"), Decimal("339.50"))
    shown = shipping_context(draft)
    assert shown is not None
    assert shown["ways"][0]["price"].endswith(
        "That is $62.17 beyond the amount, within the client's balance of that day."
    )


@pytest.mark.parametrize("why", ["no stock", "no money", "gated", "full"])
def test_nothing_is_offered_where_nothing_is_allocatable(store: Store, why: str) -> None:
    make_asin(on_hand=6 * (7 if why == "full" else 5), date_added=OLD, **BIG)
    if why != "no stock":
        make_asin("B000000002", on_hand=600, category="Books", date_added=OLD, unit_cost=Decimal(2000))
    if why in ("no money", "full"):
        ungate(store, "Books")
    draft = drafted("500.00")
    story = story_of(draft)
    assert (draft.lines.count(), len(story["pallets"]), story["ways"]) == (1, 1, [])
    shown = shipping_context(draft)
    assert shown is not None
    assert (shown["nothing_better"], shown["may_ask"]) == (True, False)


def test_a_pooled_cart_has_no_pallet_to_tell_of(store: Store) -> None:
    make_asin(on_hand=12, **BIG)
    cart = generate_pallets(store_id="1", confirm=False)
    assert (cart.is_pooled, cart.insight["shipping"], shipping_context(cart)) == (True, None, None)
    with pytest.raises(Conflict, match="is pooled: it has no pallet of its own"):
        find_ways_out(code=cart.code)


def test_a_large_cart_is_worked_out_when_somebody_asks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pallets.ways_out.AT_ONCE", 9)
    make_asin(on_hand=60, date_added=OLD, **BIG)
    draft = drafted()
    assert (story_of(draft)["ways"], shipping_context(draft)["may_ask"]) == (None, True)  # type: ignore[index]
    find_ways_out(code=draft.code)
    after = Cart.objects.get()
    assert [way["kind"] for way in story_of(after)["ways"]] == ["holdBack"]
    assert {**after.insight, "shipping": None} == {**draft.insight, "shipping": None}


def test_a_draft_without_a_story_gets_one(store: Store) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    draft = drafted()
    Cart.objects.update(insight={})
    assert describe_cart(Cart.objects.get())["shippingStory"] is None
    assert shipping_context(Cart.objects.get()) == {"may_ask": True}
    find_ways_out(code=draft.code)
    assert describe_cart(Cart.objects.get())["shippingStory"] == story_of(draft)


def test_only_a_draft_that_still_holds_is_worked_out(store: Store) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    draft = drafted()
    Asin.objects.update(unit_cost=Decimal(11))
    with pytest.raises(StalePlan):
        find_ways_out(code=draft.code)
    Asin.objects.update(unit_cost=Decimal(10))
    confirm_cart(code=draft.code)
    with pytest.raises(Conflict):
        find_ways_out(code=draft.code)
    with pytest.raises(NotFound):
        find_ways_out(code="C-999999")
    assert story_of(Cart.objects.get()) == story_of(draft)


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


def test_the_cart_page_tells_it_in_words(
    store: Store, staff: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    cart = drafted()
    page = staff.get(reverse("admin:allocation_cart_change", args=[cart.pk])).content.decode()
    for words in (
        "2 pallets; no packing needs fewer.",
        "$38.67: $30.00 if every pallet were full, $90.00 if each were empty.",
        "$3.00 less than the $41.67 that the engine expected",
        "Pallet 2 is the least filled, 27.8%. Its 2 cartons ($120.00 of goods) add $14.67 to the shipping, $7.34 a "
        "carton; on a full pallet they would ship for $6.00.",
        "Hold back the 2 cartons of pallet 2",
        "Saves $14.67 of shipping and a pallet, and frees $120.00 of goods. The cart is worth $322.83 less.",
        "2 × B000000001",
        "14%",  # (0.6445 - 0.50) of 1.00
    ):
        assert words in page
    with django_assert_num_queries(0):
        shipping_context(cart)


def test_the_button_works_it_out_and_only_for_those_who_may(store: Store, staff: Browser) -> None:
    make_asin(on_hand=60, date_added=OLD, **BIG)
    cart = drafted()
    Cart.objects.update(insight={})
    url, page = (
        reverse("admin:cart_ways_out", args=[cart.code]),
        reverse("admin:allocation_cart_change", args=[cart.pk]),
    )
    assert url in staff.get(page).content.decode()
    assert staff.get(url).status_code == 405
    viewer = Browser()
    viewer.force_login(User.objects.create_user("vera", is_staff=True))
    assert viewer.post(url).status_code == 403
    assert "Hold back the 2 cartons" in staff.post(url, follow=True).content.decode()
    assert url not in staff.get(page).content.decode()
    assert staff.post(reverse("admin:cart_ways_out", args=["C-999999"])).status_code == 404


def test_estimated_sizes_are_marked_on_the_line_the_page_and_in_the_answer(store: Store, staff: Browser) -> None:
    unknown: dict[str, Any] = dict.fromkeys(("case_length", "case_width", "case_height", "case_weight"))
    make_asin(on_hand=60, **unknown)
    cart = generate_pallets(store_id="1", build_anyway=True)
    answer = describe_cart(cart)
    assert [line["estimatedSize"] for line in answer["cart"]["lines"]] == [True]
    assert [pallet["estimatedSizes"] for pallet in answer["pallets"]] == [True]
    assert [line["estimatedSize"] for line in answer["pallets"][0]["lines"]] == [True]
    assert "estimated size" in staff.get(reverse("admin:allocation_cart_change", args=[cart.pk])).content.decode()


def test_a_top_up_spends_no_more_than_the_balance_of_the_stores_own_client(store: Store) -> None:
    make_asin(on_hand=600, date_added=OLD, **BIG)
    poor = make_store("2", client=make_client("2", balance="330.00"))
    ungate(poor)
    cart = generate_pallets(store_id="2", confirm=False, build_anyway=True)
    assert (cart.total, story_of(cart)["ways"]) == (Decimal("324.17"), [])
