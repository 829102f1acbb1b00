"""Money moves by guarded updates, each with its ledger entry and a key that makes replays harmless."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients.models import Client, EntryKind, LedgerEntry
from clients.services import InsufficientBalance, adjust_balance, hold_balance, post_panel_balance, release_hold
from common.errors import Conflict, DomainError
from common.sources import Source
from tests.factories import make_client

pytestmark = pytest.mark.django_db


def money(client: Client) -> tuple[str, str]:
    client.refresh_from_db()
    return str(client.balance), str(client.held)


def test_the_last_cent_can_be_held_and_one_more_cannot() -> None:
    client = make_client(balance="0.30")
    for number, part in enumerate(("0.10", "0.20")):  # 0.1 + 0.2 > 0.3 in binary floats
        hold_balance(client_id=client.pk, amount=Decimal(part), key=f"hold:{number}", reference="C-1")
    assert money(client) == ("0.30", "0.30")
    with pytest.raises(InsufficientBalance) as caught, transaction.atomic():
        hold_balance(client_id=client.pk, amount=Decimal("0.01"), key="hold:x", reference="C-2")
    assert caught.value.missing == Decimal("0.01")
    assert str(caught.value) == "Client 1 has $0.00 available; $0.01 is needed, $0.01 is missing."


def test_release_and_settlement_lower_what_is_held() -> None:
    client = make_client(balance="100.00")
    hold_balance(client_id=client.pk, amount=Decimal("60.00"), key="hold:1", reference="C-1")
    release_hold(client_id=client.pk, amount=Decimal("10.00"), key="release:1", reference="C-1")
    release_hold(
        client_id=client.pk, amount=Decimal("20.00"), key="settle:1", reference="C-1", kind=EntryKind.SETTLEMENT
    )
    assert money(client) == ("100.00", "30.00")
    assert list(client.entries.order_by("id").values_list("kind", "balance_change", "held_change")) == [
        ("panel", Decimal("100.00"), Decimal("0.00")),
        ("hold", Decimal("0.00"), Decimal("60.00")),
        ("release", Decimal("0.00"), Decimal("-10.00")),
        ("settlement", Decimal("0.00"), Decimal("-20.00")),
    ]
    with pytest.raises(Conflict, match=r"less than \$30\.01 is held"):
        release_hold(client_id=client.pk, amount=Decimal("30.01"), key="release:2", reference="C-1")


def test_a_replayed_key_is_refused_by_the_database() -> None:
    client = make_client(balance="100.00")
    hold_balance(client_id=client.pk, amount=Decimal("1.00"), key="hold:1", reference="C-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        hold_balance(client_id=client.pk, amount=Decimal("1.00"), key="hold:1", reference="C-1")
    assert money(client) == ("100.00", "1.00")


def test_the_panel_may_lower_a_balance_below_what_is_held() -> None:
    client = make_client(balance="100.00")
    hold_balance(client_id=client.pk, amount=Decimal("80.00"), key="hold:1", reference="C-1")
    client.refresh_from_db()
    assert post_panel_balance(client=client, balance=Decimal("50.00"), key="panel:1") == Decimal("-50.00")
    assert money(client) == ("50.00", "80.00")
    assert client.available == Decimal("-30.00")
    assert post_panel_balance(client=client, balance=Decimal("50.00"), key="panel:2") == Decimal("0.00")
    assert LedgerEntry.objects.filter(kind=EntryKind.PANEL).count() == 2


def test_only_a_client_made_by_hand_is_adjusted_and_with_a_reason() -> None:
    client = make_client(balance="10.00")
    adjust_balance(client_id=client.pk, change=Decimal("-2.50"), reason="Refund paid in cash")
    adjust_balance(client_id=client.pk, change=Decimal("1.00"), reason="Correction")
    assert money(client) == ("8.50", "0.00")
    for change, reason, message in [
        (Decimal("1.00"), "", "Say why"),
        (Decimal("0.00"), "x", "between \\$0.01 and"),
        (Decimal(2**63), "x", "between \\$0.01 and"),
    ]:
        with pytest.raises(DomainError, match=message):
            adjust_balance(client_id=client.pk, change=change, reason=reason)
    Client.objects.filter(pk=client.pk).update(source=Source.FEED)
    with pytest.raises(DomainError, match="comes from the AutoFBA panel"):
        adjust_balance(client_id=client.pk, change=Decimal("1.00"), reason="x")
    assert money(client) == ("8.50", "0.00")


def test_a_client_made_by_hand_gets_an_id_of_our_own() -> None:
    client = Client.objects.create(name="By hand")
    assert client.panel_id == f"L-{client.pk}"
    client.name = "Renamed"
    client.save()
    assert Client.objects.get(panel_id=f"L-{client.pk}").name_key == "renamed"
