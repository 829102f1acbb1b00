"""The Andon cord: who may pull it, what it stops and what goes on, and that every page says so."""

from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse
from django_q.models import OrmQ
from time_machine import travel

from common.andon import AlreadySo, current_cord, pull_cord, release_cord
from common.errors import DomainError
from common.models import AndonEvent
from inventory.models import Asin
from notifications.models import Alert
from operations.header import open_alerts
from operations.schedules import SCHEDULES
from sync.models import SourceName, SourceState
from sync.services import run, sync_source
from sync.services.by_hand import ask_for_reading
from sync.services.polling import queue_due_polls
from sync.tasks import poll, tick
from tests.sync.cases import NOW, asin_row, sheet

pytestmark = pytest.mark.django_db
PAGE = "/admin/common/andoncord/"


def staff(role: str = "allocator") -> User:
    user: User = User.objects.create_user(f"{role}-1", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(role: str = "allocator") -> Browser:
    browser = Browser()
    browser.force_login(staff(role))
    return browser


@pytest.fixture
def portal(settings: Any, tmp_path: Path) -> None:
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(1)])}"


def test_pulled_nothing_automatic_runs_and_people_go_on(portal: None) -> None:
    pull_cord(reason="The sheet is being repaired", actor=staff())
    assert tick() == poll("portal") == "Stopped by the Andon cord: The sheet is being repaired"
    assert (queue_due_polls(now=NOW), OrmQ.objects.count(), Asin.objects.count()) == ([], 0, 0)
    assert sync_source(source=SourceName.PORTAL).created == 1
    assert ask_for_reading(source=SourceName.PORTAL, everything=False, now=NOW, actor=User.objects.get())
    assert [task.task["func"] for task in OrmQ.objects.all()] == ["sync.tasks.read_now"]

    release_cord(reason="The sheet is whole again")
    assert tick() == ["portal"]


def test_it_is_pulled_and_released_for_a_reason_once(django_assert_num_queries: Any) -> None:
    user = staff()
    for change in (pull_cord, release_cord):
        with pytest.raises(DomainError, match=r"^Say why everything automatic"):
            change(reason="  ")
    with pytest.raises(AlreadySo, match="not pulled: everything"):
        release_cord(reason="x")
    pull_cord(reason="Wrong prices", actor=user)
    with pytest.raises(AlreadySo, match=r"^The cord is pulled already by allocator-1: Wrong prices$"):
        pull_cord(reason="me too")
    release_cord(reason="Prices are right", actor=user)
    assert not current_cord().is_pulled
    assert [(event.is_pull, event.reason, event.actor) for event in AndonEvent.objects.all()] == [
        (False, "Prices are right", user), (True, "Wrong prices", user)
    ]  # fmt: skip


def test_every_page_says_so_while_it_is_pulled() -> None:
    browser = signed_in("viewer")
    pages = [reverse("admin:index"), reverse("admin:inventory_asin_changelist"), reverse("admin:common_run_changelist")]
    assert not any("andon-banner" in browser.get(page).content.decode() for page in pages)
    pull_cord(reason="<b>Stop</b>", actor=staff())
    for page in pages:
        text = browser.get(page).content.decode()
        assert "Everything automatic is stopped" in text
        assert "&lt;b&gt;Stop&lt;/b&gt;" in text
    assert "Everything automatic" not in Browser().get(reverse("admin:login")).content.decode()


def test_staff_pull_and_release_it_on_its_page() -> None:
    browser = signed_in()
    assert browser.post(PAGE, {"reason": ""}).status_code == 200
    assert not current_cord().is_pulled
    assert browser.post(PAGE, {"reason": "Wrong prices"}).status_code == 302
    cord = current_cord()
    assert (cord.reason, str(cord.pulled_by)) == ("Wrong prices", "allocator-1")
    page = browser.get(PAGE).content.decode()
    assert "Pulled by allocator-1: Wrong prices" in page
    second = browser.post(PAGE, {"reason": "x"}).content.decode()  # of two people at once the second is told
    assert "The cord is pulled already by allocator-1: Wrong prices" in second
    assert browser.post(PAGE, {"reason": "Prices are right", "release": "1"}).status_code == 302
    assert not current_cord().is_pulled


def test_when_it_was_pulled_is_told_in_the_local_time_zone() -> None:
    with travel("2026-11-22 17:00:00+00:00", tick=False):
        pull_cord(reason="Wrong prices")
        page = signed_in("viewer").get(PAGE).content.decode()
    assert "2026-11-22 12:00</dt>" in page
    out = StringIO()
    call_command("andon", stdout=out)
    assert out.getvalue().strip() == "Pulled since 2026-11-22 12:00: Wrong prices"


def test_every_schedule_honours_it_or_its_page_says_that_it_goes_on() -> None:
    named = {planned.name: planned.func.rpartition(".") for planned in SCHEDULES}
    tasks = {name: getattr(import_module(module), work) for name, (module, _dot, work) in named.items()}
    stopped = {name for name, task in tasks.items() if hasattr(task, "__wrapped__")}
    assert stopped == {"sync", "ungating", "expiry"}
    assert tasks.keys() - stopped == {"backup", "backup-watch", "mail", "digest", "tidy"}
    text = " ".join(signed_in("viewer").get(PAGE).content.decode().split())
    assert "backups, e-mail and the tidying of old records go on" in text


def test_who_may_only_look_cannot_pull_it() -> None:
    browser = signed_in("viewer")
    assert browser.get(PAGE).status_code == 200
    assert browser.post(PAGE, {"reason": "x"}).status_code == 403
    assert not current_cord().is_pulled


def test_the_command_pulls_releases_and_tells() -> None:
    def andon(*words: str) -> str:
        out = StringIO()
        call_command("andon", *words, stdout=out)
        return out.getvalue().strip()

    assert andon() == "Not pulled."
    assert andon("pull", "Wrong prices").endswith(": Wrong prices")
    with pytest.raises(CommandError, match="pulled already"):
        andon("pull", "again")
    with pytest.raises(CommandError, match="Say why"):
        andon("release")
    assert andon("release", "Prices are right") == "Not pulled."


def test_the_badge_counts_alerts_that_need_a_person(django_assert_num_queries: Any) -> None:
    def request_of(user: Any) -> Any:
        request = RequestFactory().get("/admin/")
        request.user = user
        return request

    viewer = staff("viewer")
    assert viewer.has_perm("notifications.view_alert")
    assert open_alerts(request_of(viewer)) == "0"
    Alert.objects.bulk_create(Alert(kind="allocated", title=str(n), fold_key=str(n)) for n in range(100))
    request = request_of(viewer)
    with django_assert_num_queries(1):
        assert [open_alerts(request), open_alerts(request)] == ["99+", "99+"]
    Alert.objects.filter(title__lt="5").update(state="done")
    assert open_alerts(request_of(viewer)) == str(sum(str(n) >= "5" for n in range(100)))
    assert open_alerts(request_of(AnonymousUser())) == open_alerts(RequestFactory().get("/")) == "0"


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_reading_under_way_when_it_is_pulled_writes_only_for_a_person(
    portal: None, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    read = run.READERS[SourceName.PORTAL]

    def pulled_meanwhile(ask: Any) -> Any:
        pull_cord(reason="Wrong prices")
        return read(ask)

    monkeypatch.setitem(run.READERS, SourceName.PORTAL, pulled_meanwhile)
    report = sync_source(source=SourceName.PORTAL, by_hand=by_hand)
    stopped = "Stopped by the Andon cord: Wrong prices Nothing was written."
    assert (report.error, Asin.objects.count()) == (("", 1) if by_hand else (stopped, 0))
    assert Alert.objects.count() == 0


def test_a_reading_that_was_queued_before_is_due_again_once_it_is_released(portal: None) -> None:
    assert tick() == ["portal"]
    pull_cord(reason="Wrong prices")
    assert poll("portal") == "Stopped by the Andon cord: Wrong prices"
    release_cord(reason="Mended")
    SourceState.objects.update(next_poll_at=None)
    assert tick() == ["portal"]
