"""The four roles and what each may do."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.roles import ROLES, install_roles

pytestmark = pytest.mark.django_db

LAST = [config for config in apps.get_app_configs() if config.models_module][-1]


def permissions(role: str) -> set[str]:
    rows = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def test_migrate_installs_the_roles_each_above_the_one_before() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    viewer, allocator, manager, admin = (permissions(role) for role in ROLES)
    assert viewer < allocator < manager < admin


def test_a_viewer_sees_the_whole_domain_and_changes_nothing() -> None:
    viewer = permissions("viewer")
    assert {name.partition(".")[2].partition("_")[0] for name in viewer} == {"view"}
    assert {
        "inventory.view_asin",
        "clients.view_ledgerentry",
        "sync.view_rowissue",
        "common.view_run",
    } <= viewer
    assert {"access.view_apitoken", "auth.view_user"} & viewer == set()


def test_an_allocator_makes_batches_carts_pallets_preorders_settles_suggestions_and_alerts_and_pulls_the_cord() -> None:
    models = ("allocation.{}_cart", "allocation.{}_cartline", "allocation.{}_transfersuggestion")
    models += (
        "allocation.{}_batch",
        "allocation.{}_preorder",
        "pallets.{}_pallet",
        "pallets.{}_palletline",
        "pallets.{}_shipment",
        "notifications.{}_alert",
        "common.{}_andoncord",
    )
    expected = {model.format(action) for model in models for action in ("add", "change")}
    assert permissions("allocator") - permissions("viewer") == expected


def test_a_manager_changes_the_domain() -> None:
    own = permissions("manager") - permissions("allocator")
    assert {
        "inventory.add_asin",
        "inventory.change_asin",
        "inventory.delete_asin",
        "clients.change_store",
    } <= own
    assert {"sync.change_sourcestate", "ungating.change_ungatingtask"} <= own
    assert not {name for name in own if name.startswith(("auth.", "access.", "allocation.add_policy"))}


def test_an_admin_rules_users_tokens_and_policies() -> None:
    expected = {
        f"{app}.{action}_{model}"
        for app, model in [
            ("auth", "user"),
            ("auth", "group"),
            ("access", "apitoken"),
            ("allocation", "policy"),
        ]
        for action in ("add", "change", "delete", "view")
    } - {"allocation.view_policy"}
    assert permissions("admin") - permissions("manager") == expected


def test_nobody_edits_history_or_deletes_what_holds_stock() -> None:
    names = permissions("admin")
    history = {"ledgerentry", "stockmovement", "paneltransaction", "ungatingchange"}
    touched = {name for name in names if name.rpartition("_")[2] in history}
    assert {name.partition(".")[2].partition("_")[0] for name in touched} == {"view"}
    assert {
        "allocation.delete_cart",
        "pallets.delete_pallet",
        "allocation.delete_transfersuggestion",
    } & names == set()


def test_installing_again_takes_three_queries_and_changes_nothing() -> None:
    before = {role: permissions(role) for role in ROLES}
    with CaptureQueriesContext(connection) as queries:
        for config in apps.get_app_configs():
            install_roles(sender=config, using="default")
    # the groups, what they have, the permissions
    assert len(queries) == 3
    assert {role: permissions(role) for role in ROLES} == before


def test_what_is_missing_comes_back_and_what_was_given_besides_stays() -> None:
    Group.objects.get(name="viewer").delete()
    allocator = Group.objects.get(name="allocator")
    extra = Permission.objects.get(codename="add_client")
    allocator.permissions.remove(Permission.objects.get(codename="add_cart"))
    allocator.permissions.add(extra)
    install_roles(sender=LAST, using="default")
    assert "inventory.view_asin" in permissions("viewer")
    assert {"allocation.add_cart", "clients.add_client"} <= permissions("allocator")
