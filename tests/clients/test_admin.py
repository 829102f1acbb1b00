"""Clients and stores in the admin."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, EntryKind, LedgerEntry, Store
from common.sources import Source
from tests.factories import make_client, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def upload(root: Browser, name: str, text: str) -> Any:
    file = SimpleUploadedFile("list.csv", text.encode())
    answer = root.post(reverse(f"admin:{name}_import"), {"import_file": file, "format": "0", "resource": "0"})
    form = answer.context.get("confirm_form")
    return root.post(reverse(f"admin:{name}_process_import"), form.initial, follow=True) if form else answer


def problems(answer: Any) -> list[tuple[int, str, str, str]]:
    return [(row["row"], row["column"], row["value"], row["text"]) for row in answer.context["problems"]]


def test_a_client_and_a_store_made_by_hand_get_their_own_ids(root: Browser) -> None:
    values = {"name": "Walk-in", "email": "", "status": "active", "priority": "medium", "balance": "500"}
    root.post(reverse("admin:clients_client_add"), values)
    client = Client.objects.get()
    assert (client.panel_id, client.source, client.balance) == (f"L-{client.pk}", Source.MANUAL, Decimal(0))
    root.post(
        reverse("admin:clients_store_add"),
        {"client": client.pk, "name": "Shop", "marketplace": "US", "status": "active"},
    )
    store = Store.objects.get()
    assert (store.panel_id, store.client) == (f"L-{store.pk}", client)


def test_own_ids_are_given_not_taken(root: Browser) -> None:
    values = {"panel_id": "l-7", "name": "Walk-in", "status": "active", "priority": "medium"}
    answer = root.post(reverse("admin:clients_client_add"), values)
    assert "IDs beginning with L- are given by the system" in answer.content.decode()
    assert not Client.objects.exists()


def test_of_a_feeds_client_nothing_changes_here(root: Browser) -> None:
    client = make_client(source=Source.FEED)
    url = reverse("admin:clients_client_change", args=[client.pk])
    text = root.get(url).content.decode()
    assert "comes from the AutoFBA panel" in text
    assert "Adjust balance" not in text
    assert 'name="_save"' not in text
    root.post(url, {"name": "Changed", "status": "paused", "priority": "high"})
    client.refresh_from_db()
    assert (client.name, client.status, client.is_active) == ("Client 1", "active", True)


def test_the_balance_of_a_manual_client_is_adjusted_through_the_ledger(root: Browser) -> None:
    client = make_client(balance="100.00")
    url = reverse("admin:clients_client_change", args=[client.pk])
    assert "Adjust balance" in root.get(url).content.decode()
    act = url.replace("change/", "adjust-balance/")
    assert "required" in root.post(act, {"change": "5", "reason": ""}).content.decode()
    assert "between $0.01 and" in root.post(act, {"change": "0", "reason": "x"}).content.decode()
    assert root.post(act, {"change": "-12.50", "reason": "refund"}).status_code == 302
    client.refresh_from_db()
    entry = LedgerEntry.objects.get(kind=EntryKind.CORRECTION)
    assert (client.balance, entry.balance_change, entry.reason) == (Decimal("87.50"), Decimal("-12.50"), "refund")


def test_the_balance_of_a_feeds_client_belongs_to_the_panel(root: Browser) -> None:
    client = make_client(source=Source.FEED)
    url = reverse("admin:clients_client_change", args=[client.pk]).replace("change/", "adjust-balance/")
    answer = root.post(url, {"change": "5", "reason": "x"}, follow=True)
    assert "belongs to the AutoFBA panel" in answer.content.decode()
    assert Client.objects.get().balance == Decimal("1000.00")


def test_a_store_with_its_client_stays_and_is_kept(root: Browser) -> None:
    store, other = make_store(), make_client("2")
    url = reverse("admin:clients_store_change", args=[store.pk])
    values = {"panel_id": "1", "client": other.pk, "name": "S", "marketplace": "US", "status": "active"}
    assert "A store stays with its client" in root.post(url, values).content.decode()
    assert root.post(reverse("admin:clients_client_delete", args=[other.pk]), {"post": "yes"}).status_code == 403
    assert root.post(reverse("admin:clients_store_delete", args=[store.pk]), {"post": "yes"}).status_code == 302


def test_the_ledger_is_only_read(root: Browser) -> None:
    make_client()
    entry = LedgerEntry.objects.get()
    assert root.get(reverse("admin:clients_ledgerentry_add")).status_code == 403
    assert root.post(reverse("admin:clients_ledgerentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
    assert root.post(reverse("admin:clients_ledgerentry_change", args=[entry.pk]), {"reason": "x"}).status_code == 403


def test_clients_are_imported_without_their_money(root: Browser) -> None:
    make_client("1", name="Old", balance="100.00")
    make_client("2", name="Panel's", source=Source.FEED)
    answer = upload(root, "clients_client", "Client ID,Name,Balance\n1,New,999\n2,Mine,999\nL-9,Own,0\n,Unnumbered,0\n")
    assert problems(answer) == [
        (3, "Name", "Mine", "This comes from the feed and cannot be changed by an import."),
        (4, "Client ID", "L-9", "IDs beginning with L- are given by the system: leave this blank to get one."),
    ]
    upload(root, "clients_client", "client id,NAME,Balance\n1,New,999\n,Unnumbered,5\n")
    rows = [(row.name, row.balance, row.panel_id == f"L-{row.pk}") for row in Client.objects.order_by("pk")]
    assert rows == [
        ("New", Decimal("100.00"), False),
        ("Panel's", Decimal("1000.00"), False),
        ("Unnumbered", Decimal("0.00"), True),
    ]


def test_stores_are_imported_for_known_clients(root: Browser) -> None:
    make_client("1")
    text = "Store ID,Client ID,Name,Status\nS1,1,Shop,Active\nS2,9,Shop,active\nS3,1,Shop,closed\n,,,\n"
    assert problems(upload(root, "clients_store", text)) == [
        (3, "Client ID", "9", "There is no client “9”."),
        (4, "Status", "closed", "“closed” is none of: Active, Suspended."),
        (5, "Client ID", "", "The client is missing."),
        (5, "Name", "", "This field cannot be blank."),
    ]
    upload(root, "clients_store", text.split("S2")[0])
    assert [(store.panel_id, store.client.panel_id) for store in Store.objects.all()] == [("S1", "1")]
