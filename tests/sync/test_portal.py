"""The sheet's changes: fields, stock, shortages, what vanishes and what is doubtful."""

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from common.models import Run, RunState
from common.sources import Source
from inventory.models import Asin, MovementKind, StockMovement
from inventory.services import release_units, reserve_units
from notifications.models import Alert, AlertKind, AlertState
from sync.models import RowIssue, SourceState
from tests.factories import make_asin
from tests.sync.cases import HEADERS, NOW, DomainWrites, asin_row, digest, portal, reasons, sheet

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def totals(code: str) -> tuple[int, int, int]:
    asin = Asin.objects.get(code=code)
    return asin.on_hand, asin.reserved, asin.shortage


def open_alerts(kind: AlertKind) -> list[str]:
    return list(Alert.objects.filter(kind=kind, state=AlertState.OPEN).values_list("title", flat=True))


def test_a_changed_cell_is_written_and_told_and_nothing_else(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1), asin_row(2), asin_row(3)]))
    untouched = Asin.objects.get(code="B000000001").updated_at

    changed = [asin_row(1), asin_row(2, cost="$12.50", title="Lamp two"), asin_row(3, remaining="50")]
    report = portal(sheet(tmp_path, changed), now=LATER)

    assert (report.updated, report.unchanged, report.created) == (2, 1, 0)
    assert report.outcome.changes == (
        "~ B000000002: title Lamp 2 → Lamp two, unit cost 10.00 → 12.50",
        "~ B000000003: remaining 60 → 50",
    )
    two = Asin.objects.get(code="B000000002")
    assert (two.title, two.unit_cost, two.on_hand, two.updated_at) == (
        "Lamp two",
        Decimal("12.50"),
        60,
        LATER,
    )
    assert totals("B000000003") == (50, 0, 0)
    assert Asin.objects.get(code="B000000001").updated_at == untouched
    movement = StockMovement.objects.get(kind=MovementKind.PORTAL)
    run = Run.objects.get(pk=report.run_id)
    assert (movement.on_hand_change, movement.reference) == (-10, f"sync #{run.pk}")
    assert run.counts == {
        "created": 0, "updated": 2, "unchanged": 1, "deactivated": 0, "reactivated": 0, "refused": 0, "warnings": 0
    }  # fmt: skip


def test_the_brand_matches_by_its_new_key(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    portal(sheet(tmp_path, [asin_row(1, Brand="ACME  Labs")]))
    assert Asin.objects.get().brand_key == "acme labs"


def test_what_vanishes_is_deactivated_and_comes_back_with_the_change_meanwhile(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 6)]
    portal(sheet(tmp_path, rows))
    report = portal(sheet(tmp_path, rows[:4]), now=LATER)
    assert (report.deactivated, report.unchanged) == (1, 4)
    gone = Asin.objects.get(code="B000000005")
    assert (gone.is_active, gone.on_hand) == (False, 60)

    report = portal(sheet(tmp_path, [*rows[:4], asin_row(5, remaining="40")]))
    assert (report.reactivated, report.updated, report.unchanged) == (1, 0, 4)
    back = Asin.objects.get(code="B000000005")
    assert (back.is_active, back.on_hand) == (True, 40)


def test_what_staff_took_out_of_use_stays_so(tmp_path: Path) -> None:
    """The feed still keeps its values up to date."""
    portal(sheet(tmp_path, [asin_row(1), asin_row(2)]))
    Asin.objects.filter(code="B000000001").update(is_active=False, retired_at=NOW)
    assert portal(sheet(tmp_path, [asin_row(1, cost="11.00"), asin_row(2)])).updated == 1
    retired = Asin.objects.get(code="B000000001")
    assert (retired.is_active, retired.unit_cost) == (False, Decimal("11.00"))
    assert portal(sheet(tmp_path, [asin_row(1, cost="11.00"), asin_row(2)])).changed == 0


def test_a_refused_row_keeps_the_last_good_values_and_its_place(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1), asin_row(2), asin_row(3)]))
    report = portal(sheet(tmp_path, [asin_row(1), asin_row(2, cost="TBD", remaining="10"), asin_row(3)]))
    assert reasons(report) == [(3, "invalid_unit_cost")]
    assert report.changed == 0
    kept = Asin.objects.get(code="B000000002")
    assert (kept.unit_cost, kept.on_hand, kept.is_active) == (Decimal("10.00"), 60, True)


def test_an_issue_stays_one_row_while_it_lasts_and_is_closed_when_the_row_is_right(tmp_path: Path) -> None:
    bad = asin_row(2, cost="TBD")
    portal(sheet(tmp_path, [asin_row(1), bad]))
    first = RowIssue.objects.get()
    assert (first.row, first.key, first.field, first.value) == (3, "B000000002", "unit_cost", "TBD")

    portal(sheet(tmp_path, [bad, asin_row(1)]))  # the row moved up
    moved = RowIssue.objects.get()
    assert (moved.pk, moved.row, moved.created_at, moved.closed_at) == (first.pk, 2, first.created_at, None)

    portal(sheet(tmp_path, [asin_row(2), asin_row(1)]), now=LATER)
    assert RowIssue.objects.get().closed_at == LATER


def test_a_manual_asin_stays_as_staff_made_it(tmp_path: Path) -> None:
    make_asin("B000000001", on_hand=7)
    before = digest()
    report = portal(sheet(tmp_path, [asin_row(1)]))
    assert reasons(report) == [(2, "manual_object")]
    assert digest() == before
    portal(sheet(tmp_path, [asin_row(2)]))
    manual = Asin.objects.get(code="B000000001")
    assert (manual.source, manual.is_active, manual.on_hand) == (Source.MANUAL, True, 7)


def test_a_sheet_below_what_is_reserved_opens_a_shortage_that_increases_pay(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    asin = Asin.objects.get()
    reserve_units(units={asin.pk: 48}, reference="C-000001")

    portal(sheet(tmp_path, [asin_row(1, remaining="40")]))
    assert totals(asin.code) == (48, 48, 8)
    assert open_alerts(AlertKind.STOCK_SHORT) == ["B000000001: 8 units short of what is reserved"]
    assert portal(sheet(tmp_path, [asin_row(1, remaining="40")])).changed == 0
    assert Alert.objects.get(kind=AlertKind.STOCK_SHORT).count == 1

    portal(sheet(tmp_path, [asin_row(1, remaining="43")]))
    assert totals(asin.code) == (48, 48, 5)
    assert len(open_alerts(AlertKind.STOCK_SHORT)) == 1
    portal(sheet(tmp_path, [asin_row(1, remaining="50")]))
    assert totals(asin.code) == (50, 48, 0)
    assert open_alerts(AlertKind.STOCK_SHORT) == []


def test_a_shortage_paid_by_a_release_closes_its_alert_with_the_next_run(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    asin = Asin.objects.get()
    reserve_units(units={asin.pk: 48}, reference="C-000001")
    file = sheet(tmp_path, [asin_row(1, remaining="40")])
    portal(file)
    release_units(units={asin.pk: 48}, reference="C-000001")
    assert totals(asin.code) == (40, 0, 0)
    portal(file)
    assert open_alerts(AlertKind.STOCK_SHORT) == []


def test_more_units_than_can_be_kept_leave_the_stock_as_it_is(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1, remaining="0")]))
    Asin.objects.update(on_hand=9_999_990)
    report = portal(sheet(tmp_path, [asin_row(1, remaining="60")]))
    assert [one.issue.reason for one in report.warnings] == ["invalid_quantity"]
    asin = Asin.objects.get()
    assert (asin.on_hand, asin.portal_remaining) == (9_999_990, 0)


def test_a_mass_of_vanishing_asins_is_held_until_a_person_accepts(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 11)]
    portal(sheet(tmp_path, rows))
    before = digest()
    file = sheet(tmp_path, rows[:4])

    report = portal(file, now=LATER)
    assert report.state == RunState.HELD
    assert report.error == (
        "6 of 10 ASINs in use are no longer in the source and would be deactivated. Nothing was written. "
        f"If this is right: manage.py sync portal --file {file} --accept-mass-change"
    )
    assert digest() == before
    assert open_alerts(AlertKind.SYNC_TROUBLE) == ["Buying portal: the sync was held"]
    assert Run.objects.get(pk=report.run_id).state == RunState.HELD
    assert SourceState.objects.get(source="portal").as_of == NOW

    released = portal(file, accepted=True)
    assert (released.state, released.deactivated) == (RunState.SUCCEEDED, 6)
    assert open_alerts(AlertKind.SYNC_TROUBLE) == []


def test_a_changed_header_is_held_but_not_a_moved_column(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    moved = (HEADERS[1], HEADERS[0], *HEADERS[2:])
    assert portal(sheet(tmp_path, [asin_row(1)], headers=moved)).state == RunState.SUCCEEDED

    file = sheet(tmp_path, [asin_row(1, cost="11.00")], headers=(*HEADERS, "Supplier"))
    report = portal(file)
    assert report.state == RunState.HELD
    assert report.error.startswith("The sheet's header is not the one last seen")
    assert Asin.objects.get().unit_cost == Decimal("10.00")
    assert portal(file, accepted=True).updated == 1
    assert portal(file).changed == 0


def test_a_shifted_column_is_held(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 13)]
    portal(sheet(tmp_path, rows))
    before = digest()
    shifted = [dict(zip(HEADERS, ["", *row.values()], strict=False)) for row in rows]
    report = portal(sheet(tmp_path, shifted))
    assert report.state == RunState.HELD
    assert report.error.startswith("12 of 12 rows would be refused, 12 of them as invalid_asin")
    assert digest() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "sheet.csv is empty."),
        (b" \n\n", "sheet.csv is empty."),
        (b"ASIN,Unit Cost\n", "sheet.csv has a header but no rows below it."),
        (b"<!DOCTYPE html><html></html>", "sheet.csv is a web page"),
        (b'[{"id": 1}]', "sheet.csv is JSON"),
        (b"%PDF-1.7 x", "sheet.csv is not a table but a PDF."),
        (b"ASIN,Unit Cost\nB000000001,3\n", "the columns are missing: Qty Purchased"),
        ((",".join((*HEADERS, "unit_cost")) + "\n" + "1," * 11 + "1\n").encode(), "2 columns for Unit Cost"),
    ],
)
def test_an_unusable_file_leaves_the_database_untouched(tmp_path: Path, content: bytes, words: str) -> None:
    portal(sheet(tmp_path, [asin_row(1)]))
    before = digest()
    (tmp_path / "sheet.csv").write_bytes(content)
    report = portal(tmp_path / "sheet.csv")
    assert report.state == RunState.FAILED
    assert words in report.error
    assert digest() == before
    run = Run.objects.get(pk=report.run_id)
    assert (run.state, run.error) == (RunState.FAILED, report.error)
    assert open_alerts(AlertKind.SYNC_TROUBLE) == ["Buying portal: the sync failed"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_the_same_data_in_another_encoding_changes_nothing(tmp_path: Path, encoding: str) -> None:
    rows = [asin_row(1), asin_row(2)]
    portal(sheet(tmp_path, rows))
    before = digest()
    assert portal(sheet(tmp_path, rows, encoding=encoding), now=LATER).unchanged == 2
    assert digest() == before
    assert Asin.objects.get(code="B000000001").brand == "Café Margal"


def test_the_same_sheet_shuffled_and_doubled_changes_nothing(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 21)]
    portal(sheet(tmp_path, rows))
    before = digest()
    mixed = random.Random(7).sample(rows, len(rows))
    with DomainWrites() as writes:
        for _ in range(5):
            report = portal(sheet(tmp_path, [*mixed, *mixed[:3]]), now=LATER)
    assert (report.unchanged, report.changed) == (20, 0)
    assert [reason for _, reason in reasons(report)] == ["duplicate_asin"] * 3
    assert writes.statements == []
    assert digest() == before


def test_an_alias_of_the_settings_finds_a_column(tmp_path: Path, settings: object) -> None:
    headers = tuple("Our cost" if header == "Unit Cost" else header for header in HEADERS)
    file = sheet(tmp_path, [asin_row(1) | {"Our cost": "9.99"}], headers=headers)
    assert "Unit Cost" in portal(file).error
    settings.PORTAL_ALIASES = {"unit_cost": ["Our Cost"]}  # type: ignore[attr-defined]
    assert portal(file).created == 1
    settings.PORTAL_ALIASES = {"unit_cost": "Our Cost"}  # type: ignore[attr-defined]
    assert portal(file).error.startswith("PORTAL_ALIASES must name lists of headers")
