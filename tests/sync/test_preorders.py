"""Preorders from a table: created once, changed while they are pending."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from allocation.models import Preorder
from common.models import RunState
from common.sources import Source
from inventory.models import Asin
from sync.models import SourceName
from sync.services import SyncReport
from tests.factories import make_asin, make_client, make_store
from tests.sync.cases import digest, reasons, take

pytestmark = pytest.mark.django_db
HEADER = "Client ID,Store ID,ASIN,Quantity,Amount Paid,Expected Arrival,Status\n"


@pytest.fixture(autouse=True)
def cast() -> None:
    client = make_client("1")
    make_store("1", client=client)
    make_store("2", client=client, status="suspended")
    make_asin("B000000001", unit_cost=Decimal("3.35"))


def run(folder: Path, *rows: str) -> SyncReport:
    path = folder / "preorders.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return take(SourceName.PREORDERS, path)


def test_a_preorder_costs_what_its_asin_costs_on_the_day_it_is_made(tmp_path: Path) -> None:
    row = "1,1,b000000001,12,$10.05,12/1/2026,"
    assert run(tmp_path, row).created == 1
    Asin.objects.update(unit_cost=Decimal("9.99"))
    assert run(tmp_path, row).changed == 0
    preorder = Preorder.objects.get()
    assert (preorder.source, preorder.state, preorder.arrived, preorder.flag) == (
        Source.FEED,
        "pending",
        0,
        "",
    )
    assert (preorder.unit_cost, preorder.amount, preorder.paid) == (
        Decimal("3.35"), Decimal("40.20"), Decimal("10.05")
    )  # fmt: skip
    assert (preorder.due, preorder.expected_arrival) == (Decimal("30.15"), date(2026, 12, 1))

    report = run(tmp_path, "1,1,B000000001,18,40.20,12/1/2026,pending")
    assert report.outcome.changes == (
        "~ client 1, store 1, B000000001, 2026-12-01: quantity 12 → 18, amount 40.20 → 60.30, paid 10.05 → 40.20",
    )
    preorder.refresh_from_db()
    assert (preorder.quantity, preorder.amount, preorder.unit_cost) == (18, Decimal("60.30"), Decimal("3.35"))


def test_a_suspended_store_is_accepted_and_flagged_until_it_is_active(tmp_path: Path) -> None:
    row = "1,2,B000000001,6,0,2026-12-01,pending"
    assert run(tmp_path, row).created == 1
    preorder = Preorder.objects.select_related("store").get()
    assert preorder.flag == "Store 2 is suspended."
    preorder.store.status = "active"
    preorder.store.save()
    assert run(tmp_path, row).updated == 1
    preorder.refresh_from_db()
    assert preorder.flag == ""


def test_bad_rows_are_refused_with_their_reasons(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        "9,1,B000000001,6,0,2026-12-01,pending",
        "1,9,B000000001,6,0,2026-12-01,pending",
        "1,1,B000000009,6,0,2026-12-01,pending",
        "1,1,B000000001,7,0,2026-12-01,pending",
        "1,1,B000000001,6,-1,2026-12-01,pending",
        "1,1,B000000001,6,0,2026-12-01,maybe",
        "1,1,B000000001,6,0,2026-12-01,pending",
        "1,1,B000000001,12,0,2026-12-01,pending",
    )
    assert reasons(report) == [
        (2, "unknown_client"),
        (3, "unknown_store"),
        (4, "unknown_asin"),
        (5, "invalid_quantity"),
        (6, "invalid_amount"),
        (7, "unknown_status"),
        (9, "duplicate_preorder"),
    ]
    assert report.created == 1


def test_what_is_no_longer_listed_stays(tmp_path: Path) -> None:
    first, second = "1,1,B000000001,6,0,2026-12-01,pending", "1,1,B000000001,6,0,2026-12-08,pending"
    run(tmp_path, first)
    report = run(tmp_path, second)
    assert (report.created, report.deactivated) == (1, 0)
    assert Preorder.objects.filter(is_active=True).count() == 2


def test_an_arrived_preorder_is_not_touched(tmp_path: Path) -> None:
    run(tmp_path, "1,1,B000000001,6,0,2026-12-01,pending")
    Preorder.objects.update(state="arrived", arrived=6)
    before = digest()
    report = run(tmp_path, "1,1,B000000001,12,5,2026-12-01,pending")
    assert [one.issue.reason for one in report.warnings] == ["not_pending"]
    assert (report.unchanged, report.changed) == (1, 0)
    assert digest() == before


def test_a_quantity_below_what_has_arrived_is_refused(tmp_path: Path) -> None:
    run(tmp_path, "1,1,B000000001,12,0,2026-12-01,pending")
    Preorder.objects.update(arrived=12)
    before = digest()
    assert reasons(run(tmp_path, "1,1,B000000001,6,0,2026-12-01,pending")) == [(2, "invalid_quantity")]
    assert digest() == before


def test_a_status_of_the_file_moves_a_pending_preorder(tmp_path: Path) -> None:
    run(tmp_path, "1,1,B000000001,12,0,2026-12-01,pending", "1,1,B000000001,6,0,2026-12-08,pending")
    run(tmp_path, "1,1,B000000001,12,0,2026-12-01,arrived", "1,1,B000000001,6,0,2026-12-08,cancelled")
    states = list(Preorder.objects.order_by("expected_arrival").values_list("state", "arrived"))
    assert states == [("arrived", 12), ("cancelled", 0)]


def test_a_preorder_made_by_hand_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path, "1,1,B000000001,6,0,2026-12-01,pending")
    Preorder.objects.update(source=Source.MANUAL)
    before = digest()
    report = run(tmp_path, "1,1,B000000001,12,0,2026-12-01,pending")
    assert reasons(report) == [(2, "manual_object")]
    assert digest() == before


def test_an_unusable_table_leaves_the_database_untouched(tmp_path: Path) -> None:
    run(tmp_path, "1,1,B000000001,6,0,2026-12-01,pending")
    before = digest()
    path = tmp_path / "preorders.csv"
    path.write_text("Client ID,Store ID,ASIN\n1,1,B000000001\n")
    report = take(SourceName.PREORDERS, path)
    assert report.state == RunState.FAILED
    assert "the columns are missing: Quantity, Expected Arrival" in report.error
    assert digest() == before
