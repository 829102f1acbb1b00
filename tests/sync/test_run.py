"""One run from its claim to its end: leases, crashes, order."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from structlog.contextvars import get_contextvars

from common.models import Run, RunState
from common.runs import LeaseLost, RunBusy, keep_alive, lock_run
from inventory.models import Asin
from notifications.models import Alert, AlertKind
from sync.models import RowIssue, SourceName, SourceState
from sync.services import ending, sync_every_source, sync_source
from sync.services import run as runs
from sync.services.context import Ask
from sync.services.lease import begin_run
from sync.services.polling import poll_source
from sync.services.words import headline
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
        patch.setattr(ending, "trouble_is_over", crash)
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


def lose_lease(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def start_run(source: SourceName = SourceName.PORTAL, target: str = "", by_hand: bool = False) -> Run:
    return begin_run(source=source, target=target, by_hand=by_hand, actor=None)


@pytest.mark.django_db
def test_one_run_of_a_source_at_a_time_and_others_beside_it() -> None:
    first = start_run()
    with pytest.raises(RunBusy, match=rf"Another run \(sync\.portal #{first.pk}, started 0 min ago\) is under way"):
        start_run()
    assert start_run(SourceName.PANEL).pk != first.pk
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_lost_run_is_taken_up_in_its_own_row_and_the_old_worker_writes_nothing() -> None:
    first = start_run()
    lose_lease(first)
    second = start_run()
    assert (second.pk, second.attempts, second.state) == (first.pk, 2, RunState.RUNNING)
    with transaction.atomic():
        with pytest.raises(LeaseLost):
            lock_run(run=first)
        lock_run(run=second)
    with pytest.raises(LeaseLost):
        keep_alive(run=first)
    keep_alive(run=second, done=3, total=9)
    second.refresh_from_db()
    assert (second.done, second.total) == (3, 9)


@pytest.mark.django_db
def test_a_lost_run_of_a_file_is_not_taken_up_by_the_poll() -> None:
    by_hand = start_run(target="/tmp/sheet.csv", by_hand=True)
    lose_lease(by_hand)
    poll = start_run()
    by_hand.refresh_from_db()
    assert (by_hand.state, by_hand.error) == (
        RunState.FAILED, "Its worker was lost before the end; nothing was written."
    )  # fmt: skip
    assert (poll.pk != by_hand.pk, poll.attempts) == (True, 1)


@pytest.mark.django_db
def test_a_run_that_kills_its_worker_three_times_is_parked_until_a_person_starts_it(
    tmp_path: Path, settings: Any
) -> None:
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(1)])}"
    for attempt in (1, 2, 3):
        run = start_run()
        assert run.attempts == attempt
        lose_lease(run)
    report = poll_source(source=SourceName.PORTAL)
    run.refresh_from_db()
    assert (report.state, run.state, run.attempts) == (RunState.PARKED, RunState.PARKED, 3)
    assert run.error.startswith("It was started 3 times and each time its worker was lost before the end.")
    assert poll_source(source=SourceName.PORTAL).state == RunState.PARKED
    alert = Alert.objects.get()
    assert (alert.title, alert.count) == ("Buying portal: its sync is parked after 3 starts", 1)
    assert (Run.objects.count(), Asin.objects.count()) == (1, 0)

    assert sync_source(source=SourceName.PORTAL).created == 1
    assert poll_source(source=SourceName.PORTAL).unchanged == 1
    alert.refresh_from_db()
    assert alert.state == "done"


@pytest.mark.django_db
def test_a_run_that_was_taken_over_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow run has read an old sheet; meanwhile its lease ends and another run takes over."""
    old = sheet(tmp_path, [asin_row(1, cost="1.00")])
    read = runs.READERS[SourceName.PORTAL]

    def slow(ask: Ask) -> Any:
        write = read(ask)
        monkeypatch.setitem(runs.READERS, SourceName.PORTAL, read)
        lose_lease(Run.objects.get())
        assert portal(sheet(tmp_path, [asin_row(1, cost="2.00")])).created == 1
        return write

    monkeypatch.setitem(runs.READERS, SourceName.PORTAL, slow)
    report = portal(old)
    assert report.state == RunState.FAILED
    assert report.error.endswith("was taken over by another worker, or ended by a person; this one wrote nothing.")
    assert [str(asin.unit_cost) for asin in Asin.objects.all()] == ["2.00"]
    assert Run.objects.get().state == RunState.SUCCEEDED


@pytest.mark.django_db
def test_a_source_under_way_keeps_only_itself_from_starting(tmp_path: Path, settings: Any) -> None:
    settings.PORTAL_URL = f"file:{sheet(tmp_path, [asin_row(1)])}"
    settings.PANEL_URL = f"file:{panel(tmp_path)}"
    start_run()
    reports = sync_every_source(now=NOW)
    assert [(report.source, report.state) for report in reports[:2]] == [
        (SourceName.PORTAL, "busy"), (SourceName.PANEL, RunState.SUCCEEDED)
    ]  # fmt: skip
    assert (Asin.objects.count(), Alert.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left_behind", [False, True])
def test_of_many_that_claim_at_once_one_runs(left_behind: bool) -> None:
    if left_behind:
        lose_lease(start_run())
    start = threading.Barrier(6)
    claimed: list[Run] = []
    refused: list[str] = []

    def claim() -> None:
        try:
            start.wait()
            claimed.append(start_run())
        except RunBusy as busy:
            refused.append(str(busy))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(claimed), len(refused)) == (1, 5)
    run = Run.objects.get()
    assert (run, run.attempts) == (claimed[0], 2 if left_behind else 1)
    assert SourceState.objects.get(source="portal").last_run == run


@pytest.mark.django_db
def test_every_set_source_runs_in_order_and_a_failure_stops_no_other(tmp_path: Path, settings: Any) -> None:
    settings.PORTAL_URL = "file:/nowhere.csv"
    settings.PANEL_URL = f"file:{panel(tmp_path)}"
    assert [headline(report) for report in sync_every_source()] == [
        "portal: failed. /nowhere.csv does not exist.",
        "panel: 2 created; 0 refused, 0 warnings.",
        "ungating: not set (UNGATING_URL), skipped.",
        "preorders: not set (PREORDERS_URL), skipped.",
    ]
    assert list(Run.objects.order_by("pk").values_list("kind", "state")) == [
        ("sync.portal", "failed"), ("sync.panel", "succeeded")
    ]  # fmt: skip
    sync_every_source()
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
