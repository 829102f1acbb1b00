"""The sources over real sockets: only changes are asked for, and whatever upstream does, the last good data stay."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, Store
from common.models import Run, RunState
from inventory.models import Asin
from notifications.models import Alert
from sync.models import RowIssue, SourceName, SourceState
from sync.services import sync_every_source, sync_source
from sync.services.polling import poll_source
from tests.sync.cases import asin_row, digest, panel_client, panel_store, reasons, status, transaction
from tests.sync.live import Upstream, upstream
from ungating.models import UngatingStatus

pytestmark = pytest.mark.django_db
PORTAL, PANEL, UNGATING = SourceName.PORTAL, SourceName.PANEL, SourceName.UNGATING
LATER = "2026-11-20T08:00:00Z"


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def live(tmp_path: Path, state: Path, settings: Any) -> Iterator[Upstream]:
    with upstream(tmp_path / "files", state, settings, [asin_row(1), asin_row(2)]) as running:
        yield running


@pytest.fixture
def read(live: Upstream) -> Upstream:
    """Everything was read once."""
    assert [report.state for report in sync_every_source()[:3]] == [RunState.SUCCEEDED] * 3
    live.asked()
    return live


def test_the_sheet_is_one_request_and_a_token(live: Upstream) -> None:
    assert sync_source(source=PORTAL).created == 2
    assert live.asked() == ["/token", "/sheets/v4/spreadsheets/demo/values:batchGet"]
    live.sheet([asin_row(1, remaining="50"), asin_row(2)])
    report = sync_source(source=PORTAL)
    assert (report.updated, report.unchanged, Asin.objects.get(code="B000000001").on_hand) == (1, 1, 50)


def test_after_the_first_time_only_changes_are_asked_for(read: Upstream) -> None:
    """The first time the last minute is read again; while nothing is new there, upstream says just that."""
    assert sync_source(source=PANEL).unchanged == 2
    read.asked()
    assert sync_source(source=PANEL).unchanged == 0
    assert read.asked() == ["/panel/v1/clients since 304", "/panel/v1/stores since 304", "/panel/v1/clients since 304"]


def test_a_changed_balance_comes_with_its_clients_transactions(read: Upstream) -> None:
    sync_source(source=PANEL)
    read.asked()
    charge = transaction("t1", "-50.00")
    read.panel([panel_client(balance="950.00", updated_at=LATER)], None, [charge])
    report = sync_source(source=PANEL)
    assert report.outcome.changes == (
        "~ client 1: balance $1,000.00 → $950.00",
        "+ transaction t1 of client 1: charge -$50.00",
    )
    assert [path.split()[0] for path in read.asked()] == [
        "/panel/v1/clients", "/panel/v1/stores", "/panel/v1/clients/1/transactions", "/panel/v1/clients"
    ]  # fmt: skip


def test_what_was_not_sent_is_not_gone_and_what_was_deleted_is(read: Upstream) -> None:
    read.panel(
        [panel_client(), panel_client("2", updated_at=LATER), panel_client("3", updated_at=LATER)],
        [panel_store(), panel_store("2", "2", updated_at=LATER), panel_store("3", "3", updated_at=LATER)],
    )
    assert sync_source(source=PANEL).created == 4
    read.panel(
        [panel_client(), panel_client("2", updated_at=LATER)], [panel_store(), panel_store("2", "2", updated_at=LATER)]
    )
    report = sync_source(source=PANEL)
    assert (report.deactivated, Client.objects.get(panel_id="3").is_active) == (2, False)
    assert Store.objects.filter(is_active=True).count() == 2


def test_a_status_that_names_an_unknown_store_is_read_again_when_the_store_may_have_come(read: Upstream) -> None:
    read.statuses([status("1"), status("2", "Beauty", store_id="2", updated_at=LATER)])
    report = sync_source(source=UNGATING)
    assert reasons(report) == [(report.refused[0].issue.row, "unknown_store")]
    read.panel([panel_client()], [panel_store(), panel_store("2", "1", updated_at=LATER)])
    sync_source(source=PANEL)

    state = SourceState.objects.get(source="ungating")
    state.marks["statuses"] = {"since": f"{timezone.now() + timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"}
    state.save()
    assert sync_source(source=UNGATING).created == 0  # it has not changed lately, so it is not sent
    assert RowIssue.objects.get(source="ungating").closed_at is None
    SourceState.objects.filter(source="ungating").update(swept_at=timezone.now() - timedelta(minutes=10))
    assert sync_source(source=UNGATING).created == 1
    assert RowIssue.objects.get(source="ungating").closed_at is not None
    assert SourceState.objects.get(source="ungating").swept_at > timezone.now() - timedelta(minutes=1)


def test_once_a_week_everything_is_read(read: Upstream) -> None:
    SourceState.objects.update(swept_at=timezone.now() - timedelta(days=7))
    assert sync_source(source=UNGATING).unchanged == 1
    assert read.asked() == ["/ungating/v1/ungating"]


def test_a_status_whose_object_now_says_something_else_leaves_the_old_one(read: Upstream) -> None:
    others = [status("2", "Grocery"), status("3", "Baby")]
    read.statuses([status("1"), *others])
    sync_source(source=UNGATING)
    read.statuses([status("1", "Beauty", updated_at=LATER), *others])
    report = sync_source(source=UNGATING)
    assert (report.state, report.created, report.deactivated) == (RunState.SUCCEEDED, 1, 1)
    active = UngatingStatus.objects.filter(is_active=True).order_by("value")
    assert list(active.values_list("value", flat=True)) == ["Baby", "Beauty", "Grocery"]


# What Google's error says, and the others'.
FAULTS = {
    "429": ("asks us to wait", "asks us to wait 60 minutes"),
    "500": ("a fault of its own (status 500)", "is out of order at the moment (status 500)"),
    "503_html": ("a fault of its own (status 503)", "is out of order at the moment (status 503)"),
    "html_200": ("a web page, not Google Sheets", "answered with a web page"),
    "truncated": ("broke off or is damaged", "sent only a part of its answer"),
    "wrong_json": ("is not Google Sheets", "is not a page of a list: 'data' is not a list"),
    "redirect": ("answers with a redirect", "sends us to another address (status 302)"),
    "401": ("refuses the service account", "refuses our token (status 401)"),
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize(("source", "path"), [(PORTAL, "/sheets"), (PANEL, "/panel"), (UNGATING, "/ungating")])
def test_whatever_upstream_does_the_last_good_data_stay_and_the_error_is_clear(
    read: Upstream, caplog: pytest.LogCaptureFixture, source: SourceName, path: str, kind: str
) -> None:
    before, as_of = digest(), SourceState.objects.get(source=source).as_of
    read.fault(path, kind, 0, **({"retry_after": 3600} if kind == "429" else {}))
    with caplog.at_level(logging.DEBUG):
        report = poll_source(source=source)
    assert (report.state, digest() == before) == (RunState.FAILED, True)
    assert FAULTS[kind][source != PORTAL] in report.error
    state = SourceState.objects.get(source=source)
    assert (state.as_of, Run.objects.get(pk=report.run_id).error) == (as_of, report.error)
    secrets = ("development-panel-token", "development-ungating-token", "PRIVATE KEY", "Bearer")
    assert not any(secret in text for secret in secrets for text in (caplog.text, report.error))

    read.servers.clear_faults()
    assert poll_source(source=source).state == RunState.SUCCEEDED
    assert Alert.objects.filter(state="open").count() == 0


@pytest.mark.parametrize(
    ("source", "path", "kind"),
    [(PANEL, "/panel/v1/clients", "half_gone"), (UNGATING, "/ungating", "half_gone"), (PORTAL, "/sheets", "half_gone")],
)
def test_half_of_the_rows_gone_is_held(read: Upstream, source: SourceName, path: str, kind: str) -> None:
    many = [asin_row(number) for number in range(1, 61)]
    read.sheet(many)
    read.panel([panel_client(str(n)) for n in range(1, 61)], [panel_store(str(n), str(n)) for n in range(1, 61)])
    read.statuses([status(str(n), f"Category {n}") for n in range(1, 61)])
    sync_every_source(sweep=True)
    before = digest()
    read.fault(path, kind, 0)
    report = sync_source(source=source, sweep=True)
    assert (report.state, digest() == before) == (RunState.HELD, True)


@pytest.mark.parametrize("kind", ["shuffled_pages", "duplicates"])
def test_pages_out_of_order_and_doubled_give_the_same(read: Upstream, kind: str) -> None:
    read.panel([panel_client(str(n)) for n in range(1, 31)], [panel_store(str(n), str(n)) for n in range(1, 31)])
    sync_source(source=PANEL, sweep=True)
    before = digest()
    read.fault("/panel", kind, 0)
    report = sync_source(source=PANEL, sweep=True)
    assert (report.state, report.changed, digest() == before) == (RunState.SUCCEEDED, 0, True)


def test_a_source_that_asks_us_to_wait_is_left_alone_for_so_long(read: Upstream) -> None:
    SourceState.objects.filter(source="panel").update(next_poll_at=timezone.now())
    read.fault("/panel", "429", 0, retry_after=1800)
    poll_source(source=PANEL)
    wait = SourceState.objects.get(source="panel").next_poll_at - timezone.now()
    assert timedelta(minutes=29) < wait <= timedelta(minutes=30)


def test_trouble_that_may_pass_is_told_only_when_the_source_is_stale(read: Upstream) -> None:
    read.fault("/panel", "500", 0)
    poll_source(source=PANEL)
    assert Alert.objects.count() == 0


def test_charges_settle_over_http_whatever_comes_first(read: Upstream) -> None:
    """The charge is there before the balance, then the other way round; money is never free that is spent."""
    read.panel([panel_client(balance="950.00", updated_at=LATER)], None, [])
    sync_source(source=PANEL)
    assert Client.objects.get().balance == Decimal("950.00")
    read.panel([panel_client(balance="950.00", updated_at=LATER)], None, [transaction("t1", "-50.00")])
    report = sync_source(source=PANEL, sweep=True)
    assert (report.created, Client.objects.get().balance) == (1, Decimal("950.00"))
