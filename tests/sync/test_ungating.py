"""Ungating statuses from the feed: changes with their history, overrides, what vanishes."""

from datetime import timedelta
from pathlib import Path

import pytest

from common.models import RunState
from common.sources import Source
from sync.models import SourceName
from sync.services import SyncReport
from tests.factories import make_store, ungate
from tests.sync.cases import NOW, digest, reasons, status, statuses, take
from ungating.models import UngatingChange, UngatingStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_store() -> None:
    make_store("1")


def run(path: Path) -> SyncReport:
    return take(SourceName.UNGATING, path, now=NOW + timedelta(hours=1))


def test_a_status_change_is_written_with_its_history(tmp_path: Path) -> None:
    report = run(statuses(tmp_path, [status("1"), status("2", "Grocery")]))
    assert report.created == 2
    newer = "2026-11-01T08:00:00Z"
    report = run(statuses(tmp_path, [status("1", status="Yes", reason="", updated_at=newer), status("2", "Grocery")]))
    assert (report.updated, report.unchanged) == (1, 1)
    assert report.outcome.changes == (
        "~ store 1, category Toys & Games: status in the feed gated → ungated, reason APPROVAL_REQUIRED → —",
    )
    change = UngatingChange.objects.get()
    assert (change.old, change.new, change.is_override) == ("gated", "ungated", False)
    assert change.status.value == "Toys & Games"
    assert run(tmp_path).changed == 0


def test_the_key_ignores_case_and_spaces(tmp_path: Path) -> None:
    run(statuses(tmp_path, [status("1", " toys  &  GAMES "), status("2", "b000000001", scope="asin")]))
    assert list(UngatingStatus.objects.order_by("pk").values_list("key", "value")) == [
        ("toys & games", "toys & GAMES"),
        ("B000000001", "B000000001"),
    ]


def test_a_manual_override_stays(tmp_path: Path) -> None:
    run(statuses(tmp_path, [status("1")]))
    UngatingStatus.objects.update(override="ungated", override_reason="Seen on Amazon")
    run(statuses(tmp_path, [status("1", status="not_eligible", updated_at="2026-11-01T08:00:00Z")]))
    stored = UngatingStatus.objects.get()
    assert (stored.status, stored.override, stored.override_reason) == (
        "not_eligible",
        "ungated",
        "Seen on Amazon",
    )
    assert stored.effective(NOW) == "ungated"


def test_a_status_made_by_hand_is_left_alone(tmp_path: Path) -> None:
    ungate(UngatingStatus.store.field.related_model.objects.get())
    before = digest()
    report = run(statuses(tmp_path, [status("1", "TOYS & games")]))
    assert reasons(report) == [(1, "manual_object")]
    assert digest() == before


def test_what_vanishes_is_deactivated_but_not_what_is_refused(tmp_path: Path) -> None:
    values = ["Toys & Games", "Grocery", "Beauty", "Books"]
    run(statuses(tmp_path, [status(str(number), value) for number, value in enumerate(values, 1)]))
    stone = {"id": "3", "deleted_at": "2026-11-01T08:00:00Z"}
    kept = [status("1"), status("2", "Grocery", status="maybe"), stone, status("4", "Books")]
    report = run(statuses(tmp_path, kept))
    assert reasons(report) == [(2, "unknown_status")]
    assert report.outcome.changes == ("- store 1, category Beauty: no longer in the source",)
    assert list(UngatingStatus.objects.in_use().order_by("pk").values_list("value", flat=True)) == [
        "Toys & Games", "Grocery", "Books"
    ]  # fmt: skip
    report = run(statuses(tmp_path, [*kept[:2], status("3", "Beauty"), kept[3]]))
    assert report.reactivated == 1


def test_ids_that_change_places_follow_their_objects(tmp_path: Path) -> None:
    run(statuses(tmp_path, [status("1", "Grocery"), status("2", "Beauty"), status("3", "Books")]))
    newer = {"updated_at": "2026-11-01T08:00:00Z"}
    swapped = [
        status("2", "Grocery", **newer),
        status("1", "Beauty", **newer),
        status("3", "Toys & Games", **newer),
    ]
    report = run(statuses(tmp_path, swapped))
    assert (report.updated, report.created, report.deactivated) == (2, 1, 1)
    ids = dict(UngatingStatus.objects.values_list("value", "upstream_id"))
    assert ids == {"Grocery": "2", "Beauty": "1", "Books": None, "Toys & Games": "3"}
    assert run(tmp_path).changed == 0


def test_a_store_that_we_do_not_know_is_refused(tmp_path: Path) -> None:
    report = run(statuses(tmp_path, [status("1", store_id="77"), status("2")]))
    assert reasons(report) == [(1, "unknown_store")]
    assert UngatingStatus.objects.get().source == Source.FEED


def test_a_mass_of_vanishing_statuses_is_held(tmp_path: Path) -> None:
    run(statuses(tmp_path, [status(str(number), f"Brand {number}", scope="brand") for number in range(300)]))
    before = digest()
    report = run(statuses(tmp_path, [status(str(n), f"Brand {n}", scope="brand") for n in range(31, 300)]))
    assert report.state == RunState.HELD
    assert report.error.startswith("31 of 300 ungating statuses in use are no longer in the source")
    assert digest() == before
    report = run(statuses(tmp_path, [status(str(n), f"Brand {n}", scope="brand") for n in range(30, 300)]))
    assert report.deactivated == 30


def test_a_folder_without_the_file_is_unusable(tmp_path: Path) -> None:
    assert run(tmp_path).error == f"{tmp_path} has no file statuses.json."
