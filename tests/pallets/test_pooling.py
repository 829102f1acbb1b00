"""Goods of several clients on one mutual store's pallet: each pays its own share, to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Cart, CartLine, TransferSuggestion
from clients.models import Client, Store
from common.errors import Conflict, DomainError
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet
from pallets.presentation import describe_cart
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.expiry import expire_suggestions
from pallets.services.pooling import pool_goods, unpool
from pallets.services.replan import replan_pallet
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet
from tests.pallets.cases import reserved
from tests.pallets.pooled import code_of, figures, mutual_store, on_it, waiting_cart

pytestmark = pytest.mark.django_db


def test_two_clients_share_a_pallet_and_each_gets_back_what_it_saves() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2", units=120)
    assert figures(first) == ("confirmed", Decimal("90.00"), Decimal("690.00"), Decimal("690.00"))
    (pallet,) = pool_goods(cart_code=first.code)
    assert pool_goods(cart_code=second.code) == [pallet]
    pallet.refresh_from_db()
    assert on_it(pallet) == [("1", code_of("1"), 10), ("2", code_of("2"), 20)]
    assert (pallet.store.panel_id, pallet.is_pooled, pallet.cartons, len(pallet.placements)) == ("M", True, 30, 30)
    assert set(TransferSuggestion.objects.values_list("state", flat=True)) == {"accepted"}
    assert figures(first) == ("confirmed", Decimal("90.00"), Decimal("690.00"), Decimal("690.00"))
    assert audit() == []

    pack_pallet(code=pallet.code)
    price = Decimal("1.50") - pallet.fill  # max 1.50, min 0.50
    assert figures(first) == ("palletised", 60 * price, 600 + 60 * price, 600 + 60 * price)
    assert figures(second) == ("palletised", 120 * price, 1200 + 120 * price, 1200 + 120 * price)
    assert Client.objects.get(panel_id="1").held == 600 + 60 * price
    assert Client.objects.get(panel_id="1").last_pallet_on == timezone.localdate()
    assert audit() == []

    ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert set(Cart.objects.values_list("state", flat=True)) == {"shipped"}
    assert list(Asin.objects.values_list("on_hand", "reserved")) == [(0, 0), (0, 0)]
    assert audit() == []


def test_a_carts_answer_says_whose_goods_stand_on_its_pooled_pallet() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    for cart in (first, second):
        pool_goods(cart_code=cart.code)
    (pallet,) = describe_cart(first)["pallets"]
    assert (pallet["pooled"], pallet["shipment"], len(pallet["placements"])) == (True, None, 20)
    assert [(line["clientID"], line["cart"]) for line in pallet["lines"]] == [("1", first.code), ("2", second.code)]
    assert sum(step["nx"] * step["ny"] * step["nz"] for step in pallet["steps"]) == 20


def test_reopening_undoes_the_packing_exactly() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    before = figures(cart)
    pack_pallet(code=pallet.code)
    assert figures(cart)[0] == "palletised"
    reopen_pallet(code=pallet.code)
    assert figures(cart) == before
    pack_pallet(code=pallet.code)
    reopen_pallet(code=pallet.code)
    assert (figures(cart), Cart.objects.get().hold) == (before, Decimal("690.00"))
    assert audit() == []


def test_reopening_needs_the_balance_that_packing_gave_back() -> None:
    mutual_store()
    cart = waiting_cart(balance="690.00")
    (pallet,) = pool_goods(cart_code=cart.code)
    pack_pallet(code=pallet.code)
    after = figures(cart)
    back = Decimal("690.00") - after[2]
    Client.objects.filter(panel_id="1").update(balance=after[2])  # the panel took the rest
    with pytest.raises(DomainError, match=rf"Client 1 has \$0.00 available; \${back} is needed"):
        reopen_pallet(code=pallet.code)
    assert (figures(cart), Pallet.objects.get().state) == (after, "packed")


def test_a_part_is_pooled_and_the_rest_waits() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code, cases={code_of("1"): 4})
    assert TransferSuggestion.objects.get().state == "open"
    pack_pallet(code=pallet.code)
    price = Decimal("1.50") - pallet.fill
    shipping = (24 * price).quantize(Decimal("0.01")) + 36 * Decimal("1.50")
    assert figures(cart) == ("confirmed", shipping, 600 + shipping, 600 + shipping)
    assert Client.objects.get(panel_id="1").last_pallet_on == timezone.localdate()
    (other,) = pool_goods(cart_code=cart.code)
    assert (other.pk != pallet.pk, on_it(other)) == (True, [("1", code_of("1"), 6)])
    assert TransferSuggestion.objects.get().state == "accepted"
    assert audit() == []
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert figures(cart)[0] == "confirmed"
    pack_pallet(code=other.code)
    assert figures(cart)[0] == "palletised"
    ship_pallet(code=other.code, shipped_on=timezone.localdate())
    assert figures(cart)[0] == "shipped"
    assert audit() == []


def test_what_does_not_fit_goes_on_a_new_pallet() -> None:
    mutual_store()
    large = {"case_length": Decimal(48), "case_width": Decimal(40), "case_height": Decimal(26)}  # two fit, three do not
    carts = [waiting_cart(str(number), units=6, **large) for number in (1, 2, 3)]
    pallets = [pool_goods(cart_code=cart.code)[0] for cart in carts]
    assert pallets[0] == pallets[1] != pallets[2]
    assert [pallet.cartons for pallet in Pallet.objects.order_by("pk")] == [2, 1]
    assert audit() == []


def test_a_pallet_never_holds_more_than_its_weight() -> None:
    mutual_store()
    heavy = {"case_weight": Decimal(600)}
    carts = [waiting_cart(str(number), units=6, **heavy) for number in (1, 2, 3)]
    for cart in carts:
        pool_goods(cart_code=cart.code)
    assert [pallet.weight for pallet in Pallet.objects.order_by("pk")] == [Decimal("1245.00"), Decimal("645.00")]


def test_food_and_hazmat_never_share_a_pallet_however_they_are_written() -> None:
    mutual_store()
    groups = {"1": "Food", "2": "HAZMAT", "3": "food", "4": "hazmat"}
    pallets = {number: pool_goods(cart_code=waiting_cart(number, group=groups[number]).code)[0] for number in groups}
    assert pallets["1"] == pallets["3"] != pallets["2"] == pallets["4"]


def test_goods_that_grew_name_the_way_out_of_their_pallet() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    pool_goods(cart_code=first.code)
    (pallet,) = pool_goods(cart_code=second.code)
    Asin.objects.filter(code=code_of("2")).update(case_length=40, case_width=40, case_height=60)
    with pytest.raises(DomainError, match=f"Cancel {pallet.code}: its goods then wait to be pooled again."):
        cancel_cart(code=first.code)
    cancel_pallet(code=pallet.code, reason="Measured anew")
    assert cancel_cart(code=first.code).state == "cancelled"
    assert audit() == []


def test_unpooling_leaves_the_others_packed_anew() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2", units=120)
    pool_goods(cart_code=first.code)
    (pallet,) = pool_goods(cart_code=second.code)
    assert unpool(cart_code=first.code) == [pallet]
    pallet.refresh_from_db()
    assert (on_it(pallet), pallet.state, len(pallet.placements)) == ([("2", code_of("2"), 20)], "planned", 20)
    suggestion = TransferSuggestion.objects.get(cart=first)
    assert suggestion.state == "open"
    assert suggestion.expires_at > timezone.now() + timedelta(days=6)
    unpool(cart_code=second.code)
    pallet.refresh_from_db()
    assert (pallet.state, pallet.note) == ("cancelled", f"{second.code} unpooled")
    assert figures(second) == ("confirmed", Decimal("180.00"), Decimal("1380.00"), Decimal("1380.00"))
    with pytest.raises(Conflict, match=f"No goods of {second.code} stand on an open pooled pallet."):
        unpool(cart_code=second.code)
    assert audit() == []


def test_cancelling_a_pooled_pallet_gives_nothing_back_but_its_goods() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    before = figures(cart)
    pack_pallet(code=pallet.code)
    with pytest.raises(DomainError, match="Say why"):
        cancel_pallet(code=pallet.code, reason=" ")
    cancelled = cancel_pallet(code=pallet.code, reason="Fell over")
    assert (cancelled.state, cancelled.note) == ("cancelled", "Fell over")
    assert (figures(cart), reserved(Asin.objects.get())) == (before, 60)
    assert TransferSuggestion.objects.get().state == "open"
    (again,) = pool_goods(cart_code=cart.code)
    assert on_it(again) == [("1", code_of("1"), 10)]
    with pytest.raises(Conflict, match="is cancelled; it cannot become shipped"):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    assert audit() == []


def test_cancelling_a_cart_leaves_the_goods_of_others() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    pool_goods(cart_code=first.code)
    (pallet,) = pool_goods(cart_code=second.code)
    pack_pallet(code=pallet.code)
    with pytest.raises(Conflict, match=f"stand on packed pooled pallets: reopen {pallet.code} first"):
        cancel_cart(code=first.code)
    reopen_pallet(code=pallet.code)
    cancel_cart(code=first.code, reason="Client left")
    assert figures(first) == ("cancelled", Decimal("90.00"), Decimal("0.00"), Decimal("0.00"))
    pallet.refresh_from_db()
    assert (pallet.state, on_it(pallet)) == ("planned", [("2", code_of("2"), 10)])
    assert figures(second) == ("confirmed", Decimal("90.00"), Decimal("690.00"), Decimal("690.00"))
    assert audit() == []


def test_what_still_waits_after_seven_days_is_given_back_and_the_pooled_part_goes_on() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code, cases={code_of("1"): 4})
    assert expire_suggestions(now=timezone.now() + timedelta(days=8)) == [cart.code]
    assert expire_suggestions(now=timezone.now() + timedelta(days=8)) == []
    line = CartLine.objects.get()
    assert (line.returned, line.cost, line.shipping) == (36, Decimal("240.00"), Decimal("36.00"))
    assert figures(cart) == ("confirmed", Decimal("36.00"), Decimal("276.00"), Decimal("276.00"))
    assert (reserved(Asin.objects.get()), TransferSuggestion.objects.get().state) == (24, "expired")
    assert audit() == []
    pack_pallet(code=pallet.code)
    assert figures(cart)[0] == "palletised"
    assert audit() == []


def test_packing_anew_keeps_the_goods_of_a_pooled_pallet() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    before = (on_it(pallet), pallet.fill)
    (again,) = replan_pallet(code=pallet.code)
    assert (again.pk, on_it(again), again.fill) == (pallet.pk, *before)
    pack_pallet(code=pallet.code)
    with pytest.raises(Conflict, match=f"Pallet {pallet.code} is packed; it cannot be packed anew."):
        replan_pallet(code=pallet.code)
    assert audit() == []


def test_among_equal_stores_the_one_with_the_fullest_pallet_that_still_has_room_is_suggested() -> None:
    for panel_id in "MNO":
        mutual_store(panel_id)
    filled = {"N": "0.5000", "O": "0.9900"}
    for panel_id, fill in filled.items():
        Pallet.objects.create(
            store=Store.objects.get(panel_id=panel_id), is_pooled=True, cartons=1, volume=1, weight=46, height=7,
            fill=Decimal(fill), cube=Decimal(fill),
        )  # fmt: skip
    waiting_cart()
    suggestion = TransferSuggestion.objects.get()
    assert (suggestion.mutual_store.panel_id, suggestion.eligible_units, suggestion.units) == ("N", 60, 60)


def test_a_cent_that_rounding_costs_more_is_held_or_named() -> None:
    mutual_store()
    rates = {"min_shipping": Decimal("0.0024"), "max_shipping": Decimal("0.0024")}
    cart = waiting_cart(**rates)
    assert figures(cart)[1] == Decimal("0.14")  # 60 x 0.0024 = 0.144
    (first,) = pool_goods(cart_code=cart.code, cases={code_of("1"): 4})
    pack_pallet(code=first.code)
    assert figures(cart) == ("confirmed", Decimal("0.15"), Decimal("600.15"), Decimal("600.15"))  # 0.06 + 0.09
    assert Client.objects.get(panel_id="1").held == Decimal("600.15")
    assert audit() == []
    second = waiting_cart("2", balance="600.14", **rates)
    (other,) = pool_goods(cart_code=second.code, cases={code_of("2"): 4})
    with pytest.raises(DomainError, match=r"Client 2 has \$0.00 available; \$0.01 is needed"):
        pack_pallet(code=other.code)
    assert audit() == []
