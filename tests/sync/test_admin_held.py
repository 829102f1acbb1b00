"""The staff's pages of held runs and uploaded sheets: one answer each, and an exact count of queries."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django_q.models import OrmQ

from common.models import Run, RunState
from common.runs import claim_run
from inventory.models import Asin
from notifications.models import Alert, AlertState
from sync import tasks
from sync.models import SheetUpload, SourceName, SourceState
from sync.services import sync_source
from tests.pallets.test_admin_pages import signed_in_as
from tests.pallets.test_flow_pages import told
from tests.sync.cases import asin_row, sheet
from tests.test_admin_pages import OTHER_SITE

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/sync/sourcestate/upload/"
FOLLOWS = 'hx-select="#held-run"'


@pytest.fixture
def manager() -> Browser:
    return signed_in_as("manager")


@pytest.fixture
def held(tmp_path: Path, settings: Any) -> Run:
    """The portal's sheet has lost three of its four rows, and one more is unreadable."""
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(number) for number in range(1, 5)])}"
    sync_source(source=SourceName.PORTAL)
    sheet(tmp_path, [asin_row(1, cost="11.00"), asin_row(9, cost="TBD")])
    report = sync_source(source=SourceName.PORTAL)
    assert report.state == RunState.HELD
    return Run.objects.get(pk=report.run_id)


def url(name: str, run: Run) -> str:
    return reverse(f"admin:sync_sourcestate_{name}", args=[run.pk])


def page(browser: Browser, run: Run) -> str:
    return browser.get(url("held", run)).content.decode()


def work() -> list[str]:
    """Run what waits in the queue, as the worker does; what each task said."""
    said = []
    for row in OrmQ.objects.order_by("pk"):
        task = row.task
        module, _, name = task["func"].rpartition(".")
        assert module == "sync.tasks"
        row.delete()
        said.append(getattr(tasks, name)(*task["args"]))
    return said


def csv(tmp_path: Path, *rows: dict[str, str]) -> SimpleUploadedFile:
    return SimpleUploadedFile("stock.csv", sheet(tmp_path, list(rows)).read_bytes(), "text/csv")


def send(browser: Browser, file: Any, source: str = "portal") -> Any:
    return browser.post(UPLOAD, {"source": source, "file": file}, follow=True)


def errors(answer: Any) -> dict[str, list[str]]:
    return {field: list(found) for field, found in answer.context["form"].errors.items()}


def test_the_page_says_why_and_what_would_change(held: Run, manager: Browser) -> None:
    (alert,) = Alert.objects.filter(state=AlertState.OPEN)
    assert alert.link == url("held", held)
    answer = manager.get(alert.link)
    text = answer.content.decode()
    for words in (
        f"Buying portal: run #{held.pk}",
        "Held for a person",
        "3 of 4 ASINs in use are no longer in the source and would be deactivated.",
        "B000000001: unit cost 10.00 → 11.00",
        "B000000002: no longer in the source",
        "1 row would be refused, 0 warnings.",
        ">Release<",
        ">Discard<",
    ):
        assert words in text, words
    (part,) = answer.context["parts"]
    assert [(str(label), number) for label, number, _ in part[1]] == [
        ("New", 0),
        ("Changed", 1),
        ("Unchanged", 0),
        ("Taken out of use", 3),
        ("Back in use", 0),
    ]
    assert not OTHER_SITE.search(text)


def test_a_release_is_queued_and_written_by_the_worker(held: Run, manager: Browser) -> None:
    answer = manager.post(url("release", held), follow=True)
    assert told(answer) == ["Released: it is being read again and written if it still says just this."]
    text = answer.content.decode()
    assert (FOLLOWS in text, ">Release<" in text) == (True, False)
    assert Asin.objects.filter(is_active=True).count() == 4
    assert work() == ["portal: 1 updated, 3 deactivated; 1 refused, 0 warnings."]
    assert Asin.objects.filter(is_active=True).count() == 1
    held.refresh_from_db()
    assert held.state == RunState.RELEASED
    after = Run.objects.latest("pk")
    assert after.started_by == User.objects.get(username="manager")
    text = page(manager, held)
    assert (f"{after} · Succeeded" in text, "What was released" in text) == (True, True)
    for words in (">Release<", ">Discard<", FOLLOWS):
        assert words not in text


def test_a_second_click_is_told_and_changes_nothing(held: Run, manager: Browser) -> None:
    manager.post(url("release", held), follow=True)
    work()
    runs = Run.objects.count()
    again = manager.post(url("release", held), follow=True)
    assert told(again) == [f"sync.portal #{held.pk} is not held: it is released by a person."]
    late = manager.post(url("discard", held), {"reason": "Too late"})
    assert f"sync.portal #{held.pk} is not held: it is released by a person." in late.content.decode()
    assert (OrmQ.objects.count(), Run.objects.count()) == (0, runs)


def test_a_release_that_fails_is_told_on_the_page(held: Run, manager: Browser, settings: Any) -> None:
    followed = manager.post(url("release", held))["Location"]
    settings.PORTAL_URL = "file:/nowhere.csv"
    work()
    text = manager.get(followed).content.decode()
    assert "The last reading since failed: /nowhere.csv does not exist." in text
    assert (">Release<" in text, FOLLOWS in text) == (True, False)


def test_a_release_that_nobody_takes_up_is_told(held: Run, manager: Browser) -> None:
    text = manager.get(url("held", held), {"asked": "1"}).content.decode()
    assert "Is a worker running?" in text
    assert (">Release<" in text, FOLLOWS in text) == (True, False)
    assert "Is a worker running?" not in manager.get(url("held", held), {"asked": "9" * 5000}).content.decode()


def test_a_discard_needs_a_reason_and_leaves_everything(held: Run, manager: Browser) -> None:
    assert errors(manager.post(url("discard", held), {"reason": " "})) == {"reason": ["This field is required."]}
    answer = manager.post(url("discard", held), {"reason": "The sheet was cut"}, follow=True)
    assert told(answer) == [f"sync.portal #{held.pk} is discarded: everything stays as it is."]
    text = answer.content.decode()
    assert "Discarded by manager: The sheet was cut" in text
    assert (">Release<" in text, "What came after" in text) == (False, False)
    assert SourceState.objects.get().held_run is None
    assert Asin.objects.filter(is_active=True).count() == 4


def test_another_change_in_its_place_is_linked(held: Run, manager: Browser, tmp_path: Path) -> None:
    sheet(tmp_path, [asin_row(2)])
    other = sync_source(source=SourceName.PORTAL)
    text = page(manager, held)
    assert f"sync.portal #{other.run_id} · Held for a person" in text
    assert ">Release<" not in text


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("allocator", False), ("manager", True), ("admin", True)])
def test_who_may_decide(held: Run, role: str, may: bool) -> None:
    browser = signed_in_as(role)
    text = page(browser, held)
    assert (">Release<" in text, "A manager or administrator decides on it." in text) == (may, not may)
    expected = 200 if may else 403
    assert browser.get(url("discard", held)).status_code == expected
    assert browser.get(UPLOAD).status_code == expected
    assert browser.post(url("discard", held), {"reason": ""}).status_code == expected
    assert browser.post(url("release", held)).status_code == (302 if may else 403)
    assert OrmQ.objects.count() == int(may)


def test_who_may_see_nothing_sees_nothing(held: Run) -> None:
    guest = Browser()
    guest.force_login(User.objects.create_user("guest", is_staff=True))
    for address in (url("held", held), url("discard", held), UPLOAD):
        assert guest.get(address).status_code == 403
    assert Browser().get(url("held", held)).status_code == 302


def test_looking_changes_nothing_and_unknown_runs_are_a_404(held: Run, manager: Browser) -> None:
    assert manager.get(url("release", held)).status_code == 405
    backup = Run.objects.create(kind="backup", state=RunState.HELD)
    for key in (backup.pk, 999_999, "x", "9" * 5000, "-1"):
        address = f"/admin/sync/sourcestate/held/{key}/"
        assert manager.get(address).status_code == 404, key
        assert manager.post(f"{address}release/").status_code == 404
        assert manager.get(f"{address}discard/").status_code == 404
    held.refresh_from_db()
    assert (held.state, OrmQ.objects.count()) == (RunState.HELD, 0)


def test_a_run_that_was_never_held_leads_to_its_own_page(held: Run, manager: Browser) -> None:
    first = Run.objects.earliest("pk")
    assert manager.get(url("held", first))["Location"] == reverse("admin:common_run_change", args=[first.pk])


def test_the_pages_ask_as_much_for_many_changes(held: Run, manager: Browser, django_assert_num_queries: Any) -> None:
    for changes in (1, 100):
        Run.objects.filter(pk=held.pk).update(changes=[f"~ B{number:09d}: priority" for number in range(changes)])
        # session, user, role's permissions; header; run; what an upload holds; what came since
        with django_assert_num_queries(8):
            assert page(manager, held).count('class="left-out"') == changes
    with django_assert_num_queries(5):
        manager.get(UPLOAD)


def test_an_upload_is_shown_with_its_refusals_and_then_written(manager: Browser, tmp_path: Path) -> None:
    answer = send(manager, csv(tmp_path, asin_row(1), asin_row(2, cost="TBD"), asin_row(3, asin="tbd")))
    run = Run.objects.get()
    assert answer.redirect_chain == [(url("held", run), 302)]
    text = answer.content.decode()
    for words in ("stock.csv", "B000000001: 60 units", "2 rows would be refused", "Unit Cost &#x27;TBD&#x27; is not"):
        assert words in text, words
    assert [issue["row"] for issue in answer.context["issues"]] == [3, 4]
    assert (Asin.objects.count(), run.started_by.username) == (0, "manager")  # type: ignore[union-attr]
    assert "The file stock.csv of manager" in manager.get(state_page()).content.decode()
    manager.post(url("release", run))
    assert work() == ["portal: 1 created; 2 refused, 0 warnings."]
    assert [asin.code for asin in Asin.objects.all()] == ["B000000001"]
    assert f"{Run.objects.latest('pk')} · Succeeded" in page(manager, run)
    assert SheetUpload.objects.count() == 0


def state_page() -> str:
    return reverse("admin:sync_sourcestate_change", args=[SourceState.objects.get().pk])


def test_an_upload_is_dropped_when_it_is_discarded(manager: Browser, tmp_path: Path) -> None:
    send(manager, csv(tmp_path, asin_row(1)))
    run = Run.objects.get()
    assert "The file is dropped" in manager.get(url("discard", run)).content.decode()
    manager.post(url("discard", run), {"reason": "Wrong file"})
    assert (SheetUpload.objects.count(), Asin.objects.count()) == (0, 0)


def test_what_is_wrong_with_a_file_stands_at_its_field(manager: Browser, tmp_path: Path) -> None:
    too_large = SimpleUploadedFile("big.csv", b"a" * (10 * 1024 * 1024 + 1))
    assert errors(send(manager, too_large)) == {"file": ["The file is larger than 10 MB."]}
    assert errors(send(manager, SimpleUploadedFile("empty.csv", b""))) == {"file": ["The file is empty."]}
    assert errors(manager.post(UPLOAD, {"source": "portal"})) == {"file": ["Choose a file."]}
    assert errors(send(manager, csv(tmp_path, asin_row(1)), "panel")).keys() == {"source"}
    assert errors(manager.post(UPLOAD)).keys() == {"source", "file"}
    assert Run.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("photo.csv", b"\x89PNG\r\n\x1a\n", "photo.csv is not a table but an image."),
        ("stock.csv", b"ASIN,Unit Cost\nB000000001,1\n", "Case Pack"),
        ("stock.csv", b"\x00\x01\x02\n", "stock.csv is not a table: it holds NUL bytes, as binary files do."),
    ],
)
def test_what_is_no_sheet_is_told_at_the_file(manager: Browser, name: str, body: bytes, message: str) -> None:
    answer = send(manager, SimpleUploadedFile(name, body))
    assert answer.status_code == 200
    assert message in errors(answer)["file"][0]
    assert (Asin.objects.count(), SheetUpload.objects.count()) == (0, 0)


def test_a_source_that_is_being_read_asks_to_try_again(manager: Browser, tmp_path: Path) -> None:
    claim_run(kind="sync.portal")
    (message,) = errors(send(manager, csv(tmp_path, asin_row(1))))["__all__"]
    assert message.startswith("Another run (sync.portal #")
    assert message.endswith("Try again when it has ended.")


def test_an_upload_is_looked_at_by_others_too(manager: Browser, tmp_path: Path) -> None:
    send(manager, csv(tmp_path, asin_row(1), asin_row(2, cost="TBD")))
    answer = signed_in_as("viewer").get(url("held", Run.objects.get()))
    assert [issue["row"] for issue in answer.context["issues"]] == [3]
    assert "1 row would be refused" in answer.content.decode()
