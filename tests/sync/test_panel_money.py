"""Charges of the panel settle holds; balances that fall short are told."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocation.models import Cart
from clients.models import Client, EntryKind, LedgerEntry, PanelTransaction, Store
from clients.services import hold_balance
from notifications.models import Alert, AlertKind, AlertState
from sync.models import RowIssue, SourceName
from sync.services import SyncReport
from tests.factories import default_policy
from tests.sync.cases import digest, panel, panel_client, reasons, take, transaction

pytestmark = pytest.mark.django_db


def run(folder: Path, balance: str, *transactions: dict[str, Any]) -> SyncReport:
    return take(SourceName.PANEL, panel(folder, [panel_client(balance=balance)], None, list(transactions)))


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    """A cart of client 1 that holds $300.00 of its $1,000.00."""
    run(tmp_path, "1000.00")
    store, hold = Store.objects.get(), Decimal("300.00")
    cart = Cart.objects.create(
        client=store.client, store=store, amount=hold, policy=default_policy(),
        state="palletised", hold=hold, hold_open=hold,
    )  # fmt: skip
    hold_balance(client_id=store.client_id, amount=hold, key=f"hold:{cart.code}", reference=cart.code)
    return cart


def money(cart: Cart) -> tuple[str, str, str]:
    """The client's balance and held, and what the cart still holds."""
    client = Client.objects.get()
    cart.refresh_from_db()
    return str(client.balance), str(client.held), str(cart.hold_open)


def open_alerts(kind: AlertKind) -> list[str]:
    return list(Alert.objects.filter(kind=kind, state=AlertState.OPEN).values_list("title", flat=True))


def test_a_charge_settles_the_hold_of_its_cart_once(tmp_path: Path, cart: Cart) -> None:
    charge = transaction("t1", "-300.00", cart.code)
    report = run(tmp_path, "700.00", charge)
    assert money(cart) == ("700.00", "0.00", "0.00")
    assert report.outcome.changes == (
        "~ client 1: balance $1,000.00 → $700.00",
        f"+ transaction t1 of client 1: charge -$300.00, $300.00 of {cart.code} settled",
    )
    entry = LedgerEntry.objects.get(kind=EntryKind.SETTLEMENT)
    assert (entry.held_change, entry.reference, entry.key) == (Decimal("-300.00"), cart.code, "settle:t1")
    assert PanelTransaction.objects.get().settled == Decimal("300.00")
    assert open_alerts(AlertKind.BALANCE_SHORT) == []

    before = digest()
    for _ in range(3):
        assert run(tmp_path, "700.00", charge).changed == 0
    assert digest() == before


def test_a_smaller_charge_settles_a_part_and_the_next_the_rest(tmp_path: Path, cart: Cart) -> None:
    first, second = (
        transaction("t1", "120.00", cart.code),
        transaction("t2", "180.00", f" {cart.code.lower()} "),
    )
    run(tmp_path, "880.00", first)
    assert money(cart) == ("880.00", "180.00", "180.00")
    run(tmp_path, "700.00", first, second)
    assert money(cart) == ("700.00", "0.00", "0.00")
    assert open_alerts(AlertKind.SETTLEMENT) == []


def test_a_larger_charge_settles_all_and_says_so(tmp_path: Path, cart: Cart) -> None:
    charge = transaction("t1", "-350.00", cart.code)
    report = run(tmp_path, "650.00", charge)
    assert money(cart) == ("650.00", "0.00", "0.00")
    assert [one.issue.reason for one in report.warnings] == ["charge_above_hold"]
    assert open_alerts(AlertKind.SETTLEMENT) == [f"{cart.code}: the charge t1 is larger than what is held"]
    run(tmp_path, "650.00", charge)
    assert Alert.objects.get(kind=AlertKind.SETTLEMENT).count == 1
    assert RowIssue.objects.get().closed_at is None


@pytest.mark.parametrize("reference", ["C-999999", "C-7"])
def test_an_unknown_reference_is_an_issue_that_stays_open(tmp_path: Path, cart: Cart, reference: str) -> None:
    charge = transaction("t1", "-50.00", reference)
    report = run(tmp_path, "950.00", charge)
    assert money(cart) == ("950.00", "300.00", "300.00")
    assert [one.issue.reason for one in report.warnings] == ["unknown_reference"]
    assert PanelTransaction.objects.get().settled == 0
    run(tmp_path, "950.00", charge)
    issue = RowIssue.objects.get()
    assert (issue.reason, issue.key, issue.value, issue.closed_at) == (
        "unknown_reference",
        "t1",
        reference,
        None,
    )


def test_another_clients_charge_does_not_settle_this_cart(tmp_path: Path, cart: Cart) -> None:
    charge = transaction("t1", "-300.00", cart.code, client_id="2")
    clients = [panel_client("1"), panel_client("2")]
    report = take(SourceName.PANEL, panel(tmp_path, clients, None, [charge]))
    assert [one.issue.reason for one in report.warnings] == ["unknown_reference"]
    cart.refresh_from_db()
    assert cart.hold_open == Decimal("300.00")


def test_a_charge_waits_while_the_balance_of_its_client_cannot_be_read(tmp_path: Path, cart: Cart) -> None:
    """Settled at once, the charged $300.00 would be free to be spent again: $1,000.00 with nothing held."""
    charge = transaction("t1", "-300.00", cart.code)
    report = run(tmp_path, "7OO.00", charge)
    assert reasons(report) == [(1, "invalid_amount")]
    assert [one.issue.reason for one in report.warnings] == ["client_refused"]
    assert (money(cart), PanelTransaction.objects.count()) == (("1000.00", "300.00", "300.00"), 0)

    report = run(tmp_path, "700.00", charge)
    assert report.outcome.issues == ()
    assert money(cart) == ("700.00", "0.00", "0.00")
    assert RowIssue.objects.filter(closed_at=None).count() == 0


@pytest.mark.parametrize("kind", ["deposit", "refund", "Credit"])
def test_money_that_comes_in_never_settles(tmp_path: Path, cart: Cart, kind: str) -> None:
    report = run(tmp_path, "1300.00", transaction("t1", "300.00", cart.code, kind=kind))
    assert money(cart) == ("1300.00", "300.00", "300.00")
    assert report.outcome.issues == ()


def test_a_reference_that_is_not_ours_is_kept_without_an_issue(tmp_path: Path, cart: Cart) -> None:
    report = run(tmp_path, "990.00", transaction("t1", "-10.00", "INV-77"))
    assert report.outcome.issues == ()
    assert PanelTransaction.objects.get().reference == "INV-77"
    assert money(cart) == ("990.00", "300.00", "300.00")


def test_a_transaction_that_changes_afterwards_is_refused(tmp_path: Path, cart: Cart) -> None:
    run(tmp_path, "900.00", transaction("t1", "-100.00", cart.code))
    report = run(tmp_path, "900.00", transaction("t1", "-200.00", cart.code))
    assert reasons(report) == [(1, "changed_transaction")]
    assert money(cart) == ("900.00", "200.00", "200.00")
    assert PanelTransaction.objects.get().amount == Decimal("-100.00")


def test_two_different_copies_of_a_transaction_settle_nothing(tmp_path: Path, cart: Cart) -> None:
    copies = [transaction("t1", "-100.00", cart.code), transaction("t1", "-200.00", cart.code)]
    report = run(tmp_path, "1000.00", *copies)
    assert reasons(report) == [(1, "duplicate_id"), (2, "duplicate_id")]
    assert money(cart) == ("1000.00", "300.00", "300.00")


def test_a_balance_below_what_is_held_is_told_until_it_is_over(tmp_path: Path, cart: Cart) -> None:
    run(tmp_path, "250.00")
    assert money(cart) == ("250.00", "300.00", "300.00")
    assert open_alerts(AlertKind.BALANCE_SHORT) == ["Client 1: $250.00 in the panel, $300.00 held"]
    run(tmp_path, "250.00")
    assert Alert.objects.get(kind=AlertKind.BALANCE_SHORT).count == 1
    run(tmp_path, "300.00")
    assert open_alerts(AlertKind.BALANCE_SHORT) == []
