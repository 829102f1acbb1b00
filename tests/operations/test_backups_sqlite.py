"""SQLite's traps: a leftover -wal, a damaged live file, a file that another process holds."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from operations.backups import sqlite
from operations.backups.errors import BackupFailed, DatabaseUnreadable, RestoreFailed
from operations.backups.sqlite import SqliteDatabase
from operations.backups.state import State

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")


@pytest.fixture
def live(tmp_path: Path) -> SqliteDatabase:
    """A database in WAL mode with 3,000 rows of 2 cents."""
    wrapper: BaseDatabaseWrapper = connection.copy(alias="try")
    wrapper.settings_dict["NAME"] = str(tmp_path / "live.sqlite3")
    with closing(sqlite3.connect(tmp_path / "live.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE clients_client (id INTEGER PRIMARY KEY, balance INTEGER, held INTEGER)")
        database.executemany("INSERT INTO clients_client(balance, held) VALUES (2, 0)", [()] * 3000)
        database.commit()
    return SqliteDatabase(wrapper)


@pytest.fixture
def writer(live: SqliteDatabase) -> Iterator[sqlite3.Connection]:
    """A process that lives on: its -wal is never folded into the file."""
    with closing(sqlite3.connect(live.path, isolation_level=None)) as database:
        database.execute("PRAGMA wal_autocheckpoint=0")
        yield database


def taken(live: SqliteDatabase, path: Path, *, tolerant: bool = False) -> State:
    with path.open("wb") as file:
        return live.dump(file.write, tolerant=tolerant)


def put_back(live: SqliteDatabase, path: Path) -> None:
    with path.open("rb") as file, live.scratch(file) as scratch:
        scratch.become_live()


def rows(live: SqliteDatabase) -> int:
    with closing(sqlite3.connect(live.path)) as database:
        return int(database.execute("SELECT COUNT(*) FROM clients_client").fetchone()[0])


def test_a_backup_holds_what_is_only_in_the_wal(
    live: SqliteDatabase, writer: sqlite3.Connection, tmp_path: Path
) -> None:
    writer.execute("INSERT INTO clients_client(balance, held) VALUES (7, 0)")
    state = taken(live, tmp_path / "copy")
    assert (state.rows, state.sums["clients_client.balance"]) == ({"clients_client": 3001}, 6007)
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT COUNT(*), SUM(balance) FROM clients_client").fetchone() == (3001, 6007)


def test_a_leftover_wal_does_not_undo_the_restore(
    live: SqliteDatabase, writer: sqlite3.Connection, tmp_path: Path
) -> None:
    """Copied over, the file would show the 2,000 rows of the -wal and pass every integrity check."""
    taken(live, tmp_path / "copy")
    writer.execute("DELETE FROM clients_client WHERE id > 2000")
    assert live.path.with_name("live.sqlite3-wal").stat().st_size > 0
    put_back(live, tmp_path / "copy")
    assert rows(live) == 3000
    assert writer.execute("SELECT COUNT(*) FROM clients_client").fetchone() == (3000,)
    writer.execute("INSERT INTO clients_client(balance, held) VALUES (7, 0)")
    assert rows(live) == 3001


def test_a_locked_database_stays_as_it_is(
    live: SqliteDatabase, writer: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.3)
    taken(live, tmp_path / "copy")
    writer.execute("DELETE FROM clients_client WHERE id > 2000")
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(RestoreFailed, match=r"is locked.*as it was before"):
        put_back(live, tmp_path / "copy")
    writer.execute("ROLLBACK")
    assert rows(live) == 2000


def test_a_damaged_database_is_set_aside_and_replaced(live: SqliteDatabase, tmp_path: Path) -> None:
    taken(live, tmp_path / "copy")
    live.path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(DatabaseUnreadable, match="not a database"):
        live.is_empty()
    put_back(live, tmp_path / "copy")
    assert rows(live) == 3000
    aside = list(tmp_path.glob("live.sqlite3.damaged-*"))
    assert [path.read_bytes()[:21] for path in aside] == [b"not a database at all"]


def test_damage_inside_fails_the_backup(live: SqliteDatabase, tmp_path: Path) -> None:
    content = bytearray(live.path.read_bytes())
    content[4096 * 2 : 4096 * 4] = b"\xff" * 8192
    live.path.write_bytes(content)
    with pytest.raises(DatabaseUnreadable, match="malformed"):
        taken(live, tmp_path / "copy", tolerant=True)


def test_rows_that_point_nowhere_fail_a_backup_but_not_the_copy_before_a_restore(
    live: SqliteDatabase, writer: sqlite3.Connection, tmp_path: Path
) -> None:
    writer.execute("CREATE TABLE store (client INTEGER REFERENCES clients_client(id))")
    writer.execute("INSERT INTO store VALUES (99999)")
    with pytest.raises(BackupFailed, match="point to rows that do not exist, in: store"):
        taken(live, tmp_path / "copy")
    assert taken(live, tmp_path / "copy", tolerant=True).rows["store"] == 1


def test_what_a_killed_process_left_is_removed_a_day_later(live: SqliteDatabase, tmp_path: Path) -> None:
    old, new = tmp_path / "allocation-scratch-old", tmp_path / "allocation-scratch-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "copy.sqlite3").touch()
    os.utime(old, (0, 0))
    taken(live, tmp_path / "copy")
    assert [path.name for path in tmp_path.glob("allocation-scratch-*")] == [new.name]


@pytest.mark.django_db(transaction=True)
def test_the_commands_bring_back_a_database_that_is_gone_or_damaged(tmp_path: Path) -> None:
    """In processes of their own: back up, lose the file, restore; then the same with a damaged one."""
    own, backups = tmp_path / "own.sqlite3", tmp_path / "backups"
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as tests,
        closing(sqlite3.connect(own)) as copy,
    ):
        tests.backup(copy)

    def manage(*command: str) -> str:
        address = {"DATABASE_URL": f"sqlite:///{own}", "BACKUP_STORAGE": f"file:{backups}"}
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=os.environ | address | {"DJANGO_SETTINGS_MODULE": "settings.test"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def policies() -> int:
        with closing(sqlite3.connect(own)) as database:
            return int(database.execute("SELECT COUNT(*) FROM allocation_policy").fetchone()[0])

    manage("backup")
    for path in tmp_path.glob("own.sqlite3*"):
        path.unlink()
    assert "There was nothing before" in manage("restore", "--latest", "--yes")
    assert policies() == 4
    own.write_bytes(b"rubbish" * 999)
    assert "could not be read" in manage("restore", "--latest", "--yes")
    assert policies() == 4
