"""Every list asks the database as often for 20 rows as for 2, and finds what staff type."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Batch, Cart, Preorder, TransferSuggestion
from clients.models import Client, LedgerEntry, PanelTransaction, Store
from common.models import Run
from inventory.models import Asin, StockMovement
from notifications.models import Alert, AlertKind
from pallets.models import Pallet, Shipment
from sync.models import RowIssue
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate
from ungating.models import Scope, UngatingChange, UngatingStatus, UngatingTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def code(number: int) -> str:
    return f"B{number:09d}"


def store_of(number: int) -> Store:
    return make_store(f"s{number}", client=make_client(f"c{number}"))


def cart_of(number: int) -> Cart:
    store = store_of(number)
    return Cart.objects.create(client=store.client, store=store, amount=Decimal(9), policy=default_policy())


def batch_of(number: int) -> Batch:
    """One that has ended, with a cart."""
    run = Run.objects.create(kind="allocation.batch", state="succeeded")
    batch = Batch.objects.create(run=run, policy=default_policy(), slot=None)
    Cart.objects.filter(pk=cart_of(number).pk).update(batch=batch)
    return batch


def suggestion(number: int) -> None:
    mutual, cart = store_of(number + 1000), cart_of(number)
    TransferSuggestion.objects.create(
        cart=cart, mutual_store=mutual, units=6, fill=Decimal("0.1"), reason="small",
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip


def preorder(number: int) -> None:
    store, asin = store_of(number), make_asin(code(number))
    Preorder.objects.create(
        client=store.client, store=store, asin=asin, quantity=6, unit_cost=Decimal(10), amount=Decimal(60),
        expected_arrival=TODAY,
    )  # fmt: skip


def pallet(number: int) -> None:
    Pallet.objects.create(
        store=store_of(number), cartons=1, volume=Decimal(1), weight=Decimal(1), height=Decimal(1), fill=Decimal(0),
        cube=Decimal(0),
    )  # fmt: skip


def shipment(number: int) -> None:
    pallet(number)
    own = Pallet.objects.filter(store__panel_id=f"s{number}")
    own.update(shipment=Shipment.objects.create(store=own[0].store))


def transaction(number: int) -> None:
    PanelTransaction.objects.create(
        panel_id=f"T{number}", client=make_client(f"c{number}"), kind="charge", amount=Decimal(1),
        occurred_at=timezone.now(),
    )  # fmt: skip


def issue(number: int) -> None:
    run = Run.objects.create(kind="sync.portal")
    RowIssue.objects.create(source="portal", run=run, row=number, key=code(number), reason="invalid_asin", message="m")


def movement(number: int) -> None:
    make_asin(code(number))


# session, user, count, rows; lists without a count have one query less
MAKERS: dict[type[Model], tuple[Callable[[int], Any], int]] = {
    Asin: (lambda number: make_asin(code(number)), 4),
    StockMovement: (movement, 3),
    Client: (lambda number: make_client(f"c{number}"), 4),
    Store: (store_of, 4),
    LedgerEntry: (lambda number: make_client(f"c{number}"), 3),
    PanelTransaction: (transaction, 3),
    UngatingStatus: (lambda number: ungate(store_of(number)), 4),
    UngatingChange: (
        lambda number: UngatingChange.objects.create(status=ungate(store_of(number)), old="gated", new="ungated"),
        3,
    ),
    UngatingTask: (
        lambda number: UngatingTask.objects.create(store=store_of(number), brand=f"Brand {number}", ask="invoice"),
        4,
    ),
    Cart: (cart_of, 5),  # and the policies to filter by
    Batch: (batch_of, 5),  # and the policies to filter by
    TransferSuggestion: (suggestion, 4),
    Preorder: (preorder, 4),
    Pallet: (pallet, 4),
    Shipment: (shipment, 4),
    Run: (lambda number: Run.objects.create(kind="backup"), 3),
    RowIssue: (issue, 4),
    Alert: (lambda number: Alert.objects.create(kind=AlertKind.ALLOCATED, title="t", fold_key=str(number)), 4),
}


# What every page asks for its header: the Andon cord and the number of open alerts.
HEADER = 1


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model._meta.label)
def test_a_list_asks_as_often_for_twenty_rows_as_for_two(
    model: type[Model], root: Browser, django_assert_num_queries: Any
) -> None:
    make, queries = MAKERS[model]
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    made = 0
    for rows in (2, 20):
        for number in range(made, rows):
            make(number)
        made = rows
        with django_assert_num_queries(queries + HEADER):
            text = root.get(url).content.decode()
        assert text.count('class="data-row') == rows


def found(root: Browser, url: str, term: str, **filters: str) -> list[str]:
    answer = root.get(reverse(f"admin:{url}_changelist"), {"q": term, **filters})
    return [str(row) for row in answer.context["cl"].result_list]


def test_asins_are_found_by_code_brand_and_title(root: Browser) -> None:
    make_asin("B000000001", title="Desk lamp", brand="Torlum Labs")
    make_asin("B000000002", title="Water bottle", brand="Lamp & Co")
    make_asin("0306406152", title="A book", brand="Press")
    assert found(root, "inventory_asin", "b000000001") == ["B000000001"]
    assert found(root, "inventory_asin", " B000000001, b000000002 ") == ["B000000001", "B000000002"]
    assert found(root, "inventory_asin", "0306406152") == ["0306406152"]
    assert found(root, "inventory_asin", "LAMP") == ["B000000001", "B000000002"]
    assert found(root, "inventory_asin", "torlum  labs") == ["B000000001"]
    assert found(root, "inventory_asin", "abs") == []


def test_asins_are_filtered_by_stock(root: Browser) -> None:
    make_asin("B000000001", on_hand=10)
    make_asin("B000000002", on_hand=0)
    short = make_asin("B000000003", on_hand=6)
    Asin.objects.filter(pk=short.pk).update(reserved=6, shortage=2)
    expected = {
        "available": ["B000000001"],
        "none": ["B000000002", "B000000003"],
        "reserved": ["B000000003"],
        "short": ["B000000003"],
    }
    assert {choice: found(root, "inventory_asin", "", stock=choice) for choice in expected} == expected


def test_carts_and_pallets_are_found_by_code_or_number(root: Browser) -> None:
    cart = cart_of(1)
    pallet(2)
    box = Pallet.objects.get()
    for term in (cart.code, cart.code.lower(), str(cart.pk), "c1", "Client c1"):
        assert found(root, "allocation_cart", term) == [cart.code]
    for term in (box.code, str(box.pk), "s2"):
        assert found(root, "pallets_pallet", term) == [box.code]
    assert found(root, "allocation_cart", "9" * 5000) == []


def test_statuses_are_found_by_text_key(root: Browser) -> None:
    store = store_of(1)
    ungate(store, "Café Déjà", Scope.BRAND)
    ungate(store, "B000000001", Scope.ASIN)
    assert len(found(root, "ungating_ungatingstatus", "CAFE\u0301")) == 1
    assert len(found(root, "ungating_ungatingstatus", "b000000001")) == 1
    assert len(found(root, "ungating_ungatingstatus", "s1")) == 2


def test_an_empty_list_says_what_to_do(root: Browser) -> None:
    empty = root.get(reverse("admin:inventory_asin_changelist")).content.decode()
    assert "No ASINs yet" in empty
    assert "manage.py sync portal" in empty
    make_asin()
    missed = root.get(reverse("admin:inventory_asin_changelist"), {"q": "nothing like it"}).content.decode()
    assert "No ASINs match this search" in missed
    assert "No ASINs yet" not in missed
