"""The database refuses bad data: one row for every constraint of every app, on SQLite and on MariaDB."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, F, Model, UniqueConstraint
from django.utils import timezone

from access.models import IdempotencyKey
from allocation.models import Batch, CartLine, Policy
from clients.models import Client, Store
from common.models import AndonCord, Run
from inventory.models import Asin
from notifications.models import SenderSlot
from tests.constraint_cast import Cast, change, entry, movement, twin
from tests.factories import default_policy, make_asin, make_client, make_store
from ungating.models import UngatingStatus

OWN_APPS = ("access", "allocation", "clients", "common", "inventory", "notifications", "pallets", "sync", "ungating")
pytestmark = pytest.mark.django_db


CASES: dict[str, Callable[[Cast], Any]] = {
    "andon_one_cord": lambda cast: AndonCord.objects.create(pk=2),
    "andon_pulled_for_a_reason": change("cord", pulled_at=timezone.now()),
    "email_state_known": change("email", state="lost"),
    "email_claimed_while_sending": change("email", claimed_until=timezone.now()),
    "email_sent_has_its_time": change("email", state="sent"),
    "mail_choice_once": twin("choice"),
    "mail_kind_known": change("choice", kind="weather"),
    "sender_slot_only_one": lambda cast: SenderSlot.objects.create(pk=2, free_at=timezone.now()),
    "ungating_task_settled_not_negative": change("task", settled_unlocks=Decimal("-0.01")),
    "ungating_task_closed_known": change("task", closed_because="tired"),
    "cart_version_positive": change("cart", version=0),
    "cart_change_one_per_version": twin("cart_change"),
    "cart_change_known": change("cart_change", what="eaten"),
    "webhook_taken_once": twin("hook"),
    "webhook_source_known": change("hook", source="fax"),
    "asin_reserved_not_negative": change("asin", reserved=-1),
    "asin_reserved_within_on_hand": change("asin", reserved=F("on_hand") + 1),
    "asin_on_hand_in_range": change("asin", on_hand=10_000_001),
    "asin_shortage_not_negative": change("asin", shortage=-1),
    "asin_purchased_in_range": change("asin", quantity_purchased=-1),
    "asin_unit_cost_in_range": change("asin", unit_cost=Decimal("0.00")),
    "asin_shipping_in_range": change("asin", max_shipping=Decimal("10000.0001")),
    "asin_min_shipping_within_max": change("asin", min_shipping=Decimal("1.5001")),
    "asin_case_pack_in_range": change("asin", case_pack=0),
    "asin_priority_known": change("asin", priority="urgent"),
    "movement_changes_something": movement(kind="portal"),
    "movement_kind_known": movement(kind="magic", on_hand_change=1),
    "client_held_not_negative": change("client", held=Decimal("-0.01")),
    "client_allocated_not_negative": change("client", total_allocated=Decimal("-0.01")),
    "client_status_known": change("client", status="gone"),
    "client_priority_known": change("client", priority=""),
    "client_balance_in_range": change("client", balance=Decimal("100000000000.00")),
    "store_status_known": change("store", status="gone"),
    "entry_changes_something": entry(kind="correction"),
    "entry_fits_its_kind": entry(kind="hold", balance_change=Decimal("1.00")),
    "ungating_one_per_store_and_key": twin("status", value="TOYS & GAMES"),
    "ungating_scope_known": change("status", scope="planet"),
    "ungating_status_known": change("status", status="maybe"),
    "ungating_override_known": change("status", override="maybe"),
    "ungating_key_not_blank": change("status", key=""),
    "ungating_task_one_per_store_and_brand": twin("task"),
    "ungating_task_unlocks_not_negative": change("task", unlocks=Decimal("-0.01")),
    "ungating_task_state_known": change("task", state="later"),
    "policy_one_default": lambda cast: Policy.objects.filter(slug="balanced").update(is_default=True),
    "policy_max_units_in_range": lambda cast: Policy.objects.update(max_units_per_asin=0),
    "policy_cool_down_in_range": lambda cast: Policy.objects.update(cool_down_days=3651),
    "policy_max_stores_in_range": lambda cast: Policy.objects.update(max_stores_per_asin=0),
    "policy_min_roi_in_range": lambda cast: Policy.objects.update(min_roi_percent=Decimal("10000.01")),
    "policy_weights_not_negative": lambda cast: Policy.objects.update(age=Decimal("-0.001")),
    "policy_fill_is_a_share": lambda cast: Policy.objects.update(standalone_fill=Decimal("1.001")),
    "batch_one_at_a_time": lambda cast: Batch.objects.create(
        run=Run.objects.create(kind="allocation.batch"), policy=default_policy()
    ),
    "batch_slot_known": change("batch", slot=2),
    "batch_fairness_is_a_share": change("batch", fairness=Decimal("1.001")),
    "batch_effort_known": change("batch", effort="max"),
    "batch_value_within_bound": change("batch", value=Decimal("0.02"), bound=Decimal("0.01")),
    "batch_guaranteed_is_a_share": change("batch", guaranteed=Decimal("-0.1")),
    "batch_client_once": twin("result"),
    "batch_client_spends_its_own": change("result", spent=Decimal("10.01")),
    "batch_client_share_is_a_share": change("result", share=Decimal("1.01")),
    "batch_client_figures_not_negative": change("result", shortfall=Decimal("-0.01")),
    "cart_amount_not_negative": change("cart", amount=Decimal("-0.01")),
    "cart_totals_not_negative": change("cart", shipping=Decimal("-0.01")),
    "cart_hold_open_within_hold": change("cart", state="confirmed", hold=Decimal(1), hold_open=Decimal("1.01")),
    "cart_hold_only_when_promised": change("cart", hold=Decimal(1), hold_open=Decimal(1)),
    "cart_state_known": change("cart", state="lost"),
    "cart_line_one_per_asin": twin("line"),
    "cart_line_cases_positive": change("line", cases=0, units=0),
    "cart_line_whole_cases": change("line", units=13),
    "cart_line_money_not_negative": change("line", cost=Decimal("-0.01")),
    "cart_line_returned_within_units": change("line", returned=13),
    "preorder_one_per_claim": twin("preorder"),
    "preorder_quantity_positive": change("preorder", quantity=0),
    "preorder_arrived_within_quantity": change("preorder", arrived=7),
    "preorder_money_not_negative": change("preorder", paid=Decimal("-0.01")),
    "preorder_state_known": change("preorder", state="lost"),
    "preorder_allocated_within_arrived": change("preorder", allocated=1),
    "preorder_paid_within_amount": change("preorder", paid=Decimal("6.01")),
    "preorder_cancelled_has_nothing_allocated": change("preorder", state="cancelled", arrived=6, allocated=6),
    "preorder_credited_once_cancelled": change("preorder", credited_at=timezone.now()),
    "preorder_payment_not_zero": lambda cast: cast.preorder.payments.create(amount=Decimal(0), key="k"),
    "arrival_once_per_movement": twin("arrival"),
    "arrival_units_fit_its_state": change("arrival", units=6),
    "preorder_allocation_once_per_line": twin("allocation"),
    "preorder_allocation_returned_within_units": change("allocation", returned=7),
    "preorder_allocation_prepaid_not_negative": change("allocation", prepaid=Decimal("-0.01")),
    "suggestion_one_open_per_cart": twin("suggestion"),
    "suggestion_units_positive": change("suggestion", units=0),
    "suggestion_eligible_within_units": change("suggestion", eligible_units=13),
    "suggestion_fill_not_negative": change("suggestion", fill=Decimal("-0.1")),
    "suggestion_amount_not_negative": change("suggestion", amount=Decimal("-0.01")),
    "suggestion_state_known": change("suggestion", state="lost"),
    "suggestion_kind_known": change("suggestion", kind="gift"),
    "pallet_fill_is_a_share": change("pallet", fill=Decimal("1.0001")),
    "pallet_cube_is_a_share": change("pallet", cube=Decimal("-0.1")),
    "pallet_load_positive": change("pallet", weight=0),
    "pallet_has_cartons": change("pallet", cartons=0),
    "pallet_state_known": change("pallet", state="lost"),
    "pallet_shipped_has_a_date": change("pallet", state="shipped"),
    "shipment_state_known": change("shipment", state="lost"),
    "shipment_shipped_has_a_date": change("shipment", state="shipped"),
    "pallet_line_one_per_cart_line": twin("pallet_line"),
    "pallet_line_positive": change("pallet_line", cases=0),
    "pallet_line_shipping_not_negative": change("pallet_line", shipping=Decimal("-0.01")),
    "source_known": change("source", source="moon"),
    "alert_one_open_per_condition": twin("alert"),
    "alert_count_positive": change("alert", count=0),
    "alert_state_known": change("alert", state="lost"),
    "run_done_within_total": change("run", done=2, total=1),
    "idempotency_one_per_user_and_key": lambda cast: _keys("a", "a"),
    "idempotency_status_ok": lambda cast: _keys("a", status=100),
}


def _keys(*keys: str, **values: Any) -> None:

    user = User.objects.create(username="u")
    for key in keys:
        IdempotencyKey.objects.create(user=user, key=key, body_digest="", **values)


@pytest.mark.parametrize("name", CASES)
def test_the_database_refuses(name: str) -> None:
    cast = Cast()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        CASES[name](cast)
    # SQLite names the columns of a UNIQUE constraint, not the constraint.
    assert name in str(caught.value) or (
        connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(caught.value)
    )


def test_every_constraint_of_the_project_is_tried_here() -> None:
    constraints = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in OWN_APPS
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
    }
    assert constraints == set(CASES)


@pytest.mark.parametrize(
    ("model", "field", "first", "second"),
    [(Asin, "code", "B00000000A", "B00000000B"), (Client, "panel_id", "a", "A"), (Store, "panel_id", "é", "e")],
)
def test_natural_keys_match_byte_by_byte(model: type[Model], field: str, first: str, second: str) -> None:
    rows = {"code": make_asin, "panel_id": make_client}
    if model is Store:
        client = make_client()
        for value in (first, second):
            make_store(value, client=client)
    else:
        for value in (first, second):
            rows[field](value)
    assert model._base_manager.filter(**{field: first}).count() == 1


def test_a_second_default_policy_is_a_validation_error_in_words() -> None:
    from django.core.exceptions import ValidationError

    policy = Policy.objects.get(slug="balanced")
    policy.is_default = True
    with pytest.raises(ValidationError, match="Another policy is the default one already"):
        policy.full_clean()


def test_rows_with_a_history_are_protected_across_apps() -> None:
    from django.db.models import ProtectedError

    cast = Cast()
    for row in (cast.client, cast.store, cast.asin):
        with pytest.raises(ProtectedError):
            row.delete()


def test_money_is_stored_exactly_and_never_finer_than_its_unit() -> None:
    from django.core.exceptions import ValidationError
    from django.db.models import Sum

    make_client("1", balance="0.10")
    make_client("2", balance="0.20")
    assert Client.objects.aggregate(total=Sum("balance"))["total"] == Decimal("0.30")
    assert Client.objects.filter(balance=Decimal("0.20")).get().panel_id == "2"
    assert Client.objects.with_available().order_by("-money_available")[0].money_available == Decimal("0.20")
    with pytest.raises(ValidationError, match="more than 2 decimal places"), transaction.atomic():
        Client.objects.update(balance=Decimal("0.001"))
    assert CartLine._meta.get_field("cost").get_internal_type() == "BigIntegerField"
    assert make_asin(date_added=date(2026, 1, 1), min_shipping=Decimal("0.0001")).min_shipping == Decimal("0.0001")
    assert UngatingStatus.objects.count() == 0
