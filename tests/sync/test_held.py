"""A run that was held: told once, shown with what it would change, released for just that, or discarded."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from common.errors import Conflict, DomainError, NotFound
from common.models import Run, RunState
from inventory.models import Asin
from notifications.models import Alert
from sync.models import SheetUpload, SourceName, SourceState
from sync.services.held import ask_for_release, discard_run, look_at_sheet, release_run
from sync.services.polling import poll_source
from sync.tasks import read_now, release
from tests.sync.cases import asin_row, sheet

pytestmark = pytest.mark.django_db
PORTAL = SourceName.PORTAL


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("mary")


@pytest.fixture
def held(settings: Any, tmp_path: Path) -> Run:
    """Four ASINs, of which the sheet now lists one, with another cost."""
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(number) for number in (1, 2, 3, 4)])}"
    poll_source(source=PORTAL)
    sheet(tmp_path, [asin_row(1, cost="12.00")])
    report = poll_source(source=PORTAL)
    assert report.state == RunState.HELD
    return Run.objects.get(pk=report.run_id)


def active() -> set[str]:
    return set(Asin.objects.filter(is_active=True).values_list("code", flat=True))


def test_a_held_run_shows_what_it_would_change_and_has_changed_nothing(held: Run) -> None:
    assert (held.counts["updated"], held.counts["deactivated"]) == (1, 3)
    assert held.changes == [
        "~ B000000001: unit cost 10.00 → 12.00",
        *(f"- B00000000{number}: no longer in the source" for number in (2, 3, 4)),
    ]
    assert held.error.startswith("3 of 4 ASINs in use are no longer in the source and would be deactivated. ")
    assert (len(active()), str(Asin.objects.get(code="B000000001").unit_cost)) == (4, "10.00")
    assert SourceState.objects.get(source="portal").held_run == held
    assert Alert.objects.get().link == f"/admin/sync/sourcestate/held/{held.pk}/"


def test_the_same_change_read_again_is_held_quietly(held: Run) -> None:
    report = poll_source(source=PORTAL)
    assert (report.state, Run.objects.get(pk=report.run_id).state) == (RunState.HELD, RunState.SKIPPED)
    assert Run.objects.get(pk=report.run_id).error.endswith(f"It is still held: see sync.portal #{held.pk}.")
    assert (Alert.objects.get().count, SourceState.objects.get(source="portal").held_run) == (1, held)


def test_released_it_is_written_and_the_held_run_says_so(held: Run, staff: User) -> None:
    ask_for_release(run_id=held.pk, actor=staff)
    (task,) = OrmQ.objects.all()
    assert (task.task["func"], task.task["args"]) == ("sync.tasks.release", (held.pk, staff.pk))
    assert release(held.pk, staff.pk) == "portal: 1 updated, 3 deactivated; 0 refused, 0 warnings."
    held.refresh_from_db()
    done = Run.objects.latest("pk")
    assert (held.state, done.state, done.started_by) == (RunState.RELEASED, RunState.SUCCEEDED, staff)
    assert held.error.endswith(f"See sync.portal #{done.pk}.")
    assert (active(), Alert.objects.get().state) == ({"B000000001"}, "done")
    with pytest.raises(Conflict, match=r"is not held: it is released by a person\.$"):
        release_run(run_id=held.pk, actor=staff)


def test_released_after_the_source_has_changed_on_it_is_held_anew(held: Run, staff: User, tmp_path: Path) -> None:
    sheet(tmp_path, [asin_row(2)])
    report = release_run(run_id=held.pk, actor=staff)
    held.refresh_from_db()
    assert (report.state, held.state) == (RunState.HELD, RunState.DISCARDED)
    assert (len(active()), SourceState.objects.get(source="portal").held_run_id) == (4, report.run_id)
    assert Alert.objects.get().count == 2
    with pytest.raises(Conflict, match="is not held"):
        ask_for_release(run_id=held.pk, actor=staff)


def test_discarded_the_same_change_is_left_alone_quietly_and_another_is_told(
    held: Run, staff: User, tmp_path: Path
) -> None:
    with pytest.raises(DomainError, match=r"^Say why it is discarded\.$"):
        discard_run(run_id=held.pk, reason=" ", actor=staff)
    discard_run(run_id=held.pk, reason="Rows were filtered out by mistake", actor=staff)
    held.refresh_from_db()
    assert held.error.endswith("Discarded by mary: Rows were filtered out by mistake")
    assert (held.state, Alert.objects.get().state) == (RunState.DISCARDED, "done")
    again = Run.objects.get(pk=poll_source(source=PORTAL).run_id)
    assert (again.state, Alert.objects.filter(state="open").count()) == (RunState.SKIPPED, 0)
    assert "A person has discarded this change; the source still asks for it." in again.error

    sheet(tmp_path, [asin_row(2)])
    assert poll_source(source=PORTAL).state == RunState.HELD
    assert Alert.objects.filter(state="open").count() == 1


def test_a_source_that_is_well_again_ends_what_was_held(held: Run, tmp_path: Path) -> None:
    sheet(tmp_path, [asin_row(number) for number in (1, 2, 3, 4)])
    report = poll_source(source=PORTAL)
    held.refresh_from_db()
    assert (report.state, held.state, Alert.objects.get().state) == (RunState.SUCCEEDED, RunState.DISCARDED, "done")
    assert SourceState.objects.get(source="portal").held_run is None


def test_a_person_can_read_at_once(held: Run, staff: User) -> None:
    assert read_now("portal", staff.pk).startswith("portal: held. 3 of 4 ASINs")


def test_a_run_that_is_not_there_or_not_of_a_source(staff: User) -> None:
    with pytest.raises(NotFound, match="There is no such run"):
        release_run(run_id=7, actor=staff)
    backup = Run.objects.create(kind="backup", state=RunState.HELD)
    with pytest.raises(NotFound, match=r"is not a run of a source\.$"):
        release_run(run_id=backup.pk, actor=staff)


def test_an_uploaded_sheet_is_shown_first_and_written_when_released(tmp_path: Path, staff: User) -> None:
    content = sheet(tmp_path, [asin_row(1), asin_row(2, cost="TBD")]).read_bytes()
    report = look_at_sheet(source=PORTAL, name="Monday.csv", content=content, actor=staff)
    run = Run.objects.get(pk=report.run_id)
    assert (report.state, run.state, run.target, run.changes) == (
        RunState.HELD, RunState.HELD, "Monday.csv", ["+ B000000001: 60 units"]
    )  # fmt: skip
    assert [one.issue.reason for one in report.refused] == ["invalid_unit_cost"]
    assert (Asin.objects.count(), Alert.objects.count(), SheetUpload.objects.get().name) == (0, 0, "Monday.csv")

    done = release_run(run_id=run.pk, actor=staff)
    run.refresh_from_db()
    assert (done.created, run.state, run.error) == (1, RunState.RELEASED, f"See run #{done.run_id}.")
    assert (Asin.objects.count(), SheetUpload.objects.count()) == (1, 0)


def test_an_uploaded_sheet_that_is_discarded_is_forgotten(tmp_path: Path, staff: User) -> None:
    content = sheet(tmp_path, [asin_row(1)]).read_bytes()
    report = look_at_sheet(source=PORTAL, name="Monday.csv", content=content, actor=staff)
    discard_run(run_id=report.run_id or 0, reason="Wrong file", actor=staff)
    assert (Asin.objects.count(), SheetUpload.objects.count()) == (0, 0)
    assert Run.objects.get().error == "Discarded by mary: Wrong file"


@pytest.mark.parametrize(
    ("source", "content", "words"),
    [
        (SourceName.PANEL, b"[]", "AutoFBA panel takes no sheet."),
        (PORTAL, b"", "The file must have content, and at most 10 MB."),
        (PORTAL, b"x" * (10 * 1024 * 1024 + 1), "The file must have content, and at most 10 MB."),
    ],
)
def test_what_cannot_be_uploaded_is_said(source: SourceName, content: bytes, words: str, staff: User) -> None:
    with pytest.raises(DomainError) as error:
        look_at_sheet(source=source, name="x.csv", content=content, actor=staff)
    assert (str(error.value), Run.objects.count()) == (words, 0)


def test_an_upload_that_is_no_table_is_a_failed_run(staff: User) -> None:
    report = look_at_sheet(source=PORTAL, name="x.csv", content=b"%PDF-1.7 nothing", actor=staff)
    assert (report.state, report.error) == (RunState.FAILED, "x.csv is not a table but a PDF.")
    assert SheetUpload.objects.count() == 0
