"""What a client cannot pay for, the house's balance buys for the mutual store's pallet."""

from datetime import date
from decimal import Decimal

import pytest

from allocation.models import Cart, TransferSuggestion
from clients.models import Client, Store
from clients.services import InsufficientBalance
from common.errors import Conflict, DomainError
from inventory.models import Asin
from inventory.services import InsufficientUnits
from operations.audit import audit
from pallets.models import Pallet
from pallets.presentation import describe_cart
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.expiry import expire_suggestions
from pallets.services.pooling import unpool
from pallets.services.shipping import pack_pallet
from pallets.services.suggestions import accept_suggestion, dismiss_suggestion
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import mutual_store, on_it
from tests.pallets.suggested import answer, for_house, held, open_alerts, promised, short_cart, transfer
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db
CODE = "B000000001"


def test_the_house_is_offered_what_the_client_lacks_for_a_pallet() -> None:
    cart = short_cart()
    # 3,269.00 make a pallet of the client's own; 47 cases of 69.00 are the most that they pay, shipping at most
    house = for_house(cart)
    assert (house.mutual_store.panel_id, house.units, house.amount) == ("M", 282, Decimal("3243.00"))
    assert house.goods == [{"asin": CODE, "cases": 47, "casePack": 6}]
    assert (house.eligible_units, house.top_up, house.fill) == (282, None, Decimal("0.3956"))
    assert house.reason == (
        "Client 1 cannot pay for 282 more units that Mutual M may receive; House can, for $3,243.00 with shipping at "
        "most."
    )
    assert [row["kind"] for row in describe_cart(cart)["suggestions"]] == ["transfer", "house"]
    assert (held("H"), Asin.objects.get().reserved, len(open_alerts())) == (Decimal("0.00"), 60, 1)
    assert audit() == []


def test_its_balance_and_the_stock_are_the_limit() -> None:
    assert for_house(short_cart(house="500.00")).goods == [{"asin": CODE, "cases": 7, "casePack": 6}]
    cart = generate_pallets(store_id=_second_store("138.00"), confirm=False)
    Asin.objects.update(on_hand=90)  # 60 are reserved, 12 go into the cart: 18 are left, three cases
    cart = confirm_cart(code=cart.code)
    assert for_house(cart).goods == [{"asin": CODE, "cases": 3, "casePack": 6}]


def _second_store(balance: str) -> str:
    store = make_store("2", client=make_client("2", balance=balance))
    ungate(store)
    return store.panel_id


def test_there_is_no_offer_without_need_money_or_a_mutual_store() -> None:
    assert TransferSuggestion.objects.filter(cart=short_cart(house="68.99"), kind="house").count() == 0
    Client.objects.filter(panel_id="H").update(balance=Decimal("5000.00"))
    Asin.objects.update(on_hand=120)  # the second cart takes all that is left: no money is missing
    all_of_it = generate_pallets(store_id=_second_store("9000.00"))
    assert (all_of_it.goods, all_of_it.suggestions.filter(kind="house").count()) == (Decimal("600.00"), 0)
    Asin.objects.update(on_hand=6000)
    Store.objects.filter(panel_id="M").update(status="suspended")
    cart = generate_pallets(store_id="2", amount=Decimal("690.00"))
    assert (transfer(cart).mutual_store, cart.suggestions.count()) == (None, 1)


def test_only_what_the_client_could_get_and_the_mutual_store_may_receive_is_offered() -> None:
    make_client("H", balance="5000.00", name="House")
    mutual = mutual_store()
    store = make_store("1", client=make_client("1", balance="690.00"))
    ungate(store)
    for number in range(1, 5):
        make_asin(f"B00000000{number}", on_hand=60, date_added=date(2026, number, 1))
    ungate(mutual, "B000000003", Scope.ASIN, status=Status.GATED)
    ungate(store, "B000000004", Scope.ASIN, status=Status.GATED)
    cart = generate_pallets(store_id="1")
    assert for_house(cart).goods == [{"asin": "B000000002", "cases": 10, "casePack": 6}]
    assert transfer(cart).top_up is None  # all of it together is too little for a pallet


def test_goods_are_offered_to_the_house_where_no_mutual_store_may_receive_the_clients() -> None:
    make_client("H", balance="5000.00", name="House")
    store = make_store("1", client=make_client("1", balance="690.00"))
    ungate(store)
    for number, category in ((1, "Toys & Games"), (2, "Books")):
        make_asin(f"B00000000{number}", on_hand=60, date_added=date(2026, number, 1), category=category)
    ungate(store, "Books")
    for panel_id in "MN":
        ungate(make_store(panel_id, client=Client.objects.get(panel_id="H"), is_mutual=True), "Books")
    cart = generate_pallets(store_id="1")
    assert (transfer(cart).mutual_store, for_house(cart).mutual_store.panel_id) == (None, "M")
    assert for_house(cart).goods == [{"asin": "B000000002", "cases": 10, "casePack": 6}]


def test_accepting_makes_a_cart_of_the_house_on_the_clients_pallet() -> None:
    cart = short_cart()
    (pallet,) = accept_suggestion(pk=transfer(cart).pk).pallets
    done = accept_suggestion(pk=for_house(cart).pk)
    bought = Cart.objects.get(store__panel_id="M")
    assert (done.cart, done.pallets, done.waiting) == (bought, [pallet], 0)
    assert on_it(pallet) == [("1", CODE, 10), ("H", CODE, 47)]
    assert (bought.state, bought.total, bought.hold_open, bought.gap) == ("confirmed", 3243, 3243, None)
    assert (held("1"), held("H"), Asin.objects.get().reserved) == (Decimal("690.00"), Decimal("3243.00"), 342)
    assert answer(for_house(cart))[0] == answer(transfer(bought))[0] == "accepted"
    assert (for_house(cart).made_cart, transfer(bought).mutual_store.panel_id) == (bought, "M")
    with pytest.raises(Conflict, match=f"{cart.code} was accepted already on .*: {pallet.code}\\."):
        accept_suggestion(pk=for_house(cart).pk)
    assert audit() == []
    pack_pallet(code=pallet.code)
    assert set(Cart.objects.values_list("state", flat=True)) == {"palletised"}
    assert audit() == []


def test_a_part_is_bought_and_the_rest_let_go() -> None:
    cart = short_cart()
    done = accept_suggestion(pk=for_house(cart).pk, cases={CODE: 5})
    assert (done.cart.total, on_it(done.pallets[0])) == (Decimal("345.00"), [("H", CODE, 5)])
    assert answer(for_house(cart))[0] == "accepted"
    assert (answer(transfer(cart))[0], audit()) == ("open", [])


def test_cancelling_what_the_house_bought_leaves_everything_as_before() -> None:
    cart = short_cart()
    accept_suggestion(pk=transfer(cart).pk)
    before = promised()
    done = accept_suggestion(pk=for_house(cart).pk)
    cancel_cart(code=done.cart.code, reason="Too much")
    after = promised()
    assert {name: after[name] for name in ("stock", "money", "pallets", "goods")} == {
        name: before[name] for name in ("stock", "money", "pallets", "goods")
    }
    assert after["carts"][0] == before["carts"][0]
    assert audit() == []


def test_what_the_house_bought_waits_with_a_date_when_it_is_taken_off() -> None:
    cart = short_cart()
    bought = accept_suggestion(pk=for_house(cart).pk).cart
    unpool(cart_code=bought.code)
    assert answer(transfer(bought))[0] == "open"
    accept_suggestion(pk=transfer(bought).pk)
    assert Pallet.objects.exclude(state="cancelled").get().cartons == 47
    assert audit() == []


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ({CODE: 48}, "B000000001: 48 cases are asked for, 1 to 47 are suggested."),
        ({CODE: 0, "B000000009": 1}, "B000000001: 0 cases .* B000000009: it is not among the goods suggested."),
        ({}, "Say how many cases"),
    ],
)
def test_what_cannot_be_bought_is_named(cases: dict[str, int], message: str) -> None:
    cart = short_cart()
    with pytest.raises(DomainError, match=message):
        accept_suggestion(pk=for_house(cart).pk, cases=cases)
    with pytest.raises(DomainError, match="for the store that is named"):
        accept_suggestion(pk=for_house(cart).pk, store_id="W")
    assert (Cart.objects.count(), answer(for_house(cart))[0]) == (1, "open")


def test_what_has_changed_since_is_told_and_nothing_is_bought() -> None:
    cart = short_cart()
    pk, before = for_house(cart).pk, promised()
    Client.objects.filter(panel_id="H").update(balance=Decimal("3242.99"))
    with pytest.raises(InsufficientBalance, match=r"House has \$3,242.99 available; \$3,243.00 is needed, \$0.01 is"):
        accept_suggestion(pk=pk)
    Client.objects.filter(panel_id="H").update(balance=Decimal("5000.00"))
    Asin.objects.update(on_hand=60 + 281)
    with pytest.raises(InsufficientUnits, match=r"B000000001: 282 units wanted, 281 available\."):
        accept_suggestion(pk=pk)
    Asin.objects.update(on_hand=6000)
    for changes, words in (
        ({"case_pack": 12}, "its case pack is 12 now, it was suggested with 6"),
        ({"is_active": False}, "it is no longer in use"),
    ):
        Asin.objects.update(**changes)
        with pytest.raises(DomainError, match=f"B000000001: {words}."):
            accept_suggestion(pk=pk)
        Asin.objects.update(case_pack=6, is_active=True)
    Store.objects.filter(panel_id="M").update(status="suspended")
    with pytest.raises(DomainError, match=r"Mutual M \(M\) may no longer receive goods."):
        accept_suggestion(pk=pk)
    assert promised() == before


def test_it_is_bought_at_todays_price() -> None:
    cart = short_cart()
    Asin.objects.update(unit_cost=Decimal("10.50"))
    done = accept_suggestion(pk=for_house(cart).pk)
    assert (done.cart.total, held("H")) == (Decimal("3384.00"), Decimal("3384.00"))  # 282 x (10.50 + 1.50)


def test_dismissing_and_expiring_it_leave_the_clients_cart_alone() -> None:
    cart = short_cart()
    before = promised()
    dismiss_suggestion(pk=for_house(cart).pk, reason="No room", keep_cart=True)
    assert answer(for_house(cart)) == ("dismissed", "", "No room", False)
    assert promised() == {**before, "open": [transfer(cart).pk]}
    TransferSuggestion.objects.filter(kind="house").update(state="open")
    accept_suggestion(pk=transfer(cart).pk)
    assert expire_suggestions(now=for_house(cart).expires_at) == [cart.code]
    assert (answer(for_house(cart))[0], held("1"), audit()) == ("expired", Decimal("690.00"), [])


def test_a_cancelled_cart_takes_the_offer_for_the_house_with_it() -> None:
    cart = short_cart()
    cancel_cart(code=cart.code, reason="Topped up")
    assert answer(for_house(cart)) == ("dismissed", "", "Topped up", False)


def test_a_mutual_stores_own_small_cart_is_pooled_there() -> None:
    make_client("H", balance="690.00", name="House")
    mutual_store("A")
    mutual_store("M")
    make_asin(on_hand=6000)
    cart = generate_pallets(store_id="M")
    assert (transfer(cart).mutual_store.panel_id, cart.suggestions.count()) == ("M", 1)
    (pallet,) = accept_suggestion(pk=transfer(cart).pk).pallets
    assert (pallet.store.panel_id, on_it(pallet), audit()) == ("M", [("H", CODE, 10)], [])
