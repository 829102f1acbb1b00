"""What a role may do over HTTP."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import Client as Browser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

LISTS = ["asins", "clients", "stores", "ungating", "preorders", "pallets", "carts", "suggestions"]


@pytest.mark.parametrize("name", LISTS)
def test_a_viewer_reads_every_list(client: Browser, viewer: User, name: str) -> None:
    client.force_login(viewer)
    response = client.get(f"/api/{name}")
    assert (response.status_code, response.json()) == (200, {"next": None, "previous": None, "results": []})


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.django_db
def test_a_user_without_a_role_reads_none(client: Browser, name: str) -> None:
    client.force_login(User.objects.create_user("nora"))
    response = client.get(f"/api/{name}")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert response["Content-Type"] == "application/problem+json"


def test_a_viewer_may_not_write_and_an_admin_is_told_that_lists_are_to_read(client: Browser, viewer: User) -> None:
    client.force_login(viewer)
    assert client.delete("/api/asins").status_code == 403
    client.force_login(User.objects.create_superuser("root"))
    response = client.delete("/api/asins")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.json()["detail"] == 'Method "DELETE" not allowed.'


class Generate(APIView):
    required_permissions = ("allocation.add_cart", "pallets.add_pallet")

    def post(self, request: Request) -> Response:
        return Response({"ok": True})


@pytest.mark.parametrize(("role", "status"), [(None, 403), ("viewer", 403), ("allocator", 200), ("admin", 200)])
@pytest.mark.django_db
def test_a_view_names_the_permissions_it_needs(role: str | None, status: int) -> None:
    user = User.objects.create_user("ali")
    if role:
        user.groups.add(Group.objects.get(name=role))
    assert answer(user).status_code == status


@pytest.mark.django_db
def test_a_view_with_named_permissions_needs_a_name_first() -> None:
    assert answer(AnonymousUser()).status_code == 401


def answer(user: Any) -> Response:
    request = APIRequestFactory().post("/x", {}, format="json")
    if user.is_authenticated:
        force_authenticate(request, user)
    response: Response = Generate.as_view()(request)
    return response
