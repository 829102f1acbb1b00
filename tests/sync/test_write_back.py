"""Our remaining quantities in the sheet's own column: written once, remembered as seen, never over a person's edit."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.models import RunState
from inventory.models import Asin, StockMovement
from inventory.services import begin_writing, reserve_units
from notifications.models import Alert
from sync.models import SourceName
from sync.services import sync_source
from tests.sync.cases import asin_row
from tests.sync.live import Upstream, upstream

pytestmark = pytest.mark.django_db
PORTAL = SourceName.PORTAL


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def live(tmp_path: Path, state: Path, settings: Any) -> Iterator[Upstream]:
    settings.PORTAL_WRITE_BACK = True
    with upstream(tmp_path / "files", state, settings, [asin_row(1), asin_row(2), asin_row(3)]) as running:
        sync_source(source=PORTAL)
        running.asked()
        yield running


def cells(live: Upstream) -> list[str]:
    with (live.folder / "buying_portal.csv").open(newline="", encoding="utf-8") as file:
        return [row["Qty Remaining"] for row in csv.DictReader(file)]


def reserve(code: str, units: int) -> None:
    reserve_units(units={Asin.objects.get(code=code).pk: units}, reference="C-000001")


def stock(code: str = "B000000001") -> tuple[int, int, int | None, int | None]:
    asin = Asin.objects.get(code=code)
    return asin.on_hand, asin.reserved, asin.portal_remaining, asin.portal_writing


def test_what_is_reserved_is_taken_off_in_the_sheet_in_one_request_and_is_no_change_of_stock(live: Upstream) -> None:
    reserve("B000000001", 12)
    reserve("B000000003", 6)
    sync_source(source=PORTAL)
    assert cells(live) == ["48", "60", "54"]
    assert [path.rpartition("/")[2] for path in live.asked()] == [
        "values:batchGet", "token", "values:batchGet", "values:batchUpdate"
    ]  # fmt: skip
    assert stock() == (60, 12, 48, None)
    before = StockMovement.objects.count()
    assert sync_source(source=PORTAL).state == RunState.SUCCEEDED
    assert live.asked() == ["/sheets/v4/spreadsheets/demo/values:batchGet"]
    assert (stock(), StockMovement.objects.count()) == ((60, 12, 48, None), before)


def test_a_person_who_edits_after_that_changes_stock_by_the_difference(live: Upstream) -> None:
    reserve("B000000001", 12)
    sync_source(source=PORTAL)
    live.sheet([asin_row(1, remaining="53"), asin_row(2), asin_row(3)])
    sync_source(source=PORTAL)
    assert stock() == (65, 12, 53, None)


def test_a_person_who_types_the_old_quantity_again_adds_the_difference(live: Upstream) -> None:
    reserve("B000000001", 12)
    sync_source(source=PORTAL)
    live.sheet([asin_row(1), asin_row(2), asin_row(3)])
    sync_source(source=PORTAL)
    assert stock() == (72, 12, 60, None)


def test_nothing_is_written_where_the_setting_is_off(live: Upstream, settings: Any) -> None:
    settings.PORTAL_WRITE_BACK = False
    reserve("B000000001", 12)
    sync_source(source=PORTAL)
    assert cells(live) == ["60", "60", "60"]


def test_rows_that_were_sorted_meanwhile_are_found_again(live: Upstream) -> None:
    reserve("B000000001", 12)
    live.sheet([asin_row(3), asin_row(2), asin_row(1)])
    sync_source(source=PORTAL)
    assert cells(live) == ["60", "60", "48"]


@pytest.mark.parametrize(
    ("seen", "on_hand"),
    [
        ("48", 60),  # it was written, only the answer was lost
        ("60", 60),  # it was not
        ("50", 50),  # a person typed it over 48 or over 60: 50 - 60 is the fewer units
        ("70", 70),  # 70 - 60
    ],
)
def test_an_answer_that_was_lost_is_understood_when_the_sheet_is_read_next(
    live: Upstream, settings: Any, seen: str, on_hand: int
) -> None:
    settings.PORTAL_WRITE_BACK = False
    reserve("B000000001", 12)
    begin_writing(remaining={Asin.objects.get(code="B000000001").pk: 48})
    live.sheet([asin_row(1, remaining=seen), asin_row(2), asin_row(3)])
    sync_source(source=PORTAL)
    assert stock() == (on_hand, 12, int(seen), None)


def test_a_sheet_that_may_not_be_written_is_an_alert_and_stock_is_right(live: Upstream) -> None:
    reserve("B000000001", 12)
    live.fault("/sheets/v4/spreadsheets/demo/values:batchUpdate", "500", 0)
    assert sync_source(source=PORTAL).state == RunState.SUCCEEDED
    alert = Alert.objects.get()
    assert alert.title == "Buying portal: our remaining quantities could not be written back"
    assert (cells(live), stock()) == (["60", "60", "60"], (60, 12, 60, 48))
    live.servers.clear_faults()
    sync_source(source=PORTAL)
    alert.refresh_from_db()
    assert (alert.state, cells(live), stock()) == ("done", ["48", "60", "60"], (60, 12, 48, None))
