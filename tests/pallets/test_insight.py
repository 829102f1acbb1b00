"""Why a cart is as it is: exact reasons on small data, one for each ASIN, kept with the cart."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from allocation.models import Cart
from clients.models import Store
from pallets.insight_pages import insight_context
from pallets.pages import REASON_TITLES
from pallets.presentation import describe_cart
from pallets.requests import Wishes
from pallets.services.carts import confirm_cart, generate_pallets
from tests.factories import make_asin, ungate
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db
OLD = date(2024, 1, 1)  # a dollar of it is worth 1 + 1 + 0.25, times 1.25 for a client of medium priority: 2.8125


def drafted(amount: str = "10000.00", **wishes: Any) -> Cart:
    return generate_pallets(
        store_id="1", amount=Decimal(amount), wishes=Wishes(**wishes), confirm=False, build_anyway=True
    )


def test_every_asin_of_the_shelf_is_in_the_cart_or_has_one_reason_with_a_title(store: Store) -> None:
    make_asin("B000000001", on_hand=600, date_added=OLD)
    make_asin("B000000002", on_hand=5)
    make_asin("B000000003", category="Grocery", on_hand=60)
    unworthy = {"unit_cost": Decimal("0.50"), "min_shipping": Decimal(9), "max_shipping": Decimal(9)}
    make_asin("B000000004", on_hand=60, date_added=OLD, **unworthy)
    make_asin("B000000005", on_hand=60, date_added=timezone.localdate())
    cart = drafted("3000.00")
    codes = [line.asin.code for line in cart.lines.select_related("asin")]
    assert sorted([*codes, *(row["asin"] for row in cart.left_out)]) == [f"B00000000{place}" for place in range(1, 6)]
    found = {row["asin"]: (row["code"], row["reason"]) for row in cart.left_out}
    assert {asin: code for asin, (code, _) in found.items()} == {
        "B000000002": "no_stock",
        "B000000003": "unknown",
        "B000000004": "negative",
        "B000000005": "dear",
    }
    # A case of the last: 60 x 1.5625 of value, 63.00 with the least shipping of 3.00
    assert found["B000000005"][1] == "A dollar earns 1.440 here; this client's last dollar earns 2.486."
    assert found["B000000004"][1] == "A case is worth $8.44 and ships for at least $54.00."
    assert {code for code, _ in found.values()} <= set(REASON_TITLES)


def test_a_line_says_what_a_dollar_earns_what_limits_it_and_what_one_more_case_would_bring(store: Store) -> None:
    make_asin(on_hand=600, date_added=OLD)
    answer = describe_cart(drafted(max_units_per_asin=20))
    (line,) = answer["cart"]["lines"]
    # 3 cases fill 0.0253: 18 x (1.50 - 0.0253) of shipping, 506.25 of value; a fourth case 168.75 - 3.00 at the least
    assert line["why"] == {
        "earns": "2.323",
        "limit": "cap",
        "because": "The cap of 3 cases is reached.",
        "oneMoreCase": "165.75",
        "words": "3 cases for $206.54, worth $479.71 after shipping: a dollar earns 2.323; "
        "this client's last dollar earns 0.000. The cap of 3 cases is reached.",
    }
    assert answer["cart"]["limits"] == {
        "maxUnitsPerAsin": "20",
        "coolDownDays": None,
        "maxStoresPerAsin": None,
        "minRoiPercent": None,
    }
    assert answer["certificate"] == {"value": "479.71", "bound": "479.71", "gap": "0.0000"}
    # The bound ships 18 units at 0.50, the cart at 1.4747; half a cent of rounding is granted.
    assert [(row["extra"], row["about"], row["upTo"]) for row in answer["curve"]] == [
        (f"{extra}.00", "0.00", "17.56") for extra in (100, 500, 1000, 5000)
    ]
    assert insight_context(Cart.objects.get())["curve_is_flat"]


def test_more_money_is_worth_so_much_at_most(store: Store) -> None:
    make_asin(on_hand=6000, date_added=OLD)
    cart = drafted("690.00")
    # 10 cases fill 0.0842: 60 x (10.00 + 1.50 - 0.0842) = 684.95, worth 1,687.50 - 84.95
    assert (cart.total, cart.value) == (Decimal("684.95"), Decimal("1602.55"))
    first = cart.insight["curve"][0]
    # 790.00 pays for 12 cases at 63.00: 12 x 165.75 - 1,602.55, and 0.06 of rounding granted; a dollar earns 2.631
    assert (first["extra"], first["about"], first["upTo"]) == ("100.00", "263.12", "386.51")


def test_a_pooled_cart_names_the_amount_for_a_pallet_in_its_curve(store: Store) -> None:
    make_asin(on_hand=6000, date_added=OLD)
    cart = generate_pallets(store_id="1", amount=Decimal("1000.00"), confirm=False)
    assert (cart.is_pooled, cart.top_up) == (True, Decimal("2959.00"))
    assert [row["extra"] for row in cart.insight["curve"]] == ["100.00", "500.00", "1000.00", "2959.00", "5000.00"]
    assert [row["is_top_up"] for row in insight_context(cart)["curve"]] == [False, False, False, True, False]


def test_brands_that_only_gating_blocks_are_ranked_with_what_to_ask_for(store: Store) -> None:
    make_asin(on_hand=60, date_added=OLD)
    for place, (brand, status) in enumerate((("Beta", Status.GATED), ("Gamma", Status.INVOICE_NEEDED)), start=2):
        make_asin(f"B00000000{place}", brand=brand, category="Books", on_hand=60 * place, date_added=OLD)
        ungate(store, brand, Scope.BRAND, status=status)
    make_asin("B000000004", brand="Delta", category="Games", on_hand=60, date_added=OLD)
    make_asin("B000000005", brand="Omega", category="Books", on_hand=60, date_added=OLD)
    ungate(store, "Omega", Scope.BRAND, status=Status.NOT_ELIGIBLE)
    cart = drafted()
    # Every dollar left is free: a case gains 168.75 - 3.00, and half a cent of rounding is granted.
    assert cart.insight["ungating"] == [
        {"brand": "Gamma", "asks": ["invoice"], "asins": 1, "upTo": "4972.65"},
        {"brand": "Beta", "asks": ["approval"], "asins": 1, "upTo": "3315.10"},
        {"brand": "Delta", "asks": ["check"], "asins": 1, "upTo": "1657.55"},
    ]
    assert describe_cart(cart)["worthUngating"] == cart.insight["ungating"]


def test_the_reasons_stay_those_of_the_day_and_limits_are_not_asked_again_at_confirm(store: Store) -> None:
    asin = make_asin(on_hand=600, date_added=OLD)
    draft = drafted(max_units_per_asin=20)
    asin.__class__.objects.update(sale_price=Decimal("1.00"), amazon_fees=Decimal("0.50"))
    cart = confirm_cart(code=draft.code)
    assert [line.units for line in cart.lines.all()] == [18]
    assert (cart.insight, cart.policy_weights["max_units_per_asin"]) == (draft.insight, "20")


def test_a_cart_of_an_older_version_shows_what_it_has(store: Store) -> None:
    make_asin(on_hand=600)
    Cart.objects.filter(pk=drafted().pk).update(insight={}, policy_weights={"base": "1.000"})
    cart = Cart.objects.get()
    shown = insight_context(cart)
    assert (shown["curve"], shown["ungating"], shown["weights"]) == ([], [], [("Any stock", "1")])
    assert describe_cart(cart)["cart"]["lines"][0]["why"] is None
