"""Make, verify and restore a backup: one function each, for commands and tasks."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils import timezone

from common.errors import DomainError
from common.models import Run, RunState
from common.triggers import create_triggers
from notifications.models import AlertKind
from notifications.services import close_alert, raise_alert
from operations.backups.container import (
    Manifest,
    check_data,
    mark_verified,
    open_data,
    read_notes,
    write_container,
)
from operations.backups.databases import Database, Scratch, database_for
from operations.backups.errors import BackupFailed, BackupRefused, DatabaseUnreadable, RestoreFailed
from operations.backups.state import differences, missing_migrations, unknown_migrations
from operations.backups.storage import backup_folder, new_path, part_of, prune, publish

KIND = "backup"
SHOWN = 5
TROUBLE = (OSError, sqlite3.Error, DatabaseError)


@dataclass(frozen=True)
class MadeBackup:
    """A backup that was loaded and proved equal. `removed`: names that the retention rules let go."""

    path: Path
    manifest: Manifest
    seconds: float
    removed: list[str]


@dataclass(frozen=True)
class Restored:
    """`safety`: the copy of what was there before, None where there was nothing to copy or it was unreadable.
    `unapplied`: migrations that the restored database still needs."""

    manifest: Manifest
    safety: Path | None
    seconds: float
    unapplied: list[str]


def make_backup(*, using: str = DEFAULT_DB_ALIAS) -> MadeBackup:
    """Back up the database into BACKUP_STORAGE, prove it, drop what retention lets go; recorded as a run.

    Raises BackupFailed, after an alert, where any of it fails; then no file is stored.
    """
    with _trouble_named():
        run = Run.objects.using(using).create(kind=KIND)
    started = time.monotonic()
    try:
        with _trouble_named():
            folder = backup_folder()
            path, manifest = _store(database_for(using), folder, is_safety=False, tolerant=False, run=run.pk)
            removed = prune(folder)
    except BaseException as error:
        run.finish(RunState.FAILED, error=str(error))
        raise_alert(kind=AlertKind.BACKUP_TROUBLE, title="The backup failed", body=str(error), fold_key=KIND)
        raise
    run.finish(RunState.SUCCEEDED, counts=_counts(manifest))
    close_alert(kind=AlertKind.BACKUP_TROUBLE, fold_key=KIND)
    return MadeBackup(path, manifest, time.monotonic() - started, removed)


def verify_backup(*, path: Path, using: str = DEFAULT_DB_ALIAS) -> Manifest:
    """Load `path` into a scratch database and compare. Raises BackupRefused where it is not equal."""
    with _trouble_named(), _proved(path, database_for(using)) as (manifest, _):
        return manifest


def restore_backup(
    *, path: Path, confirm: Callable[[Manifest, str], bool], using: str = DEFAULT_DB_ALIAS
) -> Restored | None:
    """Replace the content of the database by the backup `path`, once it is proved and `confirm` said yes.

    `confirm` gets the manifest and the name of the database; None is returned where it declines. Raises
    BackupRefused or BackupFailed before the live database is touched, RestoreFailed after.
    """
    started = time.monotonic()
    with _trouble_named():
        database = database_for(using)
        with _proved(path, database) as (manifest, scratch):
            if not confirm(manifest, database.name):
                return None
            safety = _safety_copy(database)
            connections[using].close()
            scratch.become_live()
    _settle(using, manifest)
    return Restored(manifest, safety, time.monotonic() - started, missing_migrations(manifest.state.schema))


def _store(
    database: Database, folder: Path, *, is_safety: bool, tolerant: bool, run: int | None = None
) -> tuple[Path, Manifest]:
    """Write a part, load and compare it, and only then give it its name."""
    at, started = timezone.now(), time.monotonic()
    path = new_path(folder, vendor=database.vendor, at=at, is_safety=is_safety)
    part = part_of(path)
    try:
        manifest = write_container(
            part, lambda sink: database.dump(sink, tolerant=tolerant), vendor=database.vendor, at=at, run=run
        )
        with _proved(part, database, may_be_newer=True):
            pass
        mark_verified(part, at=timezone.now(), seconds=time.monotonic() - started)
        publish(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path, manifest


@contextmanager
def _proved(path: Path, database: Database, *, may_be_newer: bool = False) -> Iterator[tuple[Manifest, Scratch]]:
    """The backup loaded beside the live database, equal to its manifest. Raises BackupRefused."""
    manifest, _ = read_notes(path)
    if manifest.vendor != database.vendor:
        raise BackupRefused(f"{path.name} is of a {manifest.vendor} database, and this one is {database.vendor}.")
    newer = unknown_migrations(manifest.state.schema)
    if newer and not may_be_newer:
        raise BackupRefused(
            f"{path.name} is newer than this application (made by version {manifest.application}); "
            f"it has migrations that this code lacks: {_some(newer)}."
        )
    check_data(path, manifest)
    with open_data(path) as data, database.scratch(data) as scratch:
        if unequal := differences(manifest.state, scratch.state()):
            raise BackupRefused(f"{path.name} is not what its manifest says: {_some(unequal)}.")
        yield manifest, scratch


def _safety_copy(database: Database) -> Path | None:
    """A backup of what is there now, unless there is nothing or it cannot be read."""
    try:
        if database.is_empty():
            return None
        return _store(database, backup_folder(), is_safety=True, tolerant=True)[0]
    except DatabaseUnreadable:
        return None


def _settle(using: str, manifest: Manifest) -> None:
    """In the restored database: append-only again, the run of the backup ended, the restore recorded."""
    try:
        create_triggers(connections[using])
        runs = Run.objects.using(using)
        for run in runs.filter(pk=manifest.run or 0, kind=KIND, state=RunState.RUNNING):
            run.finish(RunState.SUCCEEDED, counts=_counts(manifest))
        runs.create(kind="restore").finish(RunState.SUCCEEDED, counts=_counts(manifest))
    except DatabaseError as error:
        raise RestoreFailed(
            f"The data is restored, but the database is not ready yet ({error}): run manage.py migrate."
        ) from error


def _counts(manifest: Manifest) -> dict[str, int]:
    rows = manifest.state.rows
    return {"tables": len(rows), "rows": sum(rows.values()), "bytes": manifest.size}


def _some(lines: list[str]) -> str:
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more


@contextmanager
def _trouble_named() -> Iterator[None]:
    """A full disk or a lost connection, as an error that the operator can read."""
    try:
        yield
    except DomainError:
        raise
    except TROUBLE as error:
        raise BackupFailed(f"The work stopped: {error}") from error
