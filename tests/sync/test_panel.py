"""The panel's clients and stores: created, changed, moved, gone, made by hand."""

import json
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocation.models import Cart
from clients.models import Client, LedgerEntry, PanelTransaction, Store
from common.models import RunState
from common.sources import Source
from sync.models import SourceName
from sync.services import SyncReport
from tests.factories import default_policy, make_client, make_store
from tests.sync.cases import (
    NOW,
    DomainWrites,
    digest,
    panel,
    panel_client,
    panel_store,
    reasons,
    take,
    transaction,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def run(folder: Path, **options: object) -> SyncReport:
    return take(SourceName.PANEL, folder, **options)  # type: ignore[arg-type]


def test_clients_and_stores_come_with_their_balance_in_the_ledger(tmp_path: Path) -> None:
    report = run(panel(tmp_path, [panel_client(balance="-12.50", priority="high", status="paused")]))
    client, store = Client.objects.get(), Store.objects.get()
    assert (client.panel_id, client.name_key, client.source, client.status, client.priority) == (
        "1", "client 1", Source.FEED, "paused", "high"
    )  # fmt: skip
    assert (store.panel_id, store.client_id, store.source, store.is_mutual) == (
        "1",
        client.pk,
        Source.FEED,
        False,
    )
    entry = LedgerEntry.objects.get()
    assert (client.balance, entry.balance_change) == (Decimal("-12.50"), Decimal("-12.50"))
    assert (entry.key, entry.reason) == (f"panel:1:{report.run_id}", "Panel: $0.00 → -$12.50")
    assert report.outcome.changes == ("+ client 1: Client 1, -$12.50", "+ store 1: Store 1 of client 1")


def test_a_balance_that_changes_is_posted_once(tmp_path: Path) -> None:
    run(panel(tmp_path))
    report = run(panel(tmp_path, [panel_client(balance="750.25", updated_at="2026-10-02T08:00:00Z")]), now=LATER)
    assert report.outcome.changes == ("~ client 1: balance $1,000.00 → $750.25",)
    assert run(tmp_path).changed == 0
    assert list(LedgerEntry.objects.order_by("pk").values_list("balance_change", flat=True)) == [
        Decimal("1000.00"), Decimal("-249.75")
    ]  # fmt: skip
    assert Client.objects.get().balance == Decimal("750.25")


def test_the_same_lists_shuffled_and_doubled_change_nothing(tmp_path: Path) -> None:
    clients = [panel_client(str(number)) for number in range(1, 9)]
    stores = [panel_store(str(number), str(number)) for number in range(1, 9)]
    moves = [transaction(f"t{number}", "5.00", client_id=str(number)) for number in range(1, 9)]
    run(panel(tmp_path, clients, stores, moves))
    before = digest()
    mixed = random.Random(3)
    with DomainWrites() as writes:
        for _ in range(3):
            doubled = [mixed.sample(one + one[:2], len(one) + 2) for one in (clients, stores, moves)]
            report = run(panel(tmp_path, *doubled), now=LATER)
    assert (report.state, report.changed, len(report.warnings)) == (RunState.SUCCEEDED, 0, 6)
    assert writes.statements == []
    assert digest() == before


def test_an_older_state_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    run(panel(tmp_path, [panel_client(name="New name", updated_at="2026-10-05T08:00:00Z")]))
    report = run(panel(tmp_path, [panel_client(name="Old name", balance="1.00")]))
    assert [one.issue.reason for one in report.warnings] == ["older_than_ours"]
    client = Client.objects.get()
    assert (client.name, client.balance) == ("New name", Decimal("1000.00"))


def test_what_the_panel_no_longer_has_is_deactivated_and_comes_back(tmp_path: Path) -> None:
    clients = [panel_client(str(number)) for number in range(1, 5)]
    stores = [panel_store(str(number), str(number)) for number in range(1, 5)]
    run(panel(tmp_path, clients, stores))
    stone = {"id": "4", "deleted_at": "2026-11-01T08:00:00Z"}
    report = run(panel(tmp_path, [*clients[:3], stone], stores[:3]))
    assert report.outcome.changes == (
        "- client 4: no longer in the source",
        "- store 4: no longer in the source",
    )
    assert not Client.objects.get(panel_id="4").is_active
    assert not Store.objects.get(panel_id="4").is_active

    report = run(panel(tmp_path, clients, stores))
    assert report.reactivated == 2
    assert Client.objects.filter(is_active=True).count() == 4


def test_a_refused_client_keeps_its_last_good_values_and_its_stores(tmp_path: Path) -> None:
    run(panel(tmp_path))
    before = digest()
    report = run(panel(tmp_path, [panel_client(balance="lots", currency="EUR")]))
    assert reasons(report) == [(1, "invalid_amount")]
    assert digest() == before


def test_too_many_vanishing_at_once_are_held(tmp_path: Path) -> None:
    clients = [panel_client(str(number)) for number in range(1, 5)]
    run(panel(tmp_path, clients, [panel_store()]))
    before = digest()
    report = run(panel(tmp_path, clients[:1], []))
    assert report.state == RunState.HELD
    assert "3 of 4 clients in use are no longer in the source" in report.error
    assert "1 of 1 stores in use" in report.error
    assert digest() == before


def test_a_store_moves_to_another_client_only_without_a_history(tmp_path: Path) -> None:
    clients = [panel_client("1"), panel_client("2")]
    run(panel(tmp_path, clients, [panel_store("1"), panel_store("2")]))
    store = Store.objects.get(panel_id="2")
    Cart.objects.create(client=store.client, store=store, amount=Decimal(1), policy=default_policy())

    report = run(panel(tmp_path, clients, [panel_store("1", "2"), panel_store("2", "2", name="Renamed")]))
    assert reasons(report) == [(2, "store_moved")]
    owners = {one.panel_id: (one.client.panel_id, one.name) for one in Store.objects.select_related("client")}
    assert owners == {"1": ("2", "Store 1"), "2": ("1", "Store 2")}


def test_objects_made_by_hand_stay_and_get_nothing_of_the_panel(tmp_path: Path) -> None:
    make_store("1", client=make_client("1", name="Ours"))
    before = digest()
    folder = panel(tmp_path, [panel_client()], [panel_store()], [transaction("t1", "-5.00")])
    report = run(folder)
    assert reasons(report) == [(1, "manual_object"), (1, "unknown_client"), (1, "unknown_client")]
    assert digest() == before
    run(panel(tmp_path, [panel_client("2")], [panel_store("1", "2")]))
    assert Store.objects.get().client.name == "Ours"
    assert Client.objects.get(panel_id="1").is_active


@pytest.mark.parametrize("missing", ["clients.json", "stores.json", "transactions.json"])
def test_a_missing_list_leaves_the_database_untouched(tmp_path: Path, missing: str) -> None:
    run(panel(tmp_path))
    before = digest()
    panel(tmp_path, [panel_client(balance="5.00")])
    (tmp_path / missing).unlink()
    report = run(tmp_path)
    assert (report.state, report.error) == (RunState.FAILED, f"{tmp_path} has no file {missing}.")
    assert digest() == before


def test_a_damaged_list_leaves_the_database_untouched(tmp_path: Path) -> None:
    run(panel(tmp_path))
    before = digest()
    panel(tmp_path, [panel_client(balance="5.00")])
    (tmp_path / "transactions.json").write_text('[{"id": "t1", "amount": NaN}]')
    report = run(tmp_path)
    assert report.error == "transactions.json is not usable JSON: it holds NaN, which is no number."
    assert digest() == before
    assert PanelTransaction.objects.count() == 0


def test_the_reply_of_the_panel_with_its_envelope_reads_the_same(tmp_path: Path) -> None:
    folder = panel(tmp_path)
    (folder / "clients.json").write_text(json.dumps({"data": [panel_client()], "has_more": False}))
    assert run(folder).created == 2
