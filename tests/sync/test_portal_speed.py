"""What an unchanged row of the sheet costs: a hash and a lookup, no reading, no comparing, no statement."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from common.models import Run, RunState
from inventory.models import Asin, StockMovement
from sync.models import RowIssue
from sync.services import portal as portal_source
from sync.services.context import Ask, Context, Given
from tests.sync.cases import HEADERS, NOW, DomainWrites, Row, asin_row, digest, portal, reasons, sheet

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ONE = "B000000001"


def rows(count: int) -> list[Row]:
    return [asin_row(number) for number in range(1, count + 1)]


def statements(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured.captured_queries]


def test_the_number_of_statements_grows_with_the_changes_and_not_with_the_sheet(tmp_path: Path) -> None:
    counts = []
    for size in (5, 60):
        portal(sheet(tmp_path, rows(size)))
        same = len(statements(lambda: portal(tmp_path / "sheet.csv")))
        one = sheet(tmp_path, [asin_row(1, cost=f"{size}.00"), *rows(size)[1:]])
        counts.append((same, len(statements(lambda: portal(one)))))  # noqa: B023  called at once
    assert counts[0] == counts[1]
    same, one_changed = counts[0]
    assert one_changed - same <= 8


def test_a_row_that_says_the_same_is_not_compared(tmp_path: Path) -> None:
    """Whoever writes past `save` must clear the hash."""
    file = sheet(tmp_path, rows(2))
    portal(file)
    Asin.objects.filter(code=ONE).update(title="Behind our back")
    report = portal(file)
    assert (report.unchanged, report.changed) == (2, 0)
    Asin.objects.filter(code=ONE).update(row_hash="")
    assert portal(file).outcome.changes == (f"~ {ONE}: title Behind our back → Lamp 1",)


def test_what_a_person_saves_is_compared_again(tmp_path: Path) -> None:
    file = sheet(tmp_path, rows(2))
    portal(file)
    asin = Asin.objects.get(code=ONE)
    asin.title = "Mine"
    asin.save()
    assert portal(file).outcome.changes == (f"~ {ONE}: title Mine → Lamp 1",)
    assert portal(file).changed == 0


def test_what_a_person_saves_while_the_sheet_is_read_is_compared_by_the_next_run(tmp_path: Path) -> None:
    file = sheet(tmp_path, rows(2))
    portal(file)
    write = portal_source.read(Ask(NOW, Given("sheet.csv", file)))
    asin = Asin.objects.get(code=ONE)
    asin.title = "Mine"
    asin.save()
    with transaction.atomic():
        outcome = write(Context(Run.objects.create(kind="sync.portal"), NOW))
    assert outcome.counts()["unchanged"] == 2
    assert Asin.objects.get(code=ONE).title == "Mine"
    assert portal(file).updated == 1
    assert Asin.objects.get(code=ONE).title == "Lamp 1"


def test_a_row_typed_in_another_way_is_remembered_and_is_no_change(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(2)))
    before = Asin.objects.values("row_hash", "updated_at").get(code=ONE)
    file = sheet(tmp_path, [asin_row(1, cost="USD 10", remaining=" 60.0"), asin_row(2)])
    with DomainWrites() as writes:
        report = portal(file, now=LATER)
    assert (report.unchanged, report.changed) == (2, 0)
    assert len(writes.statements) == 1
    after = Asin.objects.values("row_hash", "updated_at").get(code=ONE)
    assert after["updated_at"] == before["updated_at"]
    assert len(after["row_hash"]) == 32
    assert after["row_hash"] != before["row_hash"]
    with DomainWrites() as writes:
        portal(file, now=LATER)
    assert writes.statements == []


def test_moved_columns_and_notes_beside_the_rows_change_nothing(tmp_path: Path) -> None:
    headers = (*HEADERS, "Notes")
    portal(sheet(tmp_path, rows(3), headers=headers))
    before = digest()
    moved = (headers[-1], *reversed(headers[:-1]))
    with DomainWrites() as writes:
        report = portal(sheet(tmp_path, [row | {"Notes": "count again"} for row in rows(3)], headers=moved))
    assert (report.state, report.unchanged, writes.statements) == (RunState.SUCCEEDED, 3, [])
    assert digest() == before


def test_a_row_with_a_warning_is_read_again_so_that_the_warning_stays_open(tmp_path: Path) -> None:
    bad = [asin_row(1, Brand="x" * 201), asin_row(2)]
    portal(sheet(tmp_path, bad))
    assert Asin.objects.get(code=ONE).row_hash == ""
    with DomainWrites() as writes:
        again = portal(sheet(tmp_path, bad), now=LATER)
    assert writes.statements == []
    assert [one.issue.reason for one in again.warnings] == ["text_cut"]
    assert RowIssue.objects.get().closed_at is None

    report = portal(sheet(tmp_path, [asin_row(1, Brand="x" * 200), asin_row(2)]), now=LATER)
    assert (report.unchanged, report.changed) == (2, 0)
    assert RowIssue.objects.get().closed_at == LATER
    assert len(Asin.objects.get(code=ONE).row_hash) == 32

    portal(sheet(tmp_path, bad))
    assert Asin.objects.get(code=ONE).row_hash == ""
    assert RowIssue.objects.filter(closed_at=None).count() == 1


def test_a_quantity_that_was_not_taken_over_is_read_again(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1, remaining="0")]))
    Asin.objects.update(on_hand=9_999_990)
    file = sheet(tmp_path, [asin_row(1, remaining="60")])
    for _ in range(2):
        assert [one.issue.reason for one in portal(file).warnings] == ["invalid_quantity"]
    Asin.objects.update(on_hand=100)
    assert portal(file).updated == 1
    asin = Asin.objects.get()
    assert (asin.on_hand, asin.portal_remaining, len(asin.row_hash)) == (160, 60, 32)


@pytest.mark.parametrize(("first", "then", "title"), [("10.00", "11.00", "Lamp 1"), ("11.00", "10.00", "New")])
def test_an_unchanged_row_takes_part_in_duplicates(tmp_path: Path, first: str, then: str, title: str) -> None:
    """The first row that is accepted counts, whether or not it had to be read."""
    portal(sheet(tmp_path, rows(2)))
    names = {"10.00": "Lamp 1", "11.00": "New"}
    double = [asin_row(1, cost=cost, title=names[cost]) for cost in (first, then)]
    report = portal(sheet(tmp_path, [*double, asin_row(2)]))
    assert reasons(report) == [(3, "duplicate_asin")]
    assert "is already in row 2" in report.refused[0].issue.message
    assert (report.updated, report.unchanged) == ((0, 2) if first == "10.00" else (1, 1))
    assert Asin.objects.get(code=ONE).title == title


def test_an_unchanged_row_counts_after_a_refused_one_of_its_asin(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(2)))
    report = portal(sheet(tmp_path, [asin_row(1, cost="tbd"), *rows(2)]))
    assert reasons(report) == [(2, "invalid_unit_cost")]
    assert (report.unchanged, report.changed) == (2, 0)


def test_a_row_that_was_refused_meanwhile_is_known_when_it_is_as_it_was(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(2)))
    before = digest()
    portal(sheet(tmp_path, [asin_row(1, cost="tbd"), asin_row(2)]))
    assert portal(sheet(tmp_path, rows(2))).unchanged == 2
    assert digest() == before
    assert RowIssue.objects.filter(closed_at=None).count() == 0


def test_what_vanished_comes_back_though_its_row_is_the_same(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(3)))
    portal(sheet(tmp_path, rows(3)[1:]), now=LATER)
    gone = Asin.objects.get(code=ONE)
    assert (gone.is_active, gone.row_hash, gone.updated_at) == (False, "", LATER)
    report = portal(sheet(tmp_path, rows(3)))
    assert (report.reactivated, report.unchanged) == (1, 2)
    assert report.outcome.changes == (f"+ {ONE}: back in the source",)
    assert portal(sheet(tmp_path, rows(3))).unchanged == 3


def test_unchanged_rows_are_not_gone_and_count_in_the_guard(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(12)))
    assert portal(sheet(tmp_path, rows(6))).deactivated == 6
    report = portal(sheet(tmp_path, [*rows(3), *(asin_row(number, cost="tbd") for number in (4, 5, 6))]))
    assert (report.state, report.unchanged, report.deactivated) == (RunState.SUCCEEDED, 3, 0)
    bad = [asin_row(number, cost="tbd") for number in range(4, 11)]
    assert portal(sheet(tmp_path, [*rows(3), *bad])).error.startswith("7 of 10 rows would be refused")


@pytest.mark.parametrize("chunk", [2, 500])
def test_however_many_rows_are_taken_at_once(tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.bulk.BATCH", chunk)
    portal(sheet(tmp_path, rows(7)))
    assert StockMovement.objects.count() == 7
    changed = [asin_row(number, cost=f"{number}.25", remaining=f"{60 - number}") for number in range(1, 6)]
    report = portal(sheet(tmp_path, [*reversed(changed), *(asin_row(number) for number in (8, 9))]))
    assert (report.created, report.updated, report.deactivated) == (2, 5, 2)
    assert report.outcome.changes == (
        "+ B000000008: 60 units",
        "+ B000000009: 60 units",
        *(
            f"~ B00000000{number}: unit cost 10.00 → {number}.25, remaining 60 → {60 - number}"
            for number in range(5, 0, -1)
        ),
        "- B000000006: no longer in the source",
        "- B000000007: no longer in the source",
    )
    stored = Asin.objects.order_by("code").values_list("unit_cost", "on_hand", "portal_remaining", "is_active")
    assert list(stored) == [
        *((Decimal(f"{number}.25"), 60 - number, 60 - number, True) for number in range(1, 6)),
        *[(Decimal("10.00"), 60, 60, False)] * 2,
        *[(Decimal("10.00"), 60, 60, True)] * 2,
    ]


def test_only_the_columns_that_differ_are_written(tmp_path: Path) -> None:
    portal(sheet(tmp_path, rows(2)))
    file = sheet(tmp_path, [asin_row(1, cost="12.50"), asin_row(2)])
    with DomainWrites() as writes:
        portal(file)
    (update,) = writes.statements
    assigned = update.partition(" SET ")[2].partition(" WHERE ")[0].replace("`", '"')
    assert [part.split('"')[1] for part in assigned.split(" = ")[:-1]] == ["row_hash", "unit_cost", "updated_at"]
