"""Backup and restore as an operator runs them, on the database that the tests run on."""

import hashlib
import io
import json
import stat
import threading
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from clients.models import Client, EntryKind, LedgerEntry
from common.models import Run, RunState
from common.triggers import create_triggers, drop_triggers
from notifications.models import Alert, AlertKind, AlertState
from operations.backups.services import make_backup
from operations.backups.state import State, read_state
from operations.backups.storage import stored_backups
from operations.tasks import run_backup
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.BACKUP_STORAGE = f"file:{tmp_path / 'backups'}"
    return tmp_path / "backups"


@pytest.fixture
def goods() -> None:
    """Two clients with $1,000 and $250.50, 120 units; text that dumps like to break."""
    make_client(name="Ünï\n`'\";-- \\ 大 😀")
    ungate(make_store("7", client=make_client("2", balance="250.50")))
    make_asin()


def live_state() -> State:
    with connection.cursor() as cursor:
        return read_state(cursor, connection.introspection.table_names(cursor))


def run(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def wipe(model: Any) -> None:
    """As an accident does: no keys checked, no trigger in the way."""
    drop_triggers(connection)
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
    create_triggers(connection)


def test_a_wiped_table_comes_back(goods: None, folder: Path) -> None:
    run("backup")
    before = live_state()
    wipe(LedgerEntry)
    wipe(Client)
    assert live_state().sums["clients_ledgerentry.balance_change"] == 0
    said = run("restore", "--latest", "--yes")
    after = live_state()
    assert after.sums == before.sums
    assert after.sums["clients_ledgerentry.balance_change"] == 125_050
    assert dict(after.rows) == dict(before.rows) | {"common_run": before.rows["common_run"] + 1}
    assert Client.objects.get(panel_id="1").name == "Ünï\n`'\";-- \\ 大 😀"
    assert f"What was there before is kept in {folder}/allocation-" in said
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_after_a_restore_the_ledger_is_append_only_and_keys_hold(goods: None) -> None:
    run("backup")
    run("restore", "--latest", "--yes")
    for sql in ("UPDATE clients_ledgerentry SET reason = 'x'", "DELETE FROM inventory_stockmovement"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    with pytest.raises(DatabaseError), transaction.atomic():
        LedgerEntry.objects.create(client_id=999, kind=EntryKind.PANEL, balance_change=Decimal(1), key="no client")
        connection.check_constraints()
    make_client("3")
    assert LedgerEntry.objects.aggregate(total=Sum("balance_change"))["total"] == Decimal("2250.50")


def test_a_backup_is_a_run_and_private(goods: None, folder: Path) -> None:
    name = run_backup()
    backup_run = Run.objects.get(kind="backup")
    made = folder / name
    assert backup_run.state == RunState.SUCCEEDED
    assert backup_run.counts["rows"] == sum(live_state().rows.values())
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [name]
    assert f"{name[:48]:<48}" in run("backups")
    assert f"{name}: sound." in run("verify_backup", name)


def test_the_run_of_a_restored_backup_is_ended(goods: None) -> None:
    run("backup")
    run("restore", "--latest", "--yes")
    assert list(Run.objects.order_by("id").values_list("kind", "state")) == [
        ("backup", "succeeded"),
        ("restore", "succeeded"),
    ]


def test_latest_is_never_the_safety_copy(goods: None, folder: Path) -> None:
    run("backup")
    wipe(LedgerEntry)
    for _ in range(2):
        run("restore", "--latest", "--yes")
        assert LedgerEntry.objects.count() == 2
    assert [backup.is_safety for backup in stored_backups(folder)].count(True) == 2


def test_without_the_typed_word_nothing_is_restored(goods: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run("backup")
    make_client("3")
    before = live_state()
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    with pytest.raises(CommandError, match="Nothing was restored"):
        run("restore", "--latest")
    assert live_state() == before
    monkeypatch.setattr("sys.stdin", io.StringIO("restore\n"))
    run("restore", "--latest")
    assert not Client.objects.filter(panel_id="3").exists()


def test_writers_go_on_during_a_backup_that_is_still_of_one_moment(goods: None) -> None:
    """Each writer adds pairs of entries that cancel out, in one transaction: a torn copy would not sum up."""
    client, stop, written = Client.objects.get(panel_id="2"), threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            with transaction.atomic():
                for change in (1, -1):
                    key = f"pair:{len(written)}:{change}"
                    LedgerEntry.objects.create(
                        client=client, kind=EntryKind.PANEL, balance_change=Decimal(change), key=key
                    )
            written.append(1)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [make_backup().manifest.state for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert [state.sums["clients_ledgerentry.balance_change"] for state in made] == [125_050] * 3
    counts = [state.rows["clients_ledgerentry"] for state in made]
    assert counts == sorted(counts) and len(written) > 3
    assert [count % 2 for count in counts] == [0, 0, 0]


def test_a_failed_backup_is_an_alert_and_leaves_no_file(goods: None, folder: Path, settings: Any) -> None:
    storage, settings.BACKUP_STORAGE = settings.BACKUP_STORAGE, "s3://bucket"
    for _ in range(2):
        with pytest.raises(CommandError, match="only folders are supported yet"):
            run("backup")
    alert = Alert.objects.get()
    assert (alert.kind, alert.count, alert.state) == (AlertKind.BACKUP_TROUBLE, 2, AlertState.OPEN)
    assert list(Run.objects.values_list("state", flat=True)) == ["failed", "failed"]
    settings.BACKUP_STORAGE = storage
    run("backup")
    alert.refresh_from_db()
    assert alert.state == AlertState.DONE


def test_a_full_disk_is_an_alert_and_leaves_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CommandError, match="No space left on device"):
        run("backup")
    assert list(folder.iterdir()) == []
    assert Alert.objects.get().body == "The work stopped: [Errno 28] No space left on device"


Tamper = Callable[[Path], None]


def rewrite(path: Path, change: Callable[[dict[str, Any], bytes], bytes]) -> None:
    """The same container with another manifest or other data, its checksums made right."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    data = change(manifest, members["data"])
    if data != members["data"]:
        manifest |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data", data)
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("verified.json", members["verified.json"])


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_checksum(path: Path) -> None:
    rewrite(path, lambda manifest, data: [manifest.update(sha256="0" * 64), data][1])


def other_database(path: Path) -> None:
    other = "sqlite" if connection.vendor == "mysql" else "mysql"
    rewrite(path, lambda manifest, data: [manifest.update(vendor=other), data][1])


def newer_schema(path: Path) -> None:
    rewrite(path, lambda manifest, data: [manifest["state"]["schema"].update(inventory="0099_later"), data][1])


def half_the_data(path: Path) -> None:
    """Cut at the end of a statement, with a manifest that says it is whole."""
    rewrite(path, lambda manifest, data: data[: data.rindex(b"\n", 0, len(data) // 2) + 1])


def lie_about_rows(path: Path) -> None:
    rewrite(path, lambda manifest, data: [manifest["state"]["rows"].update(clients_ledgerentry=3), data][1])


def lie_about_sums(path: Path) -> None:
    key = {"clients_ledgerentry.balance_change": 125_051}
    rewrite(path, lambda manifest, data: [manifest["state"]["sums"].update(key), data][1])


def table_left_out(path: Path) -> None:
    rewrite(path, lambda manifest, data: [manifest["state"]["rows"].pop("clients_store"), data][1])


def no_manifest(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", b"")


def rubbish(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0 or so")


REFUSALS: list[tuple[Tamper, str]] = [
    (truncated, "is damaged or no backup"),
    (flipped_bit, "is damaged"),
    (other_checksum, "its data is not what its manifest says"),
    (other_database, "and this one is (sqlite|mysql)"),
    (newer_schema, "it has migrations that this code lacks: inventory.0099_later"),
    (half_the_data, "no sound SQLite database|last line is missing|could not be loaded"),
    (lie_about_rows, "rows of clients_ledgerentry: 3 expected, 2 found"),
    (lie_about_sums, "balance_change: 125051 expected, 125050 found"),
    (table_left_out, "rows of clients_store: none expected, 1 found"),
    (no_manifest, "is damaged or no backup"),
    (rubbish, "is damaged or no backup"),
]


def test_what_is_not_sound_is_refused_before_the_database_is_touched(goods: None, folder: Path) -> None:
    made = folder / run_backup()
    sound, before = made.read_bytes(), live_state()
    for tamper, reason in REFUSALS:
        made.write_bytes(sound)
        tamper(made)
        for command in (["restore", made.name, "--yes"], ["verify_backup", made.name]):
            with pytest.raises(CommandError, match=reason):
                run(*command)
        assert live_state() == before, tamper.__name__
        assert [path.name for path in folder.iterdir()] == [made.name], tamper.__name__
    with pytest.raises(CommandError, match="There is no backup nowhere"):
        run("restore", "nowhere.backup", "--yes")
    made.write_bytes(sound)
    run("restore", made.name, "--yes")
