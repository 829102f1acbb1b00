"""Generate → confirm → ship or cancel: stock and money move together, and the audit stays clean."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocation.models import Cart, TransferSuggestion
from clients.models import Store
from clients.services import hold_balance
from common.errors import Conflict, DomainError, NotFound, StalePlan
from inventory.models import Asin
from inventory.services import InsufficientUnits, reserve_units
from notifications.models import Alert
from operations.audit import audit
from pallets.models import Pallet
from pallets.presentation import describe_cart
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets, save_proposal
from pallets.solving import NothingToAllocate
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.cases import money, proposed, reserved
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db


def test_everything_affordable_goes_on_one_pallet_priced_at_its_fill(store: Store) -> None:
    asin = make_asin(on_hand=605)  # 100 cases of 6 and 5 loose units
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    # 100 cases of 960 in3 on 0.90 x 48 x 40 x 66 = 114,048 in3; 1,000 lb of 1,455 lb weigh less than they fill.
    assert pallet.fill == Decimal("0.8418")
    assert (pallet.cartons, pallet.weight, pallet.state) == (100, Decimal("1045.00"), "planned")
    line = cart.lines.get()
    assert (line.cases, line.units, line.cost) == (100, 600, Decimal("6000.00"))
    # 1.50 − (1.50 − 0.50) x 0.8418 = 0.6582 a unit
    assert (line.shipping_per_unit, line.shipping) == (Decimal("0.6582"), Decimal("394.92"))
    assert (cart.state, cart.total, cart.hold_open) == ("palletised", Decimal("6394.92"), Decimal("6394.92"))
    assert (reserved(asin), money(store)) == (600, ("10000.00", "6394.92"))
    assert cart.code == f"C-{cart.pk:06d}"
    assert audit() == []


def test_oldest_stock_goes_first_when_money_is_short(store: Store) -> None:
    old = make_asin("B000000001", on_hand=300, date_added=date(2025, 11, 22))
    make_asin("B000000002", on_hand=300, date_added=date(2026, 11, 22))
    cart = generate_pallets(store_id="1", amount=Decimal("3400.00"), build_anyway=True)
    by_code = {line.asin.code: line.cases for line in cart.lines.select_related("asin")}
    assert by_code[old.code] == 50
    assert by_code.get("B000000002", 0) <= 1
    assert cart.total <= Decimal("3400.00")


def test_the_total_never_exceeds_the_amount_and_only_whole_cases_leave(store: Store) -> None:
    for number in range(1, 9):
        make_asin(
            f"B00000000{number}",
            on_hand=100 + number,
            case_pack=number,
            unit_cost=Decimal("7.13") + number,
            min_shipping=Decimal("0.31"),
            max_shipping=Decimal("2.77"),
        )
    cart = generate_pallets(store_id="1", amount=Decimal("2345.67"), build_anyway=True)
    assert Decimal("2200.00") < cart.total <= Decimal("2345.67")
    for line in cart.lines.all():
        assert line.units == line.cases * line.case_pack
        assert line.min_shipping <= line.shipping_per_unit <= line.max_shipping
    assert cart.bound >= cart.value
    assert audit() == []


def test_too_little_for_a_pallet_is_confirmed_and_a_transfer_is_suggested(store: Store) -> None:
    house = make_client("9", name="House", balance="0.00")
    east = make_store("65", client=house, name="Mutual East", is_mutual=True)
    ungate(east)
    asin = make_asin(on_hand=60)
    cart = generate_pallets(store_id="1")
    assert (cart.state, cart.is_pooled, Pallet.objects.count()) == ("confirmed", True, 0)
    # Held at max shipping: 60 x (10.00 + 1.50)
    assert (cart.total, money(store), reserved(asin)) == (Decimal("690.00"), ("10000.00", "690.00"), 60)
    suggestion = TransferSuggestion.objects.get()
    assert (suggestion.mutual_store, suggestion.eligible_units, suggestion.units) == (east, 60, 60)
    assert suggestion.top_up is None  # no amount helps: only ten cases exist
    assert suggestion.reason == (
        f"{cart.code} fills 8% of a pallet, less than the 50% asked for. Mutual East may receive 60 of its 60 units."
    )
    assert suggestion.expires_at - suggestion.created_at > timedelta(days=6, hours=23)
    assert audit() == []


def test_the_top_up_for_a_pallet_of_its_own_is_named(store: Store) -> None:
    make_asin(on_hand=6000)
    cart = generate_pallets(store_id="1", amount=Decimal("1000.00"))
    suggestion = TransferSuggestion.objects.get(cart=cart)
    assert suggestion.mutual_store is None
    assert suggestion.reason.endswith("No mutual store may receive these goods.")
    # Half a pallet is 60 cases (59.4): 360 x 10.00 and at most 1.50 shipping each.
    assert suggestion.top_up is not None
    assert Decimal("2900") < suggestion.top_up < Decimal("3140")
    cancel_cart(code=cart.code)
    again = generate_pallets(store_id="1", amount=Decimal("1000.00") + suggestion.top_up)
    assert again.state == "palletised"


def test_build_anyway_builds_the_pallet_all_the_same(store: Store) -> None:
    make_asin(on_hand=60)
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert (cart.state, Pallet.objects.count(), TransferSuggestion.objects.count()) == ("palletised", 1, 0)


def test_a_proposal_promises_nothing_and_can_be_confirmed_later(store: Store) -> None:
    asin = make_asin(on_hand=600)
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    assert (draft.state, draft.total, reserved(asin)) == ("draft", Decimal("6394.92"), 0)
    assert (money(store), Pallet.objects.count(), Alert.objects.count()) == (("10000.00", "0.00"), 0, 0)
    cart = confirm_cart(code=draft.code)
    assert (cart.state, cart.total, reserved(asin)) == ("palletised", Decimal("6394.92"), 600)
    assert Alert.objects.get().title == f"{cart.code}: $6,394.92 allocated to Store 1 of Acme Buyers"
    with pytest.raises(Conflict, match="is palletised already"):
        confirm_cart(code=draft.code)
    assert audit() == []


def test_a_stale_draft_is_refused_with_what_changed(store: Store) -> None:
    asin = make_asin(on_hand=600)
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    for name, value in (("unit_cost", "10.01"), ("min_shipping", "0.40"), ("max_shipping", "9.00")):
        Asin.objects.filter(pk=asin.pk).update(**{name: Decimal(value)})
        with pytest.raises(StalePlan, match="B000000001: its cost, shipping prices or case pack have changed"):
            confirm_cart(code=draft.code)
        Asin.objects.filter(pk=asin.pk).update(**{name: getattr(asin, name)})
    ungate(store, asin.code, Scope.ASIN, status=Status.GATED)
    with pytest.raises(StalePlan, match="B000000001 may no longer go to Store 1: ASIN B000000001: gated"):
        confirm_cart(code=draft.code)
    assert (reserved(asin), money(store), Cart.objects.get().state) == (0, ("10000.00", "0.00"), "draft")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"case_height": Decimal(9)}, "B000000001: its size, weight or handling has changed"),
        ({"case_pack": 12}, "B000000001: its case pack is 12 now, it was 6"),
        ({"is_active": False}, "B000000001: no longer in use"),
    ],
)
def test_a_product_that_changes_while_the_cart_is_solved_promises_nothing(
    store: Store, changed: dict[str, Any], words: str
) -> None:
    asin = make_asin(on_hand=600)
    proposal = proposed(store)
    Asin.objects.filter(pk=asin.pk).update(**changed)
    with pytest.raises(StalePlan, match=words):
        save_proposal(proposal=proposal, confirm=True)
    assert (reserved(asin), money(store), Cart.objects.count()) == (0, ("10000.00", "0.00"), 0)


def test_a_store_that_moves_while_the_cart_is_solved_is_not_paid_for_by_its_old_client(store: Store) -> None:
    make_asin(on_hand=600)
    proposal = proposed(store)
    Store.objects.update(client=make_client("2", name="Other Buyers"))
    with pytest.raises(StalePlan, match=r"Store 1 \(1\) belongs to Other Buyers \(2\) now"):
        save_proposal(proposal=proposal, confirm=True)
    assert (money(store), Cart.objects.count()) == (("10000.00", "0.00"), 0)


def test_a_case_that_fills_more_than_counts_as_full_gets_a_pallet_of_its_own(store: Store) -> None:
    make_asin(on_hand=12, case_length=Decimal(48), case_width=Decimal(40), case_height=Decimal(60))
    cart = generate_pallets(store_id="1")
    assert [(pallet.cartons, pallet.fill) for pallet in Pallet.objects.order_by("pk")] == [(1, 1), (1, 1)]
    assert cart.total == Decimal("126.00")


def test_stock_taken_meanwhile_is_named_and_nothing_is_half_done(store: Store) -> None:
    asin = make_asin(on_hand=600)
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    reserve_units(units={asin.pk: 1}, reference="elsewhere")
    with pytest.raises(InsufficientUnits, match="B000000001: 600 units wanted, 599 available"):
        confirm_cart(code=draft.code)
    assert (reserved(asin), money(store), Pallet.objects.count()) == (1, ("10000.00", "0.00"), 0)


def test_balance_spent_meanwhile_rolls_the_reservation_back(store: Store) -> None:
    asin = make_asin(on_hand=600)
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    hold_balance(client_id=store.client_id, amount=Decimal("9000.00"), key="hold:x", reference="elsewhere")
    with pytest.raises(Conflict, match=r"\$5,394\.92 is missing"):
        confirm_cart(code=draft.code)
    assert (reserved(asin), money(store)) == (0, ("10000.00", "9000.00"))


def test_what_is_left_out_says_why(store: Store) -> None:
    make_asin("B000000001", on_hand=60)
    make_asin("B000000002", on_hand=5)
    make_asin("B000000003", category="Grocery")
    make_asin("B000000004", case_weight=Decimal(1456))
    make_asin("B000000005", on_hand=6, unit_cost=Decimal("5000.00"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    reasons = {row["asin"]: (row["code"], row["reason"]) for row in cart.left_out}
    assert reasons["B000000002"] == ("no_stock", "5 loose units are short of a case of 6")
    assert reasons["B000000003"] == ("unknown", "no ungating status for this ASIN, brand or category")
    assert reasons["B000000004"] == ("too_large", "a case weighs 1,456 lb, a pallet carries 1,455 lb")
    assert reasons["B000000005"] == (
        "over_budget",
        "One case takes at least $30,003.00, and the whole budget is $10,000.00.",
    )
    assert sorted(row["asin"] for row in cart.left_out) == [f"B00000000{number}" for number in range(2, 6)]


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        ({"store_id": "77"}, NotFound, "There is no store “77”."),
        ({"store_id": "1", "client_id": "2"}, DomainError, "Store 1 does not belong to client 2."),
        ({"store_id": "1", "client_id": "77"}, DomainError, "There is no client “77”."),
        (
            {"store_id": "1", "client_id": "1", "client_name": "Someone"},
            DomainError,
            "Client 1 is called “Acme Buyers”, not “Someone”.",
        ),
        ({"store_id": "3"}, DomainError, "Store 3 (3) is suspended; it cannot receive goods."),
        ({"store_id": "4"}, DomainError, "Client 4 (4) is paused; nothing can be allocated to it."),
        (
            {"store_id": "1", "policy": "best"},
            DomainError,
            "There is no policy “best”. Known: balanced, clear-the-shelf, most-profit, ",
        ),
        ({"store_id": "1", "amount": Decimal(0)}, DomainError, "The amount must be above $0.00, not 0."),
        ({"store_id": "1", "amount": Decimal(-5)}, DomainError, "The amount must be above $0.00, not -5."),
        ({"store_id": "1", "amount": Decimal("NaN")}, DomainError, "The amount must be a number."),
        ({"store_id": "1", "amount": Decimal(2**63)}, DomainError, "The amount must be at most $99,999,999.99."),
        ({"store_id": "1", "amount": Decimal("1.005")}, DomainError, "The amount 1.005 is finer than a cent."),
        (
            {"store_id": "1", "amount": Decimal("10000.01")},
            DomainError,
            "$10,000.01 is more than the $10,000.00 that Acme Buyers (1) has available.",
        ),
        ({"store_id": "2"}, DomainError, "Client 2 (2) has no available balance ($0.00)."),
        (
            {"store_id": "1", "amount": Decimal("10.00")},
            NothingToAllocate,
            "$10.00 pays for no whole case: the cheapest one costs $60.00 before shipping.",
        ),
        (
            {"store_id": "5"},
            NothingToAllocate,
            "Store 5 may receive nothing that is in stock: 1 ASINs are not ungated for it and 0 have no whole",
        ),
    ],
)
def test_a_request_that_cannot_be_met_says_so_and_changes_nothing(
    store: Store, request_: dict[str, str | Decimal], error: type[DomainError], message: str
) -> None:
    make_asin()
    make_store("2", client=make_client("2", balance="0.00"))
    make_store("3", client=store.client, status="suspended")
    make_store("4", client=make_client("4", status="paused"))
    make_store("5", client=store.client)
    with pytest.raises(error) as caught:
        generate_pallets(**request_)
    assert message in str(caught.value)
    assert (Cart.objects.count(), Pallet.objects.count(), money(store)) == (0, 0, ("10000.00", "0.00"))


def test_the_answer_tells_everything(store: Store) -> None:
    make_asin(on_hand=60)
    answer = describe_cart(generate_pallets(store_id="1", build_anyway=True))
    assert list(answer) == [
        "cart",
        "pallets",
        "shipping",
        "shippingStory",
        "certificate",
        "leftOut",
        "curve",
        "worthUngating",
        "suggestions",
    ]
    assert answer["cart"]["lines"][0]["units"] == 60
    assert len(answer["pallets"][0]["placements"]) == 10
    assert answer["shipping"] == answer["cart"]["shipping"] == answer["pallets"][0]["lines"][0]["shipping"]
