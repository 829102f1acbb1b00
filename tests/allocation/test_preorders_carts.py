"""Carts take what has arrived for their store's preorders first, hold what is still due of it, and bring it back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from allocation.models import Cart, Preorder, PreorderAllocation
from allocation.services.preorder_payments import record_payment
from allocation.services.preorders import cancel_preorder
from allocation.snapshot import take_snapshot
from clients.models import Client, Store
from common.errors import Conflict, DomainError
from inventory.models import Asin
from pallets.fitting import fewer_cases
from pallets.models import Pallet
from pallets.services.batch_run import run_batch
from pallets.services.batches import accept_batch, start_batch
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.shipping import ship_pallet
from tests.allocation.preorders import all_is_well, arrive, held, preordered, shelf, standing
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    """A store ungated for toys, of a client with $10,000."""
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    return store


@pytest.fixture
def asin() -> Asin:
    """Ten cases of 6 at $10.00 a unit."""
    return make_asin(on_hand=60)


def arrived(store: Store, asin: Asin, units: int, **fields: Any) -> Preorder:
    """A preorder of so many units that are all here."""
    return arrive(preordered(store, asin, units, **fields), units)


def line_of(cart: Cart, asin: Asin) -> tuple[int, Decimal]:
    return cart.lines.values_list("units", "cost").get(asin=asin)


def test_units_kept_for_a_preorder_are_offered_to_no_other_cart(store: Store, asin: Asin) -> None:
    made = arrived(store, asin, 48)
    other = make_store("2", client=make_client("2", balance="10000.00"))
    ungate(other)
    cart = generate_pallets(store_id="2", build_anyway=True)
    assert (line_of(cart, asin), shelf(asin)) == ((12, Decimal("120.00")), (60, 60))
    assert standing(made) == ("arrived", 48, 0)
    assert all_is_well()


def test_a_cart_takes_them_and_holds_amount_less_paid_and_shipping(store: Store, asin: Asin) -> None:
    made = arrived(store, asin, 60, paid=Decimal("123.45"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert (line_of(cart, asin), standing(made)) == ((60, Decimal("600.00")), ("allocated", 60, 60))
    assert cart.hold == held(store.client) == Decimal("600.00") - Decimal("123.45") + cart.shipping
    assert shelf(asin) == (60, 60)
    taken = PreorderAllocation.objects.get()
    assert (taken.kept, taken.prepaid, taken.owed) == (60, Decimal("123.45"), Decimal("476.55"))
    assert all_is_well()


def test_the_price_is_that_of_the_day_it_was_made_to_the_cent(store: Store) -> None:
    """Three lines: dearer now, cheaper now, and of free units alone."""
    dearer, cheaper = make_asin("B000000001", on_hand=12), make_asin("B000000002", on_hand=18)
    free = make_asin("B000000003", on_hand=6, unit_cost=Decimal("7.77"))
    one = arrived(store, dearer, 12, unit_cost=Decimal("9.37"), paid=Decimal("0.01"))
    two = arrived(store, cheaper, 12, unit_cost=Decimal("11.13"), paid=Decimal("133.56"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert [line_of(cart, asin) for asin in (dearer, cheaper, free)] == [
        (12, Decimal("120.00")), (18, Decimal("180.00")), (6, Decimal("46.62"))
    ]  # fmt: skip
    # 12 x 9.37 - 0.01; 12 x 11.13 - 133.56 and six free ones at 10.00; 6 x 7.77
    owed = Decimal("112.43") + Decimal("0.00") + Decimal("60.00") + Decimal("46.62")
    assert cart.hold == held(store.client) == owed + cart.shipping
    assert (standing(one), standing(two)) == (("allocated", 12, 12), ("allocated", 12, 12))
    assert all_is_well()
    cancel_cart(code=cart.code)
    assert (held(store.client), standing(one), standing(two)) == (
        Decimal("0.00"), ("arrived", 12, 0), ("arrived", 12, 0)
    )  # fmt: skip
    assert [shelf(asin) for asin in (dearer, cheaper, free)] == [(12, 12), (18, 12), (6, 0)]
    assert all_is_well()


def test_money_paid_before_buys_nothing_else(store: Store, asin: Asin) -> None:
    """With $100 the $480 preorder that is paid ships, and free units for the rest of the $100."""
    arrived(store, asin, 48, paid=Decimal("480.00"))
    make_asin("B000000002", on_hand=6000)
    cart = generate_pallets(store_id="1", amount=Decimal("100.00"), build_anyway=True)
    assert line_of(cart, asin)[0] >= 48
    assert Decimal("0.00") < cart.hold == held(store.client) <= Decimal("100.00")
    assert cart.hold == cart.goods + cart.shipping - Decimal("480.00")
    assert all_is_well()


def test_what_cannot_be_paid_waits(store: Store) -> None:
    asin = make_asin(on_hand=600)
    made = arrived(store, asin, 600, paid=Decimal("5970.00"))
    # $30 and at most $1.50 a unit of shipping: $60 pays 40 units' shipping while what is paid lasts
    cart = generate_pallets(store_id="1", amount=Decimal("60.00"), build_anyway=True)
    units = line_of(cart, asin)[0]
    assert (units >= 36, cart.hold <= Decimal("60.00"), standing(made)) == (True, True, ("arrived", 600, units))
    assert cart.hold == cart.shipping
    assert all_is_well()
    again = generate_pallets(store_id="1", build_anyway=True)
    assert (line_of(again, asin)[0], standing(made)) == (600 - units, ("allocated", 600, 600))
    # Now the last $30 are due too.
    assert again.hold == Decimal("30.00") + again.shipping
    assert all_is_well()


def test_a_preorder_comes_before_limits_and_free_units_keep_to_them(store: Store) -> None:
    asin = make_asin(on_hand=600)
    made = arrived(store, asin, 48)
    policy = default_policy()
    policy.max_units_per_asin = 12
    policy.save()
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert (line_of(cart, asin)[0], standing(made)[0]) == (48, "allocated")


def test_what_is_gated_by_now_stays_kept(store: Store, asin: Asin) -> None:
    made = arrived(store, asin, 48)
    ungate(store, asin.code, "asin", status="gated")
    with pytest.raises(DomainError, match="may receive nothing"):
        generate_pallets(store_id="1", build_anyway=True)
    assert (standing(made), shelf(asin)) == (("arrived", 48, 0), (60, 48))


def test_part_arrivals_are_allocated_while_the_rest_is_pending(store: Store) -> None:
    asin = make_asin(on_hand=12)
    made = arrive(preordered(store, asin, 60, paid=Decimal("100.00")), 12)
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert (standing(made), cart.hold) == (("pending", 12, 12), Decimal("20.00") + cart.shipping)
    with pytest.raises(DomainError, match=r"Only \$480\.00 is due, as \$20\.00 is held for units in a cart\."):
        record_payment(preorder=Preorder.objects.get(), amount=Decimal("480.01"))
    words = f"12 units of this preorder are allocated to {cart.code}: cancel that cart first. To give up only the 48"
    with pytest.raises(Conflict, match=words):
        cancel_preorder(preorder_id=made.pk, reason="x")
    cancel_cart(code=cart.code)
    assert standing(made) == ("pending", 12, 0)
    assert cancel_preorder(preorder_id=made.pk, reason="x") == Decimal("100.00")
    assert shelf(asin) == (12, 0)
    assert all_is_well()


def test_a_draft_takes_nothing_and_counts_again_when_it_is_confirmed(store: Store, asin: Asin) -> None:
    made = arrived(store, asin, 60, paid=Decimal("100.00"))
    draft = generate_pallets(store_id="1", build_anyway=True, confirm=False)
    assert (standing(made), shelf(asin), held(store.client)) == (("arrived", 60, 0), (60, 60), Decimal("0.00"))
    record_payment(preorder=Preorder.objects.get(), amount=Decimal("50.00"))
    cart = confirm_cart(code=draft.code)
    assert (standing(made), cart.hold) == (("allocated", 60, 60), Decimal("450.00") + cart.shipping)
    assert all_is_well()


def test_a_draft_whose_preorder_was_cancelled_holds_no_more_than_was_asked(store: Store, asin: Asin) -> None:
    made = arrived(store, asin, 60, paid=Decimal("600.00"))
    draft = generate_pallets(store_id="1", amount=Decimal("90.00"), build_anyway=True, confirm=False)
    cancel_preorder(preorder_id=made.pk, reason="x")
    with pytest.raises(Conflict, match="preorders of this store, or their units in the cart, have changed"):
        confirm_cart(code=draft.code)
    assert (shelf(asin), held(store.client)) == ((60, 0), Decimal("0.00"))
    assert all_is_well()


def test_two_preorders_of_one_asin_are_taken_the_earliest_first(store: Store) -> None:
    asin = make_asin(on_hand=24)
    late = arrived(store, asin, 12, expected_arrival=date(2026, 12, 24), paid=Decimal("1.11"))
    soon = arrived(store, asin, 12, expected_arrival=date(2026, 12, 1), paid=Decimal("2.22"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    assert list(PreorderAllocation.objects.order_by("pk").values_list("preorder", "prepaid")) == [
        (soon.pk, Decimal("2.22")), (late.pk, Decimal("1.11"))
    ]  # fmt: skip
    assert cart.hold == Decimal("236.67") + cart.shipping
    assert all_is_well()


def test_a_pallet_that_is_cancelled_gives_back_free_units_first(store: Store) -> None:
    asin = make_asin(on_hand=2400)
    made = arrived(store, asin, 900, paid=Decimal("33.33"))
    Client.objects.filter(pk=store.client_id).update(balance=Decimal("30000.00"))
    store.client.entries.create(kind="panel", balance_change=Decimal("20000.00"), key="test:more")
    cart = generate_pallets(store_id="1", build_anyway=True)
    pallets = list(Pallet.objects.order_by("cartons"))
    assert len(pallets) >= 2 and line_of(cart, asin)[0] == 2400
    before = cart.hold
    first = pallets[0].lines.get()
    cancel_pallet(code=pallets[0].code, reason="no room")
    cart.refresh_from_db()
    assert standing(made) == ("allocated", 900, 900)
    assert before - cart.hold_open == first.units * 10 + first.shipping
    assert shelf(asin) == (2400, 2400 - first.units)
    assert all_is_well()
    for pallet in pallets[1:-1]:
        cancel_pallet(code=pallet.code, reason="no room")
        assert all_is_well()
    ship_pallet(code=pallets[-1].code, shipped_on=timezone.localdate())
    last = pallets[-1].lines.get()
    kept = min(900, last.units)
    assert standing(made) == ("allocated" if kept == 900 else "arrived", 900, kept)
    assert shelf(asin) == (2400 - last.units, 900 - kept)


def test_a_cart_that_has_left_in_part_brings_back_what_is_still_here(store: Store) -> None:
    asin = make_asin(on_hand=2400)
    made = arrived(store, asin, 2400, paid=Decimal("10000.00"))
    store.client.entries.create(kind="panel", balance_change=Decimal("20000.00"), key="test:more")
    Client.objects.filter(pk=store.client_id).update(balance=Decimal("30000.00"))
    cart = generate_pallets(store_id="1", build_anyway=True)
    gone = Pallet.objects.order_by("pk")[0]
    left = gone.lines.get()
    ship_pallet(code=gone.code, shipped_on=timezone.localdate())
    cancel_cart(code=cart.code)
    cart.refresh_from_db()
    assert (cart.state, standing(made)) == ("shipped", ("arrived", 2400, left.units))
    assert shelf(asin) == (2400 - left.units, 2400 - left.units)
    # What was paid counts for the first units, which are those that left.
    taken = PreorderAllocation.objects.get()
    assert taken.prepaid == min(Decimal("10000.00"), Decimal(10 * left.units))
    assert cart.hold_open == held(store.client) == 10 * left.units + left.shipping - taken.prepaid
    with pytest.raises(Conflict, match=f"^{left.units:,} units of this preorder have gone out already; it cannot be"):
        cancel_preorder(preorder_id=made.pk, reason="x")
    again = generate_pallets(store_id="1", build_anyway=True)
    assert standing(made) == ("allocated", 2400, 2400)
    assert again.hold == 10 * (2400 - left.units) + again.shipping - (Decimal("10000.00") - taken.prepaid)


def test_a_batch_serves_preorders_first_and_within_each_clients_money(store: Store) -> None:
    asin = make_asin(on_hand=120)
    other = make_store("2", client=make_client("2", balance="10000.00", priority="high"))
    ungate(other)
    made = arrived(store, asin, 96, paid=Decimal("700.00"))
    Client.objects.filter(pk=store.client_id).update(balance=Decimal("420.00"))
    batch = start_batch(policy=default_policy(), fairness=Decimal("0.9"), effort="fast")
    run_batch(batch_id=batch.pk)
    accepted = accept_batch(batch=batch)
    assert accepted.refused == ()
    cart = Cart.objects.get(store=store)
    assert (standing(made), line_of(cart, asin)[0]) == (("allocated", 96, 96), 96)
    assert cart.hold == Decimal("260.00") + cart.shipping <= Decimal("420.00")
    assert line_of(Cart.objects.get(store=other), asin)[0] == 24
    assert all_is_well()


def test_a_batch_gives_what_a_client_cannot_pay_to_nobody_else(store: Store) -> None:
    asin = make_asin(on_hand=120)
    other = make_store("2", client=make_client("2", balance="10000.00", priority="high"))
    ungate(other)
    made = arrived(store, asin, 96)
    Client.objects.filter(pk=store.client_id).update(balance=Decimal("1.00"))
    batch = start_batch(policy=default_policy(), fairness=Decimal("0.9"), effort="fast")
    run_batch(batch_id=batch.pk)
    assert accept_batch(batch=batch).refused == ()
    assert (standing(made), line_of(Cart.objects.get(), asin)[0]) == (("arrived", 96, 0), 24)
    assert all_is_well()


def test_cases_that_have_arrived_for_a_preorder_are_never_dropped(store: Store, asin: Asin) -> None:
    arrived(store, asin, 24)
    make_asin("B000000002", on_hand=60)
    now, money = timezone.now(), {"1": Decimal("10000.00")}
    snapshot = take_snapshot(stores=[store], policy=default_policy(), now=now, today=TODAY, money=money)
    cases = {"B000000001": 10, "B000000002": 10}
    assert fewer_cases(snapshot.candidates(cases), cases, Decimal(10**6)) == {"B000000001": 4}
