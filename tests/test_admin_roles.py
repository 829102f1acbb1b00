"""Who may open and send what in the admin: every page of ours by role."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client as Browser
from django.urls import reverse

from allocation.models import Preorder
from clients.models import Client, Store
from inventory.models import Asin
from tests.test_admin_pages import browser, one_of_each

pytestmark = pytest.mark.django_db

ROLES = ("viewer", "allocator", "manager", "admin")
# the least role that may open a page; viewers see every list and object of the domain
PAGES = {
    "admin:cart_generator": "allocator",
    "admin:batch_start": "allocator",
    "admin:allocation_batch_changelist": "viewer",
    "admin:allocation_batch_add": "nobody",
    "admin:allocation_preorder_add": "allocator",
    "admin:allocation_preorder_import": "allocator",
    "admin:allocation_preorder_export": "viewer",
    "admin:inventory_asin_add": "manager",
    "admin:inventory_asin_import": "manager",
    "admin:inventory_asin_export": "viewer",
    "admin:clients_client_add": "manager",
    "admin:clients_client_import": "manager",
    "admin:clients_store_add": "manager",
    "admin:clients_store_import": "manager",
    "admin:ungating_ungatingstatus_add": "manager",
    "admin:ungating_ungatingstatus_import": "manager",
    "admin:allocation_policy_changelist": "viewer",
    "admin:allocation_policy_add": "admin",
    "admin:auth_user_changelist": "admin",
    "admin:auth_user_add": "admin",
    "admin:auth_group_changelist": "admin",
    "admin:access_apitoken_add": "admin",
    "admin:clients_ledgerentry_add": "nobody",
    "admin:inventory_stockmovement_add": "nobody",
    "admin:auth_group_add": "nobody",
    "admin:allocation_cart_add": "nobody",
    "admin:pallets_pallet_add": "nobody",
    "admin:pallets_shipment_add": "nobody",
}
OBJECT_PAGES = {
    "inventory_asin/adjust-stock": ("manager", Asin),
    "clients_client/adjust-balance": ("manager", Client),
    "allocation_preorder/record-payment": ("allocator", Preorder),
    "allocation_preorder/cancel": ("allocator", Preorder),
    "allocation_preorder/credited": ("allocator", Preorder),
}


def may(role: str, least: str) -> bool:
    return least != "nobody" and ROLES.index(role) >= ROLES.index(least)


@pytest.mark.parametrize("role", ROLES)
def test_each_page_opens_for_its_role_and_those_above(role: str) -> None:
    one_of_each()
    signed_in = browser(role)
    opened = {name: signed_in.get(reverse(name)).status_code for name in PAGES}
    assert opened == {name: 200 if may(role, least) else 403 for name, least in PAGES.items()}
    for page, (least, model) in OBJECT_PAGES.items():
        name, _, tail = page.partition("/")
        found = model.objects.order_by("pk").first()
        url = reverse(f"admin:{name}_change", args=[found.pk]).replace("change/", f"{tail}/")
        expected = 200 if may(role, least) else 403
        assert (page, signed_in.get(url).status_code) == (page, expected)
        assert (page, signed_in.post(url, {}).status_code) == (page, expected)


@pytest.mark.parametrize(("role", "shown"), [("viewer", False), ("allocator", True)])
def test_a_client_a_store_and_the_carts_lead_to_a_new_cart(role: str, shown: bool) -> None:
    one_of_each()
    signed_in, store = browser(role), Store.objects.get()
    generator = reverse("admin:cart_generator")
    links = {
        reverse("admin:clients_client_change", args=[store.client_id]): f"{generator}?client={store.client_id}",
        reverse("admin:clients_store_change", args=[store.pk]): (
            f"{generator}?client={store.client_id}&amp;store={store.pk}"
        ),
        reverse("admin:allocation_cart_changelist"): reverse("admin:allocation_cart_new_cart"),
    }
    for page, link in links.items():
        assert (f'href="{link}"' in signed_in.get(page).content.decode()) is shown, page
    assert signed_in.get(reverse("admin:allocation_cart_new_cart")).status_code == (302 if shown else 403)


def change_groups(signed_in: Browser, user: User, *groups: Group) -> None:
    answer = signed_in.post(
        reverse("admin:auth_user_change", args=[user.pk]),
        {
            "username": user.username,
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [group.pk for group in groups],
            "user_permissions": [Permission.objects.get(codename="delete_group").pk],
            "date_joined_0": "2026-11-22",
            "date_joined_1": "10:00:00",
        },
    )
    assert answer.status_code in (200, 302)


def test_an_administrator_gives_roles_but_no_more_than_an_administrator_has() -> None:
    admin = browser("admin")
    user = User.objects.create_user("new")
    above = Group.objects.create(name="owners")
    above.permissions.add(Permission.objects.get(codename="delete_ledgerentry"))
    viewer = Group.objects.get(name="viewer")

    change_groups(admin, user, viewer)
    assert [group.name for group in user.groups.all()] == ["viewer"]
    change_groups(admin, user, viewer, above)
    assert [group.name for group in user.groups.all()] == ["viewer"]

    user.groups.add(above)
    change_groups(admin, user)
    assert sorted(group.name for group in user.groups.all()) == ["owners", "viewer"]
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.user_permissions.exists()


def test_an_administrator_does_not_touch_a_superuser() -> None:
    admin, root = browser("admin"), User.objects.create_superuser("top", password="a long password 1")
    assert admin.post(reverse("admin:auth_user_change", args=[root.pk]), {"username": "mine"}).status_code == 403
    answer = admin.post(
        reverse("admin:auth_user_password_change", args=[root.pk]),
        {"password1": "another password 1", "password2": "another password 1"},
    )
    assert answer.status_code == 403
    root.refresh_from_db()
    assert (root.username, root.check_password("a long password 1")) == ("top", True)


def test_whoever_may_not_is_told_so() -> None:
    answer = browser("viewer").get(reverse("admin:cart_generator"))
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.content.decode()
