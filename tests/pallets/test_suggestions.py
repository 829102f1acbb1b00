"""A suggestion is accepted in whole or in part, or dismissed, once; what it changes can be undone exactly."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Cart, TransferSuggestion
from clients.models import Client, LedgerEntry, Store
from common.errors import Conflict, DomainError, NotFound
from common.money import cents
from inventory.models import Asin
from notifications.models import Alert
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.expiry import expire_suggestions
from pallets.services.own_pallets import build_anyway
from pallets.services.pooling import pool_goods, unpool
from pallets.services.shipping import pack_pallet
from pallets.services.suggestions import accept_suggestion, dismiss_suggestion
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import code_of, mutual_store, on_it, waiting_cart
from tests.pallets.suggested import answer, open_alerts, promised, short_cart, transfer
from ungating.models import UngatingStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna")


def test_accepting_all_pools_the_goods_and_packing_gives_the_difference_back(anna: User) -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    done = accept_suggestion(pk=transfer(first).pk, actor=anna)
    (pallet,) = done.pallets
    assert (done.cart, done.waiting, pallet.store.panel_id) == (first, 0, "M")
    assert accept_suggestion(pk=transfer(second).pk).pallets == [pallet]
    assert on_it(pallet) == [("1", code_of("1"), 10), ("2", code_of("2"), 10)]
    assert answer(transfer(first)) == ("accepted", "anna", "", False)
    assert answer(transfer(second)) == ("accepted", "", "", False)
    pack_pallet(code=pallet.code)
    pallet.refresh_from_db()
    first.refresh_from_db()
    assert first.hold_open == 600 + cents(60 * (Decimal("1.50") - pallet.fill))
    assert audit() == []


def test_a_part_leaves_the_rest_open_until_it_expires() -> None:
    mutual_store()
    cart = waiting_cart()
    done = accept_suggestion(pk=transfer(cart).pk, cases={code_of("1"): 4}, waiting=60)
    assert (done.waiting, answer(transfer(cart))[0]) == (36, "open")
    with pytest.raises(Conflict, match=r"Someone was faster: 36 units of .* wait now, 60 did"):
        accept_suggestion(pk=transfer(cart).pk, cases={code_of("1"): 4}, waiting=60)
    assert expire_suggestions(now=timezone.now() + timedelta(days=8)) == [cart.code]
    assert answer(transfer(cart)) == ("expired", "", "Nobody took the transfer suggestion in time", False)
    cart.refresh_from_db()
    assert (cart.state, cart.hold_open, Asin.objects.get().reserved) == ("confirmed", Decimal("276.00"), 24)
    assert audit() == []


def test_an_answer_counts_once_and_the_next_one_is_told(anna: User) -> None:
    mutual_store()
    first, second, third = (waiting_cart(number) for number in "123")
    (pallet,) = accept_suggestion(pk=transfer(first).pk, actor=anna).pallets
    before = promised()
    repeats: list[Callable[..., object]] = [accept_suggestion, build_anyway, partial(dismiss_suggestion, reason="No")]
    for repeat in repeats:
        with pytest.raises(Conflict) as caught:
            repeat(pk=transfer(first).pk)
        told = str(caught.value)
        assert told.startswith(f"The suggestion for {first.code} was accepted already by anna on ")
        assert told.endswith(f": {pallet.code}.")
    assert promised() == before
    dismiss_suggestion(pk=transfer(second).pk, reason="Client left", actor=anna)
    with pytest.raises(Conflict, match=f"for {second.code} was dismissed already by anna on .*: Client left\\."):
        accept_suggestion(pk=transfer(second).pk)
    TransferSuggestion.objects.filter(cart=third).update(expires_at=timezone.now() - timedelta(hours=1))
    expire_suggestions(now=timezone.now())
    with pytest.raises(Conflict, match=f"for {third.code} was expired already on .*: Nobody took"):
        accept_suggestion(pk=transfer(third).pk)
    with pytest.raises(NotFound, match="There is no such suggestion"):
        accept_suggestion(pk=0)
    assert audit() == []


def test_another_mutual_store_may_be_chosen_and_no_other() -> None:
    mutual_store()
    west = mutual_store("W")
    cart = waiting_cart()
    suggestion = transfer(cart)
    make_store("7", client=make_client("7"))
    for store_id, message in (("7", r"Store 7 \(7\) is no mutual store"), ("X", "There is no store “X”")):
        with pytest.raises(DomainError, match=message):
            accept_suggestion(pk=suggestion.pk, store_id=store_id)
    Store.objects.filter(panel_id="M").update(status="suspended")
    with pytest.raises(DomainError, match=r"Mutual M \(M\) is no mutual store that may receive goods"):
        accept_suggestion(pk=suggestion.pk)
    UngatingStatus.objects.filter(store=west).update(status="gated")
    with pytest.raises(DomainError, match="B000000001: Mutual W may not receive it, Category Toys & Games: gated"):
        accept_suggestion(pk=suggestion.pk, store_id="W")
    assert (answer(suggestion)[0], Pallet.objects.count()) == ("open", 0)
    UngatingStatus.objects.filter(store=west).update(status="ungated")
    (pallet,) = accept_suggestion(pk=suggestion.pk, store_id="W").pallets
    assert (pallet.store, on_it(pallet)) == (west, [("1", code_of("1"), 10)])


def test_what_no_mutual_store_may_receive_needs_a_store_to_be_named() -> None:
    cart = waiting_cart()
    assert (transfer(cart).mutual_store, transfer(cart).eligible_units) == (None, 0)
    with pytest.raises(DomainError, match=f"No mutual store was suggested for {cart.code}: name one."):
        accept_suggestion(pk=transfer(cart).pk)


def test_a_dismissed_carts_goods_are_released_or_kept(anna: User) -> None:
    mutual_store()
    first, second, third = (waiting_cart(number) for number in "123")
    with pytest.raises(DomainError, match="Say why the suggestion is dismissed"):
        dismiss_suggestion(pk=transfer(first).pk, reason=" ")
    assert dismiss_suggestion(pk=transfer(first).pk, reason="Client left", actor=anna).state == "cancelled"
    assert answer(transfer(first)) == ("dismissed", "anna", "Client left", False)
    first.refresh_from_db()
    assert (first.note, first.hold_open, Client.objects.get(panel_id="1").held) == ("Client left", 0, 0)

    assert dismiss_suggestion(pk=transfer(second).pk, reason="Tops up", keep_cart=True).state == "confirmed"
    assert answer(transfer(second)) == ("dismissed", "", "Tops up", True)
    pool_goods(cart_code=second.code)
    unpool(cart_code=second.code)
    assert answer(transfer(second))[0] == "dismissed"  # kept without a date
    assert expire_suggestions(now=timezone.now() + timedelta(days=30)) == [third.code]
    second.refresh_from_db()
    assert (second.state, second.hold_open) == ("confirmed", Decimal("690.00"))
    assert audit() == []


def test_dismissing_what_still_waits_leaves_the_pooled_part() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = accept_suggestion(pk=transfer(cart).pk, cases={code_of("1"): 4}).pallets
    assert dismiss_suggestion(pk=transfer(cart).pk, reason="Enough").state == "confirmed"
    assert (on_it(pallet), cart.lines.get().returned) == ([("1", code_of("1"), 4)], 36)
    assert answer(transfer(cart)) == ("dismissed", "", "Enough", False)
    unpool(cart_code=cart.code)
    assert answer(transfer(cart)) == ("open", "", "", False)  # they wait again, with a date
    assert audit() == []


def test_a_pallet_of_its_own_is_built_anyway() -> None:
    mutual_store()
    cart = waiting_cart()
    accept_suggestion(pk=transfer(cart).pk, cases={code_of("1"): 4})
    (pallet,) = build_anyway(pk=transfer(cart).pk)
    assert (pallet.store.panel_id, pallet.is_pooled, on_it(pallet)) == ("1", False, [("1", code_of("1"), 6)])
    assert answer(transfer(cart)) == ("dismissed", "", "Built anyway", False)
    cart.refresh_from_db()
    own = cents(36 * (Decimal("1.50") - pallet.fill))
    assert (cart.state, cart.is_pooled, cart.shipping) == ("confirmed", True, own + 36)
    assert audit() == []
    other = waiting_cart("2")
    (alone,) = build_anyway(pk=transfer(other).pk)
    other.refresh_from_db()
    assert (other.state, other.is_pooled, other.build_anyway) == ("palletised", False, True)
    assert other.hold_open == 600 + cents(60 * (Decimal("1.50") - alone.fill))
    assert audit() == []


def test_a_pallet_of_its_own_needs_its_own_store() -> None:
    cart = waiting_cart()
    Store.objects.filter(panel_id="1").update(status="suspended")
    UngatingStatus.objects.filter(store__panel_id="1").update(status="gated")
    with pytest.raises(DomainError) as caught:
        build_anyway(pk=transfer(cart).pk)
    assert "Store 1 (1) of Client 1 (1) may no longer receive goods." in str(caught.value)
    assert "B000000001 may no longer go to Store 1: Brand Brand 1: gated." in str(caught.value)
    assert (answer(transfer(cart))[0], Pallet.objects.count()) == ("open", 0)
    Asin.objects.update(case_pack=12)  # its cases are others now than those of the cart
    with pytest.raises(DomainError, match=f"its case pack is 12 now, {cart.code} was confirmed with 6"):
        build_anyway(pk=transfer(cart).pk)


def test_the_balance_that_is_short_alerts_once_a_store_and_the_alert_closes_with_the_last_suggestion() -> None:
    cart = short_cart(house="0")
    assert transfer(cart).top_up == Decimal(3269)  # 3,958.18 fill half a pallet
    assert open_alerts() == ["Client 1 is $3,269.00 short of a pallet for Store 1"]
    alert = Alert.objects.get(kind="insufficient_balance")
    assert alert.body.startswith(f"With $3,269.00 more the cart would fill a pallet of its own. {cart.code} fills 8%")
    assert alert.link == f"/admin/allocation/transfersuggestion/{transfer(cart).pk}/change/"
    LedgerEntry.objects.create(client_id=cart.client_id, kind="panel", balance_change=Decimal(700), key="more")
    Client.objects.filter(panel_id="1").update(balance=Decimal("1390.00"))
    second = generate_pallets(store_id="1")
    alert.refresh_from_db()
    assert (len(open_alerts()), alert.count) == (1, 2)
    dismiss_suggestion(pk=transfer(second).pk, reason="Later")
    assert len(open_alerts()) == 1  # the first cart waits still
    cancel_cart(code=cart.code)
    assert open_alerts() == []
    assert audit() == []


@pytest.mark.parametrize("way", ["accept", "dismiss", "expire", "pool", "build", "keep"])
def test_every_answer_closes_the_alert(way: str) -> None:
    cart = short_cart(house="0")
    pk = transfer(cart).pk
    {
        "accept": lambda: accept_suggestion(pk=pk),
        "dismiss": lambda: dismiss_suggestion(pk=pk, reason="No"),
        "keep": lambda: dismiss_suggestion(pk=pk, reason="No", keep_cart=True),
        "expire": lambda: expire_suggestions(now=timezone.now() + timedelta(days=8)),
        "pool": lambda: pool_goods(cart_code=cart.code),
        "build": lambda: build_anyway(pk=pk),
    }[way]()
    assert open_alerts() == []
    assert audit() == []


def test_a_client_that_tops_up_gets_a_pallet_of_its_own() -> None:
    cart = short_cart(house="0")
    suggestion = TransferSuggestion.objects.select_related("cart__client").get()
    assert suggestion.top_up_left() == Decimal(3269)
    LedgerEntry.objects.create(client_id=cart.client_id, kind="panel", balance_change=Decimal(3269), key="more")
    for missing, balance in ((1, "3958.00"), (0, "3959.00")):
        Client.objects.filter(panel_id="1").update(balance=Decimal(balance))
        suggestion = TransferSuggestion.objects.select_related("cart__client").get()
        assert suggestion.top_up_left() == missing
    dismiss_suggestion(pk=suggestion.pk, reason="Topped up")
    assert generate_pallets(store_id="1").state == "palletised"
    assert (open_alerts(), audit()) == ([], [])


def test_an_amount_below_the_balance_is_no_lack_of_balance() -> None:
    store = make_store("1", client=make_client("1", balance="9000.00"))
    make_asin(on_hand=6000)
    ungate(store)
    cart = generate_pallets(store_id="1", amount=Decimal("690.00"))
    assert (transfer(cart).top_up, transfer(cart).top_up_left()) == (Decimal(3269), 0)
    assert open_alerts() == []


def test_confirming_tells_cart_client_money_units_and_pallets() -> None:
    cart = waiting_cart()
    alert = Alert.objects.get(kind="allocated")
    assert alert.title == f"{cart.code}: $690.00 allocated to Store 1 of Client 1"
    assert alert.body == "60 units, 1 ASINs, pallets planned: 0."


def test_taking_the_goods_off_again_undoes_an_acceptance_exactly() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    accept_suggestion(pk=transfer(second).pk, cases={code_of("2"): 3})
    before = promised()
    for cases in ({code_of("1"): 4}, None, {code_of("1"): 1}):
        accept_suggestion(pk=transfer(first).pk, cases=cases)
        assert promised() != before
        unpool(cart_code=first.code)
        assert promised() == before
    assert audit() == []


def test_cancelling_an_accepted_cart_leaves_what_cancelling_a_waiting_one_leaves() -> None:
    mutual_store()
    first, second = waiting_cart("1"), waiting_cart("2")
    accept_suggestion(pk=transfer(second).pk)
    before = promised()
    accept_suggestion(pk=transfer(first).pk)
    cancel_cart(code=first.code, reason="Client left")
    after = promised()
    assert after["pallets"] == before["pallets"]
    assert after["goods"] == before["goods"]
    assert after["stock"] == [(code_of("1"), 60, 0), (code_of("2"), 60, 60)]
    assert after["money"][1:] == [("1", 10000, 0, 0), ("2", 10000, 690, 690)]
    assert answer(transfer(first)) == ("accepted", "", "", False)
    assert audit() == []


def test_one_that_cannot_expire_does_not_keep_the_others() -> None:
    first, second = waiting_cart("1"), waiting_cart("2")
    Asin.objects.filter(code=code_of("1")).update(reserved=59)  # something else is wrong with its stock
    with pytest.raises(DomainError, match=f"^{first.code}: "):
        expire_suggestions(now=timezone.now() + timedelta(days=8))
    states = dict(Cart.objects.values_list("code", "state"))
    assert states == {first.code: "confirmed", second.code: "expired"}
    assert (answer(transfer(first))[0], answer(transfer(second))[0]) == ("open", "expired")
