"""A draft is edited by hand: stored packed and priced, once, and never over what somebody else has changed."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from allocation.models import Batch, Cart, Preorder
from allocation.models.cart import CartChange
from clients.models import Store
from common.errors import Conflict, DomainError, NotFound, StalePlan
from common.models import Run
from inventory.models import Asin
from operations.audit import audit
from pallets.draft_check import Wanted
from pallets.presentation import describe_cart
from pallets.services import draft_edits
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.draft_edits import discard_draft, save_draft
from pallets.services.draft_renewal import renew_draft
from pallets.services.versions import AlreadyDone
from tests.factories import default_policy, make_asin, ungate
from tests.pallets.cases import money, reserved
from tests.pallets.drafts import FIRST, SECOND, lines_of, make_draft, person, wanted
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db


def test_it_is_packed_priced_and_stored_and_holds_nothing(store: Store) -> None:
    draft = make_draft(store)
    anna = person("anna")
    edit = save_draft(code=draft.code, wanted=wanted(**{FIRST: 30, SECOND: 3}), version=1, actor=anna)
    cart = Cart.objects.get()
    assert (edit.is_changed, cart.state, cart.version, lines_of(cart)) == (True, "draft", 2, {FIRST: 30, SECOND: 3})
    assert (cart.goods, cart.shipping, cart.total) == (Decimal(2160), Decimal("242.00"), Decimal("2402.00"))
    assert cart.pallets_worth == Decimal("0.2778")
    assert [(line.cost, line.shipping) for line in cart.lines.order_by("pk")] == [
        (Decimal("1800.00"), Decimal("220.00")), (Decimal("360.00"), Decimal("22.00")),
    ]  # fmt: skip
    assert (reserved(Asin.objects.get(code=FIRST)), money(store)) == (0, ("10000.00", "0.00"))
    change = CartChange.objects.get()
    assert (change.version, change.what, change.actor) == (2, "edited", anna)
    assert change.lines == {FIRST: [44, 30], SECOND: [0, 3]}
    assert audit() == []


def test_an_edited_cart_has_no_certificate_but_says_what_the_plan_had(store: Store) -> None:
    draft = make_draft(store)
    planned = (draft.value, draft.bound, draft.gap)
    cart = save_draft(code=draft.code, wanted=wanted(**{FIRST: 40}), version=1).cart
    assert (cart.gap, cart.planned_value, cart.bound, cart.planned_gap) == (None, *planned)
    # 4 cases of 6 less, each unit worth what the plan said
    assert cart.value < cart.planned_value
    assert describe_cart(Cart.objects.get())["certificate"]["gap"] is None
    again = save_draft(code=draft.code, wanted=wanted(**{FIRST: 44}), version=2).cart
    assert (again.value, again.planned_value) == (planned[0], planned[0])
    assert cart.insight["curve"] == cart.insight["ungating"] == []
    assert cart.insight["shipping"]["pallets"][0]["cases"] == 40


def test_what_is_taken_out_is_left_out_by_hand_and_what_is_added_is_not(store: Store) -> None:
    make_asin(SECOND, on_hand=600, unit_cost=Decimal("3000.00"))
    make_asin(FIRST, on_hand=600)
    draft = generate_pallets(store_id="1", amount=Decimal("9000.00"), confirm=False, build_anyway=True)
    assert [row["asin"] for row in draft.left_out] == [SECOND]
    make_asin("B000000003", on_hand=60)
    edit = save_draft(code=draft.code, wanted=wanted(B000000003=1, **{FIRST: 0}))
    taken = {"asin": FIRST, "code": "by_hand", "reason": "Taken out by hand; the plan had 100 cases."}
    assert edit.cart.left_out[0] == taken
    back = save_draft(code=draft.code, wanted=wanted(**{FIRST: 2}), version=2)
    assert FIRST not in {row["asin"] for row in back.cart.left_out}


def test_every_problem_is_told_at_once_and_nothing_is_written(store: Store) -> None:
    draft = make_draft(store)
    with pytest.raises(DomainError) as caught:
        save_draft(code=draft.code, wanted=wanted("10000.01", B000000009=1, **{SECOND: 101}), version=1)
    assert [problem.field for problem in caught.value.problems] == [
        "cases_B000000009", f"cases_{SECOND}", "amount", "amount",
    ]  # fmt: skip
    cart = Cart.objects.get()
    assert (cart.version, lines_of(cart), CartChange.objects.count()) == (1, {FIRST: 44}, 0)


def test_one_cent_over_the_amount_is_refused_and_the_very_amount_is_not(store: Store) -> None:
    draft = make_draft(store)
    with pytest.raises(DomainError, match=r"The cart costs \$3,002\.72: \$0\.01 more than the \$3,002\.71 to allocate"):
        save_draft(code=draft.code, wanted=wanted("3002.71", **{FIRST: 45}), version=1)
    cart = save_draft(code=draft.code, wanted=wanted("3002.72", **{FIRST: 45}), version=1).cart
    assert (cart.amount, cart.total) == (Decimal("3002.72"), Decimal("3002.72"))


def test_the_second_of_two_people_is_told_who_changed_what_when(store: Store) -> None:
    draft = make_draft(store)
    save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1, actor=person("anna"))
    save_draft(code=draft.code, wanted=wanted(**{SECOND: 3}), version=2, actor=person("bert"))
    day = timezone.localdate().strftime("%b. ").replace("May.", "May") + str(timezone.localdate().day)
    for act in (
        lambda: save_draft(code=draft.code, wanted=wanted(**{FIRST: 20}), version=1),
        lambda: confirm_cart(code=draft.code, version=1),
        lambda: discard_draft(code=draft.code, version=1),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        words = str(caught.value)
        assert words.startswith(f"{draft.code} was changed since you opened it: edited by anna on ")
        assert f"({FIRST} 44 → 30 cases); edited by bert on " in words
        assert words.endswith(f"({SECOND} 0 → 3 cases). Nothing of yours was saved; look at it again.")
        assert day.split()[1] in words
    cart = Cart.objects.get()
    assert (cart.state, cart.version, lines_of(cart)) == ("draft", 3, {FIRST: 30, SECOND: 3})


def test_the_same_edit_twice_has_one_effect(store: Store) -> None:
    draft = make_draft(store)
    wish = wanted(**{FIRST: 30})
    first = save_draft(code=draft.code, wanted=wish, version=1)
    second = save_draft(code=draft.code, wanted=wish, version=1)  # a double click: the same version again
    third = save_draft(code=draft.code, wanted=wish, version=2)
    assert (first.is_changed, second.is_changed, third.is_changed) == (True, False, False)
    assert (Cart.objects.get().version, CartChange.objects.count()) == (2, 1)


@pytest.mark.parametrize("close", ["confirm", "cancel", "discard"])
def test_only_a_draft_can_be_edited(store: Store, close: str) -> None:
    draft, anna = make_draft(store), person("anna")
    if close == "discard":
        discard_draft(code=draft.code, version=1, actor=anna)
    else:
        confirm_cart(code=draft.code, actor=anna)
    if close == "cancel":
        cancel_cart(code=draft.code, actor=anna)
    with pytest.raises(AlreadyDone) as caught:
        save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1)
    state = "palletised already: confirmed" if close == "confirm" else "cancelled already: cancelled"
    assert str(caught.value).startswith(f"Cart {draft.code} is {state} by anna on ")
    do = "cancel it, or generate a second cart." if close == "confirm" else "Generate a new cart instead."
    assert str(caught.value).endswith(do)
    assert lines_of(draft) == {FIRST: 44}
    with pytest.raises(NotFound):
        save_draft(code="C-9", wanted=Wanted())


def test_a_draft_of_a_batch_waits_for_its_end(store: Store) -> None:
    draft = make_draft(store)
    batch = Batch.objects.create(run=Run.objects.create(kind="allocation.batch"), policy=default_policy())
    Cart.objects.update(batch=batch)
    with pytest.raises(Conflict, match=f"is still running and may make {draft.code} anew"):
        save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1)
    Batch.objects.update(slot=None)
    assert save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1).is_changed


def test_what_changes_while_it_is_packed_is_not_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = make_draft(store)
    check = draft_edits.check_draft

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = check(*args, **kwargs)
        ungate(store, FIRST, Scope.ASIN, status=Status.GATED)
        return found

    monkeypatch.setattr(draft_edits, "check_draft", slowly)
    with pytest.raises(StalePlan, match=f"{FIRST} may no longer go to Store 1"):
        save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1)
    assert (Cart.objects.get().version, lines_of(draft)) == (1, {FIRST: 44})


@pytest.mark.parametrize(("amount", "less"), [(None, 0), ("1250.00", 250), ("900.00", -100)])
def test_what_a_pallet_of_its_own_takes_stays_known(store: Store, amount: str | None, less: int) -> None:
    make_asin(FIRST, on_hand=600)
    draft = generate_pallets(store_id="1", amount=Decimal("1000.00"), confirm=False)
    cart = save_draft(code=draft.code, wanted=wanted(amount, **{FIRST: 5})).cart
    assert draft.top_up is not None
    assert cart.top_up == draft.top_up - less
    assert cart.amount + cart.top_up == draft.amount + draft.top_up
    assert renew_draft(code=draft.code).cart.top_up == cart.top_up  # nothing was to be renewed


def test_a_pooled_draft_that_grows_gets_a_pallet_and_back(store: Store) -> None:
    make_asin(FIRST, on_hand=600)
    draft = generate_pallets(store_id="1", amount=Decimal("1000.00"), confirm=False)
    assert (draft.is_pooled, draft.top_up is not None) == (True, True)
    cart = save_draft(code=draft.code, wanted=wanted("9000.00", **{FIRST: 70})).cart
    assert (cart.is_pooled, cart.top_up, cart.pallets_worth) == (False, None, Decimal("0.5892"))
    cart = save_draft(code=draft.code, wanted=wanted(**{FIRST: 10}), version=2).cart
    assert (cart.is_pooled, cart.shipping, cart.insight["shipping"]) == (True, Decimal("90.00"), None)
    assert confirm_cart(code=draft.code, version=3).state == "confirmed"
    assert audit() == []


def test_what_preorders_bring_goes_with_their_units(store: Store) -> None:
    asin = make_asin(FIRST, on_hand=600)
    Asin.objects.filter(pk=asin.pk).update(reserved=60)
    Preorder.objects.create(
        client=store.client, store=store, asin=asin, quantity=60, arrived=60, unit_cost=Decimal(10), paid=Decimal(300),
        amount=Decimal(600), state="arrived", expected_arrival=timezone.localdate(),
    )  # fmt: skip
    draft = generate_pallets(store_id="1", amount=Decimal("1000.00"), confirm=False, build_anyway=True)
    assert (draft.amount, lines_of(draft)[FIRST] >= 10) == (Decimal("1300.00"), True)
    assert save_draft(code=draft.code, wanted=wanted(**{FIRST: 12})).cart.amount == Decimal("1300.00")
    less = save_draft(code=draft.code, wanted=wanted(**{FIRST: 3}), version=2).cart
    assert less.amount == Decimal("1180.00")  # 18 of the 60 units: $180 of the $300
    with pytest.raises(DomainError, match=r"109 cases wanted|101 cases wanted, 100 available"):
        save_draft(code=draft.code, wanted=wanted(**{FIRST: 101}), version=3)
