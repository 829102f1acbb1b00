"""The store picker of a form offers the stores of the client that is chosen there."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Store
from tests.factories import make_client, make_store

pytestmark = pytest.mark.django_db
PICKER = {"app_label": "allocation", "model_name": "cart", "field_name": "store", "term": ""}


@pytest.fixture
def stores() -> list[Store]:
    """Two of client 1, one of client 2."""
    one, two = make_client("1"), make_client("2")
    return [make_store("1", client=one), make_store("2", client=two), make_store("3", client=one)]


def offered(**asked: str) -> list[str]:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root"))
    found = browser.get(reverse("admin:autocomplete"), PICKER | asked).json()["results"]
    return [str(row["text"]) for row in found]


@pytest.mark.parametrize(
    ("term", "expected"),
    [("", ["Store 1 (1)", "Store 3 (3)"]), ("store 3", ["Store 3 (3)"]), ("store 2", [])],
)
def test_only_the_stores_of_the_client_are_offered(stores: list[Store], term: str, expected: list[str]) -> None:
    assert offered(term=term, client=str(stores[0].client_id)) == expected


@pytest.mark.parametrize("client", ["", "x", "9" * 40, "-1"])
def test_without_a_client_all_are_offered(stores: list[Store], client: str) -> None:
    assert offered(client=client) == ["Store 1 (1)", "Store 2 (2)", "Store 3 (3)"]


def test_an_unknown_client_has_none(stores: list[Store]) -> None:
    assert offered(client="999999") == []
