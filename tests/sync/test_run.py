"""One run from its claim to its end: leases, crashes, order."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from structlog.contextvars import get_contextvars

from common.models import Run, RunState
from inventory.models import Asin
from notifications.models import Alert, AlertKind
from sync.models import RowIssue, SourceName, SourceState
from sync.services import run as runs
from sync.services import sync_every_source, sync_source
from sync.services.lease import LEASE, LeaseLost, SyncBusy, claim_run, lock_state
from sync.tasks import sync_all
from tests.sync.cases import NOW, asin_row, digest, panel, portal, sheet, take


class Crash(Exception):
    """Power cut."""


def crash(*_: object, **__: object) -> None:
    raise Crash


@pytest.mark.django_db
def test_a_crash_in_the_last_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portal(sheet(tmp_path, [asin_row(1), asin_row(2)]))
    before = digest()
    file = sheet(tmp_path, [asin_row(1, remaining="10"), asin_row(2, cost="11.00"), asin_row(3, cost="TBD")])
    with monkeypatch.context() as patch:
        patch.setattr(runs, "close_alert", crash)
        report = portal(file)
    assert (report.state, report.error) == (
        RunState.FAILED,
        "An unexpected error (Crash) ended the run; nothing was written. See the log.",
    )
    assert digest() == before
    assert RowIssue.objects.count() == 0
    assert Run.objects.get(pk=report.run_id).error == report.error

    again = portal(file)
    assert (again.state, again.updated) == (RunState.SUCCEEDED, 2)


@pytest.mark.django_db
def test_a_crash_between_clients_and_transactions_leaves_no_money(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    with monkeypatch.context() as patch:
        patch.setattr("sync.services.panel.post_transactions", crash)
        assert take(SourceName.PANEL, panel(tmp_path)).state == RunState.FAILED
    assert digest() == before
    assert take(SourceName.PANEL, tmp_path).created == 2


@pytest.mark.django_db
def test_an_interrupt_gives_the_lease_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    file = sheet(tmp_path, [asin_row(1)])
    with monkeypatch.context() as patch:
        patch.setitem(runs.READERS, SourceName.PORTAL, interrupt)
        with pytest.raises(KeyboardInterrupt):
            portal(file)
    assert Run.objects.get().error == "The run was interrupted; nothing was written."
    assert portal(file).created == 1


@pytest.mark.django_db
def test_one_sync_at_a_time_and_a_dead_one_is_taken_over() -> None:
    first = claim_run(source=SourceName.PORTAL, now=NOW)
    for source in SourceName:
        with pytest.raises(SyncBusy, match=rf"sync\.portal #{first.pk}, started 9 min ago"):
            claim_run(source=source, now=NOW + timedelta(minutes=9))
    assert Run.objects.count() == 1

    late = NOW + LEASE
    second = claim_run(source=SourceName.PANEL, now=late)
    first.refresh_from_db()
    assert (first.state, second.state, second.lease_until) == (
        RunState.FAILED,
        RunState.RUNNING,
        late + LEASE,
    )
    with transaction.atomic():
        with pytest.raises(LeaseLost):
            lock_state(source=SourceName.PORTAL, run=first)
        assert lock_state(source=SourceName.PANEL, run=second).last_run_id == second.pk


@pytest.mark.django_db
def test_a_run_that_was_taken_over_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow run has read an old sheet; meanwhile its lease ends and another run takes over."""
    old = sheet(tmp_path, [asin_row(1, cost="1.00")])
    read = runs.READERS[SourceName.PORTAL]

    def slow(path: Path, now: Any) -> Any:
        write = read(path, now)
        monkeypatch.setitem(runs.READERS, SourceName.PORTAL, read)
        assert portal(sheet(tmp_path, [asin_row(1, cost="2.00")]), now=NOW + LEASE).created == 1
        return write

    monkeypatch.setitem(runs.READERS, SourceName.PORTAL, slow)
    report = portal(old)
    assert report.state == RunState.FAILED
    assert report.error.endswith("took longer than its lease of 10 minutes; nothing was written.")
    assert [str(asin.unit_cost) for asin in Asin.objects.all()] == ["2.00"]
    assert SourceState.objects.get(source="portal").as_of == NOW + LEASE


@pytest.mark.django_db
def test_while_another_runs_nothing_is_started(tmp_path: Path, settings: Any) -> None:
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(1)])}"
    settings.PANEL_URL = f"file:{panel(tmp_path)}"
    running = claim_run(source=SourceName.UNGATING, now=NOW)
    reports = sync_every_source(now=NOW)
    assert [(report.source, report.state) for report in reports] == [(SourceName.PORTAL, "busy")]
    assert (list(Run.objects.all()), Asin.objects.count()) == ([running], 0)
    assert Alert.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_that_claim_at_once_one_runs() -> None:
    start = threading.Barrier(6)
    claimed: list[Run] = []
    refused: list[str] = []

    def claim(source: SourceName) -> None:
        try:
            start.wait()
            claimed.append(claim_run(source=source, now=NOW))
        except SyncBusy as busy:
            refused.append(str(busy))
        finally:
            connection.close()

    sources = [SourceName.PORTAL, SourceName.PANEL, SourceName.UNGATING] * 2
    threads = [threading.Thread(target=claim, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(claimed), len(refused)) == (1, 5)
    assert Run.objects.count() == 1
    assert SourceState.objects.exclude(last_run=None).get().last_run == claimed[0]


@pytest.mark.django_db
def test_every_set_source_runs_in_order_and_a_failure_stops_no_other(tmp_path: Path, settings: Any) -> None:
    settings.PORTAL_URL = "file:/nowhere.csv"
    settings.PANEL_URL = f"file:{panel(tmp_path)}"
    assert sync_all() == [
        "portal: failed. /nowhere.csv does not exist.",
        "panel: 2 created; 0 refused, 0 warnings.",
        "ungating: not set (UNGATING_URL), skipped.",
        "preorders: not set (PREORDERS_URL), skipped.",
    ]
    assert list(Run.objects.order_by("pk").values_list("kind", "state")) == [
        ("sync.portal", "failed"), ("sync.panel", "succeeded")
    ]  # fmt: skip
    sync_all()
    trouble = Alert.objects.get(kind=AlertKind.SYNC_TROUBLE)
    assert (trouble.count, trouble.title) == (2, "Buying portal: the sync failed")


@pytest.mark.django_db
def test_the_run_is_named_in_the_logs_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def reader(*_: object) -> None:
        seen.append(dict(get_contextvars()))
        raise Crash

    monkeypatch.setitem(runs.READERS, SourceName.PORTAL, reader)
    report = sync_source(source=SourceName.PORTAL, file=tmp_path, now=NOW)
    assert seen == [{"run_id": report.run_id, "sync_source": "portal"}]
    assert "run_id" not in get_contextvars()
