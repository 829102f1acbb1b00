"""SQLite: copies through the online backup API in both directions, never a file copy.

A file copied over a live database in WAL mode restores nothing: the leftover -wal is replayed over it. The
backup API writes the live file as one transaction of SQLite itself: readers see the old content or the new, a
killed restore leaves the old one, and other processes go on with the file they have open.
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper

from operations.backups.container import CHUNK
from operations.backups.errors import BackupFailed, BackupRefused, DatabaseUnreadable, RestoreFailed
from operations.backups.state import State, read_state

BUSY_SECONDS = 20.0
WORKSPACE, ABANDONED = "allocation-scratch-", 24 * 3600
DAMAGED = ("not a database", "malformed")


class SqliteDatabase:
    vendor = "sqlite"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.name = str(connection.settings_dict["NAME"])
        if connection.is_in_memory_db():  # type: ignore[attr-defined]
            raise BackupFailed("A database in memory cannot be backed up.")
        self.path = Path(self.name)

    def is_empty(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return True
        with _damage_named(self.path), closing(_open(self.path)) as live:
            return not _tables(live)

    def dump(self, sink: Callable[[bytes], Any], *, tolerant: bool = False) -> State:
        if not self.path.exists():
            raise BackupFailed(f"There is no database {self.path}.")
        with _workspace(self.path.parent) as folder:
            copy = folder / "copy.sqlite3"
            with _damage_named(self.path):
                state = self._copy_to(copy)
                _check(copy, tolerant=tolerant)
            with copy.open("rb") as file:
                while block := file.read(CHUNK):
                    sink(block)
        return state

    def _copy_to(self, copy: Path) -> State:
        """Count and copy inside one read transaction, so both are of one moment."""
        with closing(_open(self.path)) as live, closing(sqlite3.connect(copy)) as target:
            live.execute("BEGIN")
            state = read_state(live.cursor(), _tables(live))
            live.backup(target, progress=_not_for_ever())
            target.execute("PRAGMA journal_mode=DELETE")
        return state

    @contextmanager
    def scratch(self, data: IO[bytes]) -> Iterator["SqliteScratch"]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _workspace(self.path.parent) as folder:
            file = folder / "scratch.sqlite3"
            with file.open("wb") as target:
                shutil.copyfileobj(data, target, CHUNK)
            try:
                _check(file, tolerant=True)
            except (sqlite3.DatabaseError, BackupFailed) as error:
                raise BackupRefused(f"The data of the backup is no sound SQLite database: {error}") from error
            yield SqliteScratch(file, self)


class SqliteScratch:
    def __init__(self, path: Path, live: SqliteDatabase) -> None:
        self.path, self.live = path, live

    def state(self) -> State:
        with closing(_open(self.path)) as scratch:
            return read_state(scratch.cursor(), _tables(scratch))

    def become_live(self) -> None:
        try:
            self._write_into_live()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise RestoreFailed(f"SQLite refused ({error}): the database is as it was before.") from error
            self._replace_damaged()

    def _write_into_live(self) -> None:
        with (
            closing(_open(self.path)) as scratch,
            closing(sqlite3.connect(self.live.path, timeout=BUSY_SECONDS)) as live,
        ):
            live.execute("PRAGMA journal_mode=WAL")
            scratch.backup(live, progress=_not_for_ever())
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _replace_damaged(self) -> None:
        """A damaged file takes no content: set it aside with its -wal and -shm, never delete it."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        live = self.live.path
        for suffix in ("-wal", "-shm", ""):
            old = live.with_name(live.name + suffix)
            if old.exists():
                old.rename(live.with_name(f"{live.name}.damaged-{stamp}{suffix}"))
        self._write_into_live()


@contextmanager
def _workspace(parent: Path) -> Iterator[Path]:
    """A folder for one copy, removed at the end; those that killed processes left a day ago go first."""
    for old in parent.glob(f"{WORKSPACE}*"):
        if old.stat().st_mtime < time.time() - ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=WORKSPACE) as folder:
        yield Path(folder)


def _open(path: Path) -> sqlite3.Connection:
    """An existing database in autocommit mode; the file is never created."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return [name for (name,) in rows]


def _check(path: Path, *, tolerant: bool) -> None:
    """Raises BackupFailed where the file is inconsistent or, unless `tolerant`, a row points nowhere."""
    with closing(_open(path)) as database:
        faults = [line for (line,) in database.execute("PRAGMA integrity_check(5)") if line != "ok"]
        if faults:
            raise DatabaseUnreadable(f"The database is malformed: {'; '.join(faults)}.")
        orphans = {table for table, *_ in database.execute("PRAGMA foreign_key_check")}
        if orphans and not tolerant:
            raise BackupFailed(f"Rows point to rows that do not exist, in: {', '.join(sorted(orphans))}.")


def _is_damage(error: sqlite3.Error) -> bool:
    return any(words in str(error) for words in DAMAGED)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise DatabaseUnreadable(f"{path} cannot be read: {error}.") from error
        raise BackupFailed(f"SQLite refused to read {path}: {error}.") from error


def _not_for_ever() -> Callable[[int, int, int], None]:
    """The backup API retries while the file is locked, without end: give up after BUSY_SECONDS."""
    limit = time.monotonic() + BUSY_SECONDS

    def progress(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > limit:
            raise sqlite3.OperationalError("database is locked")

    return progress
