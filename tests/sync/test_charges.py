"""A hold meets the panel's charges: whatever their order, however often they come, the money is right after each."""

from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from allocation.models import Cart
from clients.models import Client, LedgerEntry, Store
from clients.services import hold_balance
from notifications.models import Alert, AlertKind
from sync.models import RowIssue, SourceName
from tests.factories import default_policy
from tests.sync.cases import panel, panel_client, take, transaction

pytestmark = pytest.mark.django_db
BALANCE = Decimal("1000.00")
HOLD = Decimal("300.00")


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    take(SourceName.PANEL, panel(tmp_path, [panel_client(balance=str(BALANCE))]))
    store = Store.objects.get()
    cart = Cart.objects.create(
        client=store.client, store=store, amount=HOLD, policy=default_policy(),
        state="confirmed", hold=HOLD, hold_open=HOLD,
    )  # fmt: skip
    hold_balance(client_id=store.client_id, amount=HOLD, key=f"hold:{cart.code}", reference=cart.code)
    return cart


def charges(cart: Cart) -> dict[str, dict[str, Any]]:
    return {
        "exact": transaction("exact", "-300.00", cart.code),
        "smaller": transaction("smaller", "-120.00", cart.code),
        "larger": transaction("larger", "-350.00", cart.code),
        "unknown": transaction("unknown", "-50.00", "C-999999"),
        "deposit": transaction("deposit", "200.00", cart.code, kind="deposit"),
    }


@pytest.mark.parametrize("kinds", list(permutations(("exact", "smaller", "larger", "unknown", "deposit"), 3)))
def test_balance_held_and_available_are_right_after_each(tmp_path: Path, cart: Cart, kinds: tuple[str, ...]) -> None:
    balance, still_held, seen = BALANCE, HOLD, []
    for kind in kinds:
        charge = charges(cart)[kind]
        amount = Decimal(charge["amount"])
        balance += amount
        if kind in ("exact", "smaller", "larger"):
            still_held = max(still_held + amount, Decimal(0))
        seen.append(charge)
        for replay in (seen, seen[::-1], seen + seen):
            take(SourceName.PANEL, panel(tmp_path, [panel_client(balance=str(balance))], None, replay))
            client = Client.objects.get()
            cart.refresh_from_db()
            assert (client.balance, client.held, client.available) == (balance, still_held, balance - still_held)
            assert cart.hold_open == still_held
    entries = LedgerEntry.objects.all()
    assert sum(entry.balance_change for entry in entries) == balance
    assert sum(entry.held_change for entry in entries) == still_held
    assert RowIssue.objects.filter(reason="unknown_reference", closed_at=None).count() == kinds.count("unknown")
    too_large = Alert.objects.filter(kind=AlertKind.SETTLEMENT).count()
    assert too_large == RowIssue.objects.filter(reason="charge_above_hold", closed_at=None).count()
