"""Preorders are made, paid, cancelled and credited."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from allocation.models import Preorder, PreorderAllocation, PreorderArrival, PreorderPayment
from allocation.services.preorder_payments import record_payment
from allocation.services.preorders import cancel_preorder, create_preorder, mark_credited
from clients.models import LedgerEntry
from common.errors import Conflict, DomainError, NotFound
from inventory.models import Asin
from operations.audit_preorders import audit_preorders
from tests.allocation.preorders import DECEMBER, all_is_well, arrive, comes_in, fresh, preordered, shelf, standing
from tests.factories import make_asin, make_client, make_store

pytestmark = pytest.mark.django_db


def test_a_preorder_costs_its_units_and_what_was_paid_is_its_first_payment() -> None:
    user, store = User.objects.create_user("ann"), make_store()
    made = preordered(store, make_asin(unit_cost=Decimal("12.34")), 12, paid=Decimal("48.08"), actor=user)
    assert (made.amount, made.paid, made.due, made.flag) == (
        Decimal("148.08"), Decimal("48.08"), Decimal("100.00"), ""
    )  # fmt: skip
    payment = PreorderPayment.objects.get()
    assert (payment.preorder, payment.amount, payment.actor) == (made, Decimal("48.08"), user)
    assert not LedgerEntry.objects.exclude(key__startswith="test:").exists()
    assert all_is_well()


@pytest.mark.parametrize("fields", [{"status": "suspended"}, {"is_active": False}])
def test_one_for_a_store_that_may_not_receive_is_accepted_and_flagged(fields: dict[str, Any]) -> None:
    made = preordered(make_store(**fields), make_asin())
    assert made.flag == ("Store 1 is suspended." if "status" in fields else "Store 1 is no longer in use.")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"quantity": 0}, "quantity", "Must be between 1 and 10,000,000 units; this is 0."),
        ({"quantity": -6}, "quantity", "Must be between 1 and 10,000,000 units; this is -6."),
        ({"quantity": 13}, "quantity", "Whole cases only: B000000001 comes in cases of 6, so order 12 or 18 units."),
        ({"paid": Decimal("-0.01")}, "paid", "What was paid cannot be negative."),
        ({"paid": Decimal("120.01")}, "paid", "The preorder amounts to $120.00; no more than that can be paid."),
        ({"unit_cost": Decimal("0.00")}, "unit_cost", "Must be between $0.01 and $1,000,000."),
    ],
)
def test_a_wrong_preorder_names_its_field(fields: dict[str, Any], field: str, message: str) -> None:
    values: dict[str, Any] = {"quantity": 12, "expected_arrival": DECEMBER} | fields
    with pytest.raises(DomainError) as refused:
        create_preorder(store=make_store(), asin=make_asin(), **values)
    assert [(one.field, one.message) for one in refused.value.problems][:1] == [(field, message)]
    assert not Preorder.objects.exists()


def test_a_store_of_another_client_and_a_second_claim_are_refused() -> None:
    store, asin, other = make_store(), make_asin(), make_client("2")
    with pytest.raises(DomainError, match="is not a store of Client 2"):
        preordered(store, asin, client=other)
    preordered(store, asin)
    with pytest.raises(Conflict, match=r"has a preorder of B000000001 for .* on 2026-12-01 already"):
        preordered(store, asin)
    assert preordered(store, asin, expected_arrival=date(2026, 12, 2)).pk


def test_payments_are_rows_that_add_up_to_the_cent() -> None:
    user, store = User.objects.create_user("ann"), make_store()
    made = preordered(store, make_asin(unit_cost=Decimal("3.35")), 6)
    assert made.due == Decimal("20.10")
    record_payment(preorder=made, amount=Decimal("6.70"), note="by wire", actor=user)
    record_payment(preorder=fresh(made), amount=Decimal("13.39"), key="one")
    record_payment(preorder=fresh(made), amount=Decimal("13.39"), key="one")
    assert (fresh(made).paid, fresh(made).due) == (Decimal("20.09"), Decimal("0.01"))
    with pytest.raises(DomainError, match=r"^Only \$0\.01 is due\.$"):
        record_payment(preorder=fresh(made), amount=Decimal("0.02"))
    record_payment(preorder=fresh(made), amount=Decimal("0.01"))
    rows = list(PreorderPayment.objects.order_by("pk").values_list("amount", "note", "actor__username"))
    assert rows == [
        (Decimal("6.70"), "by wire", "ann"), (Decimal("13.39"), "", None), (Decimal("0.01"), "", None)
    ]  # fmt: skip
    assert not LedgerEntry.objects.exclude(key__startswith="test:").exists()
    assert all_is_well()


def test_who_looked_before_another_payment_is_told() -> None:
    seen = preordered(make_store(), make_asin())
    record_payment(preorder=fresh(seen), amount=Decimal("20.00"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        record_payment(preorder=seen, amount=Decimal("20.00"))
    assert PreorderPayment.objects.count() == 1


def test_payments_are_never_changed_nor_deleted() -> None:
    preordered(make_store(), make_asin(), paid=Decimal("1.00"))
    for change in (lambda rows: rows.update(amount=Decimal("2.00")), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(PreorderPayment.objects.all())


def test_cancelling_frees_what_has_arrived_and_leaves_a_credit_due() -> None:
    user, asin = User.objects.create_user("ann"), make_asin(on_hand=0)
    made = preordered(make_store(), asin, 12, paid=Decimal("50.25"))
    comes_in(asin, 6)
    arrive(made, 6)
    assert shelf(asin) == (6, 6)
    with pytest.raises(DomainError, match="Say why the preorder is cancelled"):
        cancel_preorder(preorder_id=made.pk, reason="  ")
    assert cancel_preorder(preorder_id=made.pk, reason="The client left", actor=user) == Decimal("50.25")
    stored = fresh(made)
    assert (stored.state, stored.note, stored.due, stored.credit_due, stored.promised) == (
        "cancelled", "The client left", Decimal("0.00"), Decimal("50.25"), 0
    )  # fmt: skip
    assert shelf(asin) == (6, 0)
    assert list(Preorder.objects.with_credit_due()) == [stored]
    for act in (cancel_preorder, mark_credited):
        with pytest.raises(DomainError):
            act(preorder_id=made.pk, reason="again" if act is cancel_preorder else "")
    assert mark_credited(preorder_id=made.pk, reason="Wire of Nov 22", actor=user) == Decimal("50.25")
    with pytest.raises(Conflict, match="No credit is due"):
        mark_credited(preorder_id=made.pk, reason="Wire of Nov 22")
    stored = fresh(made)
    assert (stored.credit_due, stored.credited_by, stored.credit_note) == (Decimal("0.00"), user, "Wire of Nov 22")
    assert all_is_well()


def test_what_is_cancelled_takes_no_payment() -> None:
    made = preordered(make_store(), make_asin())
    cancel_preorder(preorder_id=made.pk, reason="x")
    with pytest.raises(Conflict, match="no longer open"):
        record_payment(preorder=fresh(made), amount=Decimal("1.00"))
    with pytest.raises(NotFound):
        cancel_preorder(preorder_id=made.pk + 999, reason="x")


def test_overdue_is_what_was_expected_before_today_and_is_not_here_in_full() -> None:
    store, asin = make_store(), make_asin(on_hand=60)
    day = date(2026, 12, 1)
    late, here, gone, parked = (
        preordered(store, asin, 6, expected_arrival=day.replace(day=number)) for number in (1, 2, 3, 4)
    )
    arrive(here, 6)
    cancel_preorder(preorder_id=gone.pk, reason="x")
    Preorder.objects.filter(pk=parked.pk).update(is_active=False)
    assert list(Preorder.objects.overdue(day)) == []
    assert list(Preorder.objects.overdue(date(2026, 12, 20))) == [late]
    assert [fresh(one).is_overdue(date(2026, 12, 20)) for one in (late, here, gone, parked)] == [
        True, False, False, False
    ]  # fmt: skip
    assert not late.is_overdue(day)


def refused(name: str, act: Any) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    assert name in str(caught.value) or (connection.vendor == "sqlite" and "UNIQUE" in str(caught.value))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("preorder_arrived_within_quantity", {"arrived": -1, "allocated": -1}),
        ("preorder_arrived_within_quantity", {"arrived": 13}),
        ("preorder_allocated_within_arrived", {"allocated": 1}),
        ("preorder_allocated_within_arrived", {"allocated": -1}),
        ("preorder_money_not_negative", {"paid": Decimal("-0.01")}),
        ("preorder_paid_within_amount", {"paid": Decimal("120.01")}),
        ("preorder_cancelled_has_nothing_allocated", {"arrived": 6, "allocated": 6, "state": "cancelled"}),
        ("preorder_credited_once_cancelled", {"credited_at": timezone.now()}),
    ],
)
def test_the_database_refuses_a_preorder_that_cannot_be(name: str, values: dict[str, Any]) -> None:
    made = preordered(make_store(), make_asin())
    if name == "preorder_arrived_within_quantity" and "allocated" in values:
        # Both conditions are broken: which one is named is the database's choice.
        name = "preorder_a"
    refused(name, lambda: Preorder.objects.filter(pk=made.pk).update(**values))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("arrival_units_fit_its_state", {"proposed": 0}),
        ("arrival_units_fit_its_state", {"units": 6}),
        ("arrival_units_fit_its_state", {"movement": None}),
        ("arrival_units_fit_its_state", {"state": "confirmed"}),
        ("arrival_units_fit_its_state", {"state": "refused", "units": 6}),
        ("arrival_units_fit_its_state", {"state": "lost"}),
    ],
)
def test_the_database_refuses_an_arrival_that_cannot_be(name: str, values: dict[str, Any]) -> None:
    asin = make_asin()
    made, movement = preordered(make_store(), asin), comes_in(asin, 6)
    row = PreorderArrival.objects.create(preorder=made, movement=movement, proposed=6)
    change = PreorderArrival.objects.filter(pk=row.pk)
    refused(name, lambda: change.update(**values))
    refused(
        "arrival_once_per_movement",
        lambda: PreorderArrival.objects.create(preorder=made, movement=movement, proposed=1),
    )


def test_the_database_refuses_payments_and_allocations_that_cannot_be() -> None:
    made = preordered(make_store(), make_asin())
    refused(
        "preorder_payment_not_zero", lambda: PreorderPayment.objects.create(preorder=made, amount=Decimal(0), key="k")
    )
    name = "preorder_allocation_returned_within_units"
    for values in ({"units": 0}, {"units": 6, "returned": 7}, {"units": 6, "returned": -1}):
        refused(name, lambda values=values: PreorderAllocation.objects.create(preorder=made, **values))
    refused(
        "preorder_allocation_prepaid_not_negative",
        lambda: PreorderAllocation.objects.create(preorder=made, units=6, prepaid=Decimal("-0.01")),
    )


def test_the_audit_finds_what_does_not_add_up() -> None:
    asin = make_asin(on_hand=12)
    made = arrive(preordered(make_store(), asin, 12, paid=Decimal("10.00")), 6)
    assert standing(made) == ("pending", 6, 0)
    Preorder.objects.filter(pk=made.pk).update(arrived=12, paid=Decimal("10.01"), state="allocated")
    Asin.objects.filter(pk=asin.pk).update(on_hand=7, reserved=7)
    assert [str(one) for one in audit_preorders()] == [
        f"preorder {made.pk}: arrived is 12, its rows say 6",
        f"preorder {made.pk}: paid is 10.01, its rows say 10.00",
        f"preorder {made.pk}: state is allocated, its rows say arrived",
        "B000000001: promised to preorders beyond what is on hand is 12, its rows say 7",
        "B000000001: promised to preorders beyond what is reserved is 12, its rows say 7",
    ]
