"""Versions of what people edit: who, why, and each field's old and new value, read from what was stored."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import serializers
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from simple_history.models import HistoricalRecords

from access.models import ApiToken
from access.services import issue_token, revoke_token
from allocation.models import Cart
from clients.models import Client, Store
from common.history import TRAILS, note_update
from common.history_words import field_label, said
from inventory.models import Asin
from pallets.models import Pallet
from tests.factories import default_policy, make_asin, make_client, make_store
from ungating.models import UngatingStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Any:
    """Signed in while the test runs, as in a request."""
    request = RequestFactory().get("/")
    request.user = User.objects.create_user("ann")
    HistoricalRecords.context.request = request
    yield request.user
    del HistoricalRecords.context.request


def versions(obj: Any) -> list[tuple[Any, ...]]:
    """Kind, who, why and changes of each version, oldest first."""
    rows = type(obj).history.filter(id=obj.pk).order_by("history_id")
    return [(row.history_type, row.actor_name, row.history_change_reason, row.changes) for row in rows]


def later(obj: Any) -> list[tuple[Any, ...]]:
    return versions(obj)[1:]


def test_an_edit_says_who_why_and_each_value(ann: User) -> None:
    asin = make_asin()
    asin.fragile, asin.unit_cost, asin.case_height = True, Decimal("12.50"), None
    asin.date_added, asin.priority = date(2026, 9, 1), "high"
    asin._change_reason = "Counted"
    asin.save()
    assert later(asin) == [
        (
            "~",
            "ann",
            "Counted",
            [
                ["date_added", "Aug 22, 2026", "Sep 01, 2026"],
                ["unit_cost", "$10.00", "$12.50"],
                ["priority", "", "High"],
                ["case_height", "8", ""],
                ["fragile", "no", "yes"],
            ],
        )
    ]
    version = Asin.history.first()
    assert (version.history_user, version.object_key, version.object_name) == (ann, "B000000001", "B000000001")
    assert (version.unit_cost, version.title) == (Decimal("12.50"), "Product B000000001")
    asin.title = "Other"
    asin.save()
    assert later(asin)[1][2] == ""  # the reason was that of one change


def test_what_is_the_same_leaves_no_version() -> None:
    asin = make_asin()
    asin.save()
    asin.unit_cost = "10.00"  # type: ignore[assignment]  # as a form or a test may assign it
    asin.save()
    Asin.objects.get(pk=asin.pk).save(update_fields=["row_hash"])
    assert later(asin) == []


def test_what_a_feed_wrote_before_is_not_said_to_be_the_persons(ann: User) -> None:
    asin = make_asin()
    Asin.objects.filter(pk=asin.pk).update(title="From the feed", unit_cost=Decimal(11))
    asin = Asin.objects.get(pk=asin.pk)
    asin.fragile = True
    asin.save()
    assert later(asin) == [("~", "ann", "", [["fragile", "no", "yes"]])]


def test_bulk_writes_leave_no_version() -> None:
    make_asin()
    Asin.objects.update(title="Other")
    Client.objects.bulk_create([Client(panel_id="9", name="Nine")])
    assert Asin.history.count() == 1
    assert Client.history.count() == 0


def test_totals_are_no_part_of_a_version() -> None:
    names = {field.name for field in Asin.history.model._meta.get_fields()}
    assert names & {"on_hand", "reserved", "shortage", "portal_remaining", "row_hash", "brand_key"} == set()
    assert {"title", "unit_cost"} <= names
    names = {field.name for field in Client.history.model._meta.get_fields()}
    assert names & {"balance", "held", "total_allocated", "last_pallet_on"} == set()
    client = make_client(balance="5.00")
    client.balance, client.name = Decimal(7), "New"
    client.save()
    assert later(client) == [("~", "", "", [["name", "Client 1", "New"]])]


def test_what_is_added_has_one_version_with_its_code(ann: User) -> None:
    store = make_store("s1", name="Toys")
    cart = Cart.objects.create(client=store.client, store=store, amount=Decimal("9.50"), policy=default_policy())
    assert versions(cart) == [
        (
            "+",
            "ann",
            "",
            [
                ["client", "", "Client 1 (1)"],
                ["store", "", "Toys (s1)"],
                ["amount", "", "$9.50"],
                ["policy", "", "Oldest first"],
            ],
        )
    ]
    assert Cart.history.get().object_key == cart.code
    own = Client.objects.create(name="By hand")
    assert [(row[0], Client.history.get(id=own.pk).object_key) for row in versions(own)] == [("+", own.panel_id)]


def test_who_made_it_is_known_without_a_request() -> None:
    bob, store = User.objects.create_user("bob"), make_store()
    cart = Cart.objects.create(
        client=store.client, store=store, amount=Decimal(9), policy=default_policy(), created_by=bob
    )
    assert versions(cart)[0][:2] == ("+", "bob")


def test_a_relation_is_told_by_name() -> None:
    store, other = make_store(), make_client("2", name="Other")
    store.client = other
    store.save()
    assert later(store) == [("~", "", "", [["client", "Client 1 (1)", "Other (2)"]])]


def test_a_name_outlives_the_object_and_the_user(ann: User) -> None:
    make_client("1", balance="0.00").delete()
    ann.delete()
    assert list(
        Client.history.order_by("history_id").values_list("history_type", "object_name", "actor_name", "history_user")
    ) == [("+", "Client 1 (1)", "ann", None), ("-", "Client 1 (1)", "ann", None)]


def test_an_update_past_save_is_noted_for_those_that_differ(ann: User) -> None:
    one, two = make_store("1"), make_store("2", client=make_client("2"), is_active=False)
    bob = User.objects.create_user("bob")
    note_update([one, two], {"is_active": False, "updated_at": one.updated_at}, actor=bob, reason="Closed")
    assert (later(one), later(two)) == ([("~", "bob", "Closed", [["is_active", "yes", "no"]])], [])
    assert Store.history.first().is_active is False
    note_update([one], {"client": two.client})
    assert later(one)[1] == ("~", "ann", "", [["client", "Client 1 (1)", "Client 2 (2)"]])


def test_noting_an_update_of_many_takes_one_statement() -> None:
    asins = [make_asin(f"B{number:09d}") for number in range(20)]
    with CaptureQueriesContext(connection) as queries:
        note_update(asins, {"is_active": False})
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        note_update(asins, {"on_hand": 3, "row_hash": "x"})
    assert len(queries) == 0


def test_an_edit_takes_one_read_and_one_write_more() -> None:
    asin = make_asin()
    asin.title = "Other"
    with CaptureQueriesContext(connection) as queries:
        asin.save()
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == [
        "SELECT",
        "UPDATE",
        "INSERT",
    ]


def test_secrets_are_never_kept() -> None:
    user = User.objects.create_user("ann", password="first-password-1")
    token, secret = issue_token(user=user, name="scanner")
    user.set_password("second-password-2")
    user.save()
    revoke_token(token=token)
    rows = [row for model in TRAILS for row in model.history.all()]
    kept = serializers.serialize("json", rows)
    for hidden in (secret, token.digest, user.password, "password-1", "password-2"):
        assert hidden not in kept
    columns = {field.name for model in (User, ApiToken) for field in model.history.model._meta.get_fields()}
    assert columns & {"password", "digest", "last_login", "last_used_at"} == set()
    assert later(user) == [("~", "", "", [["password", None, "changed"]])]
    assert [row[3][0][0] for row in later(token)] == ["revoked_at"]


def test_signing_in_is_no_change_of_a_user() -> None:
    user = User.objects.create_user("ann")
    user.last_login = user.date_joined
    user.save(update_fields=["last_login"])
    assert later(user) == []


def test_roles_that_a_user_gets_and_loses_are_told(ann: User) -> None:
    user, manager, viewer = User.objects.create_user("bob"), *Group.objects.filter(name__in=["manager", "viewer"])
    user.groups.add(manager, viewer)
    user.groups.add(viewer)
    user.groups.set([viewer])
    viewer.user_set.remove(user)
    user.groups.add(manager)
    user.groups.clear()
    user.is_staff = True
    user.save()
    assert [row[3] for row in later(user)] == [
        [["groups", "", "manager, viewer"]],
        [["groups", "manager", ""]],
        [["groups", "viewer", ""]],
        [["groups", "", "manager"]],
        [["groups", "manager", ""]],
        [["is_staff", "no", "yes"]],
    ]
    assert {row[1] for row in versions(user)} == {"ann"}


def test_permissions_that_a_group_gets_are_told_in_short() -> None:
    group = Group.objects.create(name="auditors")
    group.permissions.set(Permission.objects.all())
    (change,) = later(group)[0][3]
    assert change[:2] == ["permissions", ""]
    assert len(change[2]) <= 200
    assert change[2].endswith(" more")


def test_a_pallets_moves_are_kept_with_who_and_why(ann: User) -> None:
    pallet = Pallet.objects.create(
        store=make_store(), cartons=1, volume=1, weight=46, height=7, fill=Decimal("0.5"), cube=Decimal("0.5")
    )
    bob = User.objects.create_user("bob")
    pallet.move("packed", actor=bob)
    pallet.move("cancelled", shipment=None, note="Fell over")
    assert later(pallet) == [
        ("~", "bob", "", [["state", "Planned", "Packed"]]),
        ("~", "ann", "Fell over", [["state", "Packed", "Cancelled"]]),
    ]


def test_values_read_as_people_write_them() -> None:
    assert said(Asin._meta.get_field("max_shipping"), Decimal("0.3125")) == "$0.3125"
    assert said(Asin._meta.get_field("unit_cost"), Decimal("1234.5")) == "$1,234.50"
    assert said(Asin._meta.get_field("unit_cost"), Decimal("-3.00")) == "-$3.00"
    assert said(Asin._meta.get_field("unit_weight"), Decimal("2.5300")) == "2.53"
    assert said(Asin._meta.get_field("quantity_purchased"), 12000) == "12,000"
    assert said(Asin._meta.get_field("title"), "a" * 300) == "a" * 199 + "…"
    assert said(Asin._meta.get_field("title"), None) == ""
    assert said(UngatingStatus._meta.get_field("status"), "gated") == "No"
    assert (field_label(Asin, "case_pack"), field_label(Asin, "was_once")) == ("Case pack", "Was once")
