"""A draft is brought to today's prices, stock and balance by one action, and what that changed is told."""

from decimal import Decimal

import pytest

from allocation.models import Cart
from allocation.models.cart import CartChange
from clients.models import Client, Store
from clients.services import hold_balance
from common.errors import Conflict, DomainError
from inventory.models import Asin
from inventory.services import reserve_units
from pallets.services.carts import confirm_cart
from pallets.services.draft_edits import save_draft
from pallets.services.draft_renewal import renew_draft
from tests.factories import ungate
from tests.pallets.drafts import FIRST, SECOND, lines_of, make_draft, person, wanted
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(store: Store) -> Cart:
    """40 cases of the first ASIN and 10 of the second: $3,600 and shipping of $4,000."""
    made = make_draft(store)
    return save_draft(code=made.code, wanted=wanted("4000.00", **{FIRST: 40, SECOND: 10})).cart


def test_nothing_has_changed_and_nothing_is_written(draft: Cart) -> None:
    edit = renew_draft(code=draft.code, version=2)
    assert (edit.is_changed, edit.told, Cart.objects.get().version) == (False, (), 2)


def test_what_is_gone_is_dropped_and_told(store: Store, draft: Cart) -> None:
    ungate(store, SECOND, Scope.ASIN, status=Status.GATED)
    reserve_units(units={Asin.objects.get(code=FIRST).pk: 500}, reference="elsewhere")
    edit = renew_draft(code=draft.code, version=2, actor=person("anna"))
    assert edit.told == (
        f"{FIRST}: 40 cases → 17 cases, as many as are available.",
        f"{SECOND}: may not go to Store 1: ASIN {SECOND}: gated. Its 10 cases are taken out.",
    )
    assert (lines_of(draft), edit.cart.version) == ({FIRST: 17}, 3)
    change = CartChange.objects.get(version=3)
    assert (change.what, change.actor.username, change.lines) == (
        "renewed", "anna", {FIRST: [40, 17], SECOND: [10, 0]},
    )  # fmt: skip
    assert confirm_cart(code=draft.code, version=3).state == "palletised"


def test_todays_prices_are_taken_and_what_the_amount_pays_no_more_goes(draft: Cart) -> None:
    Asin.objects.filter(code=FIRST).update(unit_cost=Decimal("14.00"))
    edit = renew_draft(code=draft.code, version=2)
    assert edit.told[0] == f"{FIRST}: unit cost $10.00 → $14.00."
    cart = Cart.objects.get()
    kept = lines_of(cart)
    fewer = [
        f"{code}: {before:,} → {kept.get(code, 0):,} cases, as many as the amount pays for."
        for code, before in ((FIRST, 40), (SECOND, 10))
        if kept.get(code, 0) < before
    ]
    assert list(edit.told[1:]) == fewer
    assert Decimal("3700.00") < cart.total <= cart.amount == Decimal("4000.00")
    assert {line.unit_cost for line in cart.lines.all()} <= {Decimal("14.00"), Decimal("20.00")}


def test_the_amount_falls_with_the_balance(store: Store, draft: Cart) -> None:
    hold_balance(client_id=store.client_id, amount=Decimal("8500.00"), key="hold:x", reference="elsewhere")
    edit = renew_draft(code=draft.code, version=2)
    words = "To allocate: $4,000.00 → $1,500.00, all that Acme Buyers (1) has available."
    assert edit.told[0] == words
    assert Decimal("1350.00") < edit.cart.total <= Decimal("1500.00") == edit.cart.amount


def test_a_case_of_another_size_keeps_the_units(draft: Cart) -> None:
    Asin.objects.filter(code=FIRST).update(case_pack=12)
    edit = renew_draft(code=draft.code, version=2)
    assert edit.told == (f"{FIRST}: case pack 6 → 12.",)
    line = Cart.objects.get().lines.get(asin__code=FIRST)
    assert (line.cases, line.units) == (20, 240)


def test_units_that_fill_no_case_any_more_are_taken_out_and_told(draft: Cart) -> None:
    Asin.objects.filter(code=SECOND).update(case_pack=72)
    edit = renew_draft(code=draft.code, version=2)
    assert edit.told == (
        f"{SECOND}: case pack 6 → 72.",
        f"{SECOND}: its 60 units are short of a case of 72 now; it is taken out.",
    )
    assert lines_of(draft) == {FIRST: 40}


def test_nothing_left_or_nothing_to_pay_with_is_refused(store: Store, draft: Cart) -> None:
    Asin.objects.update(is_active=False)
    with pytest.raises(Conflict, match=f"Nothing of {draft.code} can be had any more: discard it"):
        renew_draft(code=draft.code, version=2)
    Asin.objects.update(is_active=True)
    Store.objects.update(status="suspended")
    Asin.objects.filter(code=FIRST).update(unit_cost=Decimal("14.00"))
    with pytest.raises(DomainError, match="may no longer receive goods"):
        renew_draft(code=draft.code, version=2)
    Store.objects.update(status="active")
    held = Client.objects.get().available
    hold_balance(client_id=store.client_id, amount=held, key="hold:x", reference="elsewhere")
    with pytest.raises(Conflict, match=r"has no available balance \(\$0\.00\)"):
        renew_draft(code=draft.code, version=2)
    assert (Cart.objects.get().version, lines_of(draft)) == (2, {FIRST: 40, SECOND: 10})


def test_an_older_version_is_refused(draft: Cart) -> None:
    with pytest.raises(Conflict, match="was changed since you opened it: edited on"):
        renew_draft(code=draft.code, version=1)
