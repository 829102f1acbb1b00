"""The staff's pages of sources, row issues and runs: what they say, who may press, an exact count of queries."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from time_machine import travel

from clients.models import PanelTransaction
from common.admin_columns import admin_url
from common.models import Run, RunState
from sync.models import RowIssue, SourceName, SourceState
from sync.services import sync_source
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.test_admin_pages import signed_in_as
from tests.pallets.test_flow_pages import told
from tests.sync.cases import asin_row, sheet
from tests.test_admin_pages import OTHER_SITE
from ungating.models import UngatingStatus

pytestmark = pytest.mark.django_db
SOURCES = "/admin/sync/sourcestate/"
FOLLOWS = 'hx-select="#source"'
ISSUES = "/admin/sync/rowissue/"
NOW = timezone.now()


@pytest.fixture
def manager() -> Browser:
    return signed_in_as("manager")


@pytest.fixture
def is_set(tmp_path: Path, settings: Any) -> Path:
    """The portal, with one row that is right and one that is not."""
    file = sheet(tmp_path, [asin_row(1), asin_row(2, cost="TBD")])
    settings.PORTAL_URL = f"file:{file}"
    return file


def state(source: str = "portal", *, run: RunState | None = None, target: str = "", **fields: Any) -> SourceState:
    last = Run.objects.create(kind=f"sync.{source}", state=run, target=target) if run else None
    return SourceState.objects.create(source=source, last_run=last, **fields)


def issue(source: str, part: str, key: str, **fields: Any) -> RowIssue:
    run = Run.objects.create(kind=f"sync.{source}", state=RunState.SUCCEEDED)
    values = {"row": 2, "reason": "invalid_amount", "message": "No amount"} | fields
    return RowIssue.objects.create(source=source, part=part, key=key, run=run, **values)


def text_of(browser: Browser, address: str, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture(autouse=True)
def clock_starts_at_now() -> Iterator[None]:
    """However late this test runs: what is nine minutes old is so for the page too."""
    with travel(NOW, tick=True):
        yield


def queued() -> list[tuple[str, tuple[Any, ...]]]:
    return [(row.task["func"], row.task["args"]) for row in OrmQ.objects.order_by("pk")]


def as_of(**ago: int) -> datetime:
    return NOW - timedelta(**ago)


def test_every_source_is_listed_with_what_it_waits_for(is_set: Path, manager: Browser) -> None:
    sync_source(source=SourceName.PORTAL)
    held = Run.objects.create(kind="sync.ungating", state=RunState.HELD)
    state("ungating", held_run=held, as_of=NOW)
    page = text_of(manager, SOURCES)
    for words in ("Fresh", "Held", "Not set", "Set PANEL_URL to have it read.", "1 refused", "Upload a sheet"):
        assert words in page, words
    assert f"{ISSUES}?open=yes&amp;source__exact=portal&amp;is_warning__exact=0" in page
    assert reverse("admin:sync_sourcestate_held", args=[held.pk]) in page
    assert page.count(">Read now<") == 1
    assert not OTHER_SITE.search(page)


def test_the_page_of_a_source_shows_its_last_runs(is_set: Path, manager: Browser) -> None:
    sync_source(source=SourceName.PORTAL)
    page = text_of(manager, admin_url(SourceState.objects.get()))
    for words in ("Buying portal", "Fresh", "created 1, refused 1", "Succeeded", ">Read now<", ">Read everything<"):
        assert words in page, words
    assert manager.get(f"{SOURCES}{2**63}/change/").status_code == 404
    assert manager.get(f"{SOURCES}x/change/").status_code == 404


def read(browser: Browser, source: str = "portal", **data: str) -> Any:
    return browser.post(reverse("admin:sync_sourcestate_read", args=[source]), data, follow=True)


def test_reading_now_is_queued_once(is_set: Path, manager: Browser) -> None:
    answer = read(manager)
    assert told(answer) == ["Buying portal is queued to be read. Its run appears under “Last runs”."]
    page = admin_url(SourceState.objects.get())
    assert answer.redirect_chain[-1][0].startswith(f"{page}?asked=")
    assert FOLLOWS in answer.content.decode()
    sync_source(source=SourceName.PORTAL)
    assert FOLLOWS not in text_of(manager, answer.redirect_chain[-1][0])
    assert FOLLOWS not in text_of(manager, page, asked="1")
    assert told(read(manager)) == ["Buying portal is being read, or waits in the queue: it is read again after that."]
    assert queued() == [("sync.tasks.poll", ("portal",))]


def test_a_parked_source_is_started_and_everything_is_read(is_set: Path, manager: Browser) -> None:
    user = int(manager.session["_auth_user_id"])
    state(run=RunState.PARKED)
    read(manager)
    answer = read(manager, everything="1")
    assert told(answer) == ["Buying portal is queued to be read whole. Its run appears under “Last runs”."]
    assert queued() == [
        ("sync.tasks.read_now", ("portal", user, False)),
        ("sync.tasks.read_now", ("portal", user, True)),
    ]


def test_what_cannot_be_read_is_told(manager: Browser) -> None:
    assert told(read(manager, "panel")) == ["AutoFBA panel is not set up: set PANEL_URL."]
    assert read(manager, "moon").status_code == 404
    assert queued() == []


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("allocator", 403), ("manager", 200), ("admin", 200)])
def test_who_may_have_a_source_read(is_set: Path, role: str, status: int) -> None:
    browser = signed_in_as(role)
    state()
    for page in (text_of(browser, SOURCES), text_of(browser, admin_url(SourceState.objects.get()))):
        assert (">Read now<" in page, "Upload a sheet" in page) == (status == 200, status == 200)
    assert browser.get(reverse("admin:sync_sourcestate_read", args=["portal"])).status_code in (403, 405)
    assert queued() == []
    assert read(browser).status_code == status


def test_issues_lead_to_what_they_are_about(manager: Browser) -> None:
    store = make_store("7", client=make_client("5"))
    upstream = ungate(store)
    UngatingStatus.objects.filter(pk=upstream.pk).update(upstream_id="U-1")
    charge = PanelTransaction.objects.create(
        panel_id="T-1", client=store.client, kind="charge", amount=-5, occurred_at=NOW
    )
    about = [
        (issue("portal", "", "B000000001"), make_asin()),
        (issue("panel", "clients", "5"), store.client),
        (issue("panel", "stores", "7"), store),
        (issue("panel", "transactions", "T-1"), charge),
        (issue("ungating", "", "U-1"), upstream),
        (issue("preorders", "", "client 5, store 7"), None),
        (issue("portal", "", "tbd"), None),
        (issue("panel", "stores", "6"), None),
    ]
    page = text_of(manager, ISSUES)
    for one, found in about:
        alone = text_of(manager, admin_url(one))
        for shown in (page, alone):
            assert one.key in shown
            assert (f">{one.key}</a>" in shown) == (found is not None), one.key
            assert found is None or f'href="{admin_url(found)}">{one.key}</a>' in shown
        assert admin_url(one.run) in alone


def issues(browser: Browser, **query: str) -> list[str]:
    return [one.key for one in browser.get(ISSUES, query).context["cl"].result_list]


def test_open_issues_come_first_and_closed_ones_when_asked_for(manager: Browser) -> None:
    issue("portal", "", "open")
    issue("panel", "clients", "warning", is_warning=True)
    closed = issue("portal", "", "closed", closed_at=NOW)
    assert issues(manager) == ["warning", "open"]
    assert issues(manager, open="no") == ["closed"]
    assert issues(manager, open="all", source__exact="portal") == ["open", "closed"]
    assert issues(manager, open="<b>") == ["warning", "open"]
    assert issues(manager, is_warning__exact="1") == ["warning"]
    assert issues(manager, run__id__exact=str(closed.run_id)) == ["closed"]
    RowIssue.objects.update(closed_at=NOW)
    assert "No open row issues" in text_of(manager, ISSUES)


KINDS = (("portal", ""), ("panel", "clients"), ("panel", "stores"), ("panel", "transactions"), ("ungating", ""))


@pytest.mark.parametrize("rows", [2, 45])
def test_the_pages_ask_as_much_for_many_rows(is_set: Path, rows: int, django_assert_num_queries: Any) -> None:
    browser = signed_in_as("viewer")
    for source, _part in KINDS[:2]:
        state(source, as_of=NOW, run=RunState.SUCCEEDED)
    for number in range(rows):
        for source, part in KINDS[:1] if number else KINDS:
            issue(source, part, f"B{number:09d}")
    found = SourceState.objects.get(source="portal")
    # session, user, permissions (2); header; sources with last run and counts
    with django_assert_num_queries(6):
        assert f"{rows} refused" in text_of(browser, SOURCES)
    # … its last runs; the uploads that wait
    with django_assert_num_queries(8):
        text_of(browser, admin_url(found))
    # … the rows; ASINs, clients, stores, transactions, statuses
    with django_assert_num_queries(11):
        assert text_of(browser, ISSUES).count('class="data-row') == rows + 4
    alone = admin_url(RowIssue.objects.earliest("pk"))
    text_of(browser, alone)  # fills Django's memory of content types
    # … the row; its run; its object
    with django_assert_num_queries(8):
        text_of(browser, alone)


def test_a_run_tells_all_that_it_did(is_set: Path, manager: Browser) -> None:
    run = Run.objects.create(
        kind="sync.portal", state=RunState.HELD, attempts=2, target="stock.csv", done=3, total=1200,
        error="Too much.\nIf this is right: <b>release it</b>",
        counts={"created": 0, "updated": 1200, "clients.updated": 7},
        changes=["+ B000000001: 60 units", "~ <i>x</i>", "- B000000002: gone", "plain"],
    )  # fmt: skip
    page = text_of(manager, admin_url(run))
    for words in (
        "stock.csv", "2 starts", "3 of 1,200", "updated 1,200", "Too much.<br>If this is right: &lt;b&gt;release",
        '<span class="positive">+</span> B000000001: 60 units', "</span> &lt;i&gt;x&lt;/i&gt;",
        '<span class="negative">−</span> B000000002: gone', "Held for a person",
    ):  # fmt: skip
        assert words in page, words
    review = f'href="{reverse("admin:sync_sourcestate_held", args=[run.pk])}">Review</a>'
    listed = text_of(manager, "/admin/common/run/")
    for shown in (page, listed):
        assert review in shown
    assert ("Too much." in listed, "B000000001" in listed) == (True, False)


@pytest.mark.parametrize(
    ("kind", "run_state", "colour"),
    [
        ("sync.portal", RunState.RELEASED, "green"),
        ("sync.portal", RunState.DISCARDED, "grey"),
        ("sync.portal", RunState.SKIPPED, "grey"),
        ("sync.portal", RunState.PARKED, "red"),
        ("backup", RunState.HELD, "orange"),
    ],
)
def test_each_state_has_its_colour_and_only_held_runs_of_sources_wait(
    manager: Browser, kind: str, run_state: RunState, colour: str
) -> None:
    Run.objects.create(kind=kind, state=run_state, finished_at=NOW, started_at=as_of(days=1))
    page = text_of(manager, "/admin/common/run/")
    assert f'<span class="pill pill-{colour}">{run_state.label}</span>' in page
    assert ">Review<" not in page
    decided = run_state in (RunState.RELEASED, RunState.DISCARDED)
    assert ("86,400.0 s" in page) is not decided


def test_the_home_page_leads_to_what_is_held_or_parked(is_set: Path, manager: Browser) -> None:
    held = Run.objects.create(kind="sync.portal", state=RunState.HELD)
    state(held_run=held, as_of=as_of(minutes=9))
    parked = state("ungating", run=RunState.PARKED)
    issue("portal", "", "B000000001")
    page = text_of(manager, reverse("admin:index"))
    for words in (
        f'href="{reverse("admin:sync_sourcestate_held", args=[held.pk])}"><span class="pill pill-orange">Held',
        f'href="{admin_url(parked)}"><span class="pill pill-red">Parked',
        "9 minutes ago",
        "1 row issue",
        "Not set",
    ):
        assert words in page, words
