"""What feeds change of objects: each field's old and new value, with the run; nothing for what stays."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Store
from common.models import Run
from inventory.models import Asin
from sync.models import FieldChange, SourceName
from sync.services.changes import FieldChanges
from sync.services.tidy import KEEP, drop_old_runs
from tests.factories import make_asin, make_client, make_store
from tests.sync.cases import NOW, asin_row, panel, panel_client, panel_store, portal, sheet, status, statuses, take
from ungating.models import UngatingChange, UngatingStatus

pytestmark = pytest.mark.django_db


def changes(model: str) -> list[tuple[str, str, str, str]]:
    """Object, field, old and new value in the order they were written."""
    rows = FieldChange.objects.filter(model=model).order_by("pk")
    return list(rows.values_list("object_name", "field", "old", "new"))


def test_a_changed_row_leaves_each_field_and_its_run(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1), asin_row(2)]))
    assert FieldChange.objects.count() == 0
    report = portal(sheet(tmp_path, [asin_row(1, cost="12.50", title="Big lamp", Brand="Ä"), asin_row(2)]))
    assert sorted(changes("inventory.asin")) == [
        ("B000000001", "brand", "Café Margal", "Ä"),
        ("B000000001", "title", "Lamp 1", "Big lamp"),
        ("B000000001", "unit_cost", "$10.00", "$12.50"),
    ]
    asin = Asin.objects.get(code="B000000001")
    assert set(FieldChange.objects.values_list("run", "object_id")) == {(report.run_id, asin.pk)}


def test_stock_that_moved_has_its_own_row_and_leaves_none(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    portal(sheet(tmp_path, [asin_row(1, remaining="50")]))
    assert FieldChange.objects.count() == 0


def test_what_goes_and_comes_back_is_told(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 4)]
    portal(sheet(tmp_path, rows))
    portal(sheet(tmp_path, rows[:2]))
    portal(sheet(tmp_path, rows))
    assert changes("inventory.asin") == [
        ("B000000003", "is_active", "yes", "no"),
        ("B000000003", "is_active", "no", "yes"),
    ]
    assert Asin.history.count() == 0


def test_an_unchanged_run_asks_nothing_of_it(tmp_path: Path) -> None:
    file = sheet(tmp_path, [asin_row(1), asin_row(2)])
    portal(file)
    with CaptureQueriesContext(connection) as queries:
        portal(file)
    assert [query["sql"] for query in queries if "fieldchange" in query["sql"]] == []


def test_clients_and_stores_of_the_panel(tmp_path: Path) -> None:
    clients, later = [panel_client("1"), panel_client("2")], "2026-11-01T08:00:00Z"
    take(SourceName.PANEL, panel(tmp_path, clients, [panel_store("7", "1")]))
    clients[0] |= {"name": "New name", "balance": "77.00", "updated_at": later}
    take(SourceName.PANEL, panel(tmp_path, clients, [panel_store("7", "2", updated_at=later)]))
    assert changes("clients.client") == [("client 1", "name", "Client 1", "New name")]
    assert changes("clients.store") == [("store 7", "client", "New name (1)", "Client 2 (2)")]


def test_an_ungating_status_is_told_once(tmp_path: Path) -> None:
    """Its status and its use have a row of their own; what else changes is told here."""
    make_store("1")
    take(SourceName.UNGATING, statuses(tmp_path, [status("1", "Toys"), status("2", "Books")]))
    later = status("1", "Toys", status="Yes", reason="", updated_at="2026-11-01T00:00:00Z")
    take(SourceName.UNGATING, statuses(tmp_path, [later]))
    assert changes("ungating.ungatingstatus") == [("store 1, category Toys", "reason", "APPROVAL_REQUIRED", "")]
    assert set(UngatingChange.objects.values_list("old", "new")) == {("gated", "ungated"), ("gated", "")}
    assert UngatingStatus.history.count() == 0


def test_many_changes_are_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.services.changes.BATCH", 4)
    run, asin = Run.objects.create(kind="sync.portal"), make_asin()
    noted = FieldChanges(Asin, run)
    for number in range(10):
        noted.note(asin, asin.code, "quantity_purchased", number, number + 1)
    assert FieldChange.objects.count() == 8
    noted.flush()
    noted.flush()
    assert [row[2:] for row in changes("inventory.asin")] == [(str(n), str(n + 1)) for n in range(10)]


def test_names_of_relations_take_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.objects.create(kind="sync.panel")
    stores = [make_store(str(number), client=make_client(str(number))) for number in range(1, 9)]
    noted = FieldChanges(Store, run)
    for store, other in zip(stores, reversed(stores), strict=True):
        noted.note(store, f"store {store.panel_id}", "client_id", store.client_id, other.client_id)
    with CaptureQueriesContext(connection) as queries:
        noted.flush()
    asked, written = (query["sql"] for query in queries)
    assert (asked.startswith("SELECT"), "INSERT INTO" in written) == (True, True)
    assert changes("clients.store")[0] == ("store 1", "client", "Client 1 (1)", "Client 8 (8)")


def test_a_run_that_is_held_or_taken_back_leaves_none(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 41)]
    portal(sheet(tmp_path, rows))
    report = portal(sheet(tmp_path, [asin_row(1, cost="9.00")]))
    assert report.error.startswith("39 of 40")
    assert FieldChange.objects.count() == 0


def test_they_go_with_their_old_run(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    portal(sheet(tmp_path, [asin_row(1, cost="11.00")]))
    portal(sheet(tmp_path, [asin_row(1)]))
    old = FieldChange.objects.order_by("pk")[0].run_id
    Run.objects.filter(pk=old).update(finished_at=NOW - KEEP - timedelta(days=1))
    drop_old_runs(now=NOW)
    assert Run.objects.filter(pk=old).count() == 0
    assert changes("inventory.asin") == [("B000000001", "unit_cost", "$11.00", "$10.00")]
