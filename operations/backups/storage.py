"""The folder of backups: names, listing, which to keep."""

import os
import re
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from operations.backups.container import Manifest, read_notes
from operations.backups.errors import BackupFailed, BackupRefused

NAME = re.compile(r"allocation-(\d{8}-\d{6})-([a-z]+?)(-safety)?\.backup")
DAILY, WEEKLY, MONTHLY, SAFETY = 7, 4, 12, 3
ABANDONED = 24 * 3600


@dataclass(frozen=True)
class StoredBackup:
    """One file. `taken_at` is in its name, in UTC; `problem` says why it cannot be read, or is empty."""

    path: Path
    taken_at: datetime
    vendor: str
    is_safety: bool
    size: int
    manifest: Manifest | None
    verified_at: datetime | None
    problem: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def rows(self) -> int:
        return sum(self.manifest.state.rows.values()) if self.manifest else 0


def backup_folder() -> Path:
    """The folder of BACKUP_STORAGE, made where missing. Raises BackupFailed for all but `file:<folder>`."""
    kind, _, folder = settings.BACKUP_STORAGE.partition(":")
    if kind != "file" or not folder:
        raise BackupFailed(
            f"BACKUP_STORAGE is {settings.BACKUP_STORAGE!r}: only folders are supported yet (file:<folder>)."
        )
    path = Path(folder.removeprefix("//")) if folder.startswith("///") else Path(folder)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_path(folder: Path, *, vendor: str, at: datetime, is_safety: bool) -> Path:
    """A free name for a backup taken at `at`: a second later where one of that second exists or is made."""
    while True:
        stamp = at.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
        path = folder / f"allocation-{stamp}-{vendor}{'-safety' if is_safety else ''}.backup"
        if not path.exists() and not part_of(path).exists():
            return path
        at += timedelta(seconds=1)


def part_of(path: Path) -> Path:
    """The name under which `path` is written until it has proved equal."""
    return path.with_name(path.name + ".part")


def publish(part: Path, path: Path) -> None:
    """Give a finished backup its name, at once and lastingly."""
    part.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stored_backups(folder: Path) -> list[StoredBackup]:
    """Every backup in `folder`, newest first, those that cannot be read too."""
    found = [_describe(path, match) for path in folder.iterdir() if (match := NAME.fullmatch(path.name))]
    return sorted(found, key=lambda backup: (backup.taken_at, backup.name), reverse=True)


def _describe(path: Path, match: re.Match[str]) -> StoredBackup:
    taken_at = datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    manifest, verified_at, problem = None, None, ""
    try:
        manifest, verified_at = read_notes(path)
    except BackupRefused as error:
        problem = str(error)
    return StoredBackup(
        path, taken_at, match[2], match[3] is not None, path.stat().st_size, manifest, verified_at, problem
    )


def latest_verified(folder: Path, *, vendor: str) -> StoredBackup:
    """The newest verified backup of this kind of database; safety copies of a restore do not count."""
    for backup in stored_backups(folder):
        if backup.vendor == vendor and backup.verified_at and not backup.is_safety:
            return backup
    raise BackupRefused(f"There is no verified backup of a {vendor} database in {folder}.")


def find_backup(folder: Path, name: str) -> Path:
    """`name` as a path, or as the name of a backup in `folder`. Raises BackupRefused where neither exists."""
    for path in (Path(name), folder / name):
        if path.is_file():
            return path
    raise BackupRefused(f"There is no backup {name}, neither here nor in {folder}.")


def to_delete(backups: Iterable[StoredBackup]) -> list[StoredBackup]:
    """Verified backups that no rule keeps.

    Kept are the newest of each of the last 7 days, 4 weeks and 12 months that have one.

    It goes by kind of database; of safety copies the newest 3 stay. A backup that is not verified keeps no
    place and is never deleted: a person should look at it.
    """
    newest_first = sorted((b for b in backups if b.verified_at), key=lambda backup: backup.taken_at, reverse=True)
    doomed: list[StoredBackup] = []
    for vendor in sorted({backup.vendor for backup in newest_first}):
        ours = [backup for backup in newest_first if backup.vendor == vendor]
        regular = [backup for backup in ours if not backup.is_safety]
        kept = {
            backup.path
            for period, places in ((_day, DAILY), (_week, WEEKLY), (_month, MONTHLY))
            for backup in _newest_of_each(regular, period, places)
        }
        doomed += [backup for backup in regular if backup.path not in kept]
        doomed += [backup for backup in ours if backup.is_safety][SAFETY:]
    return doomed


def _day(day: date) -> Hashable:
    return day


def _week(day: date) -> Hashable:
    return day.isocalendar()[:2]


def _month(day: date) -> Hashable:
    return day.year, day.month


def _newest_of_each(
    newest_first: Iterable[StoredBackup], period: Callable[[date], Hashable], places: int
) -> list[StoredBackup]:
    found: dict[Hashable, StoredBackup] = {}
    for backup in newest_first:
        found.setdefault(period(timezone.localdate(backup.taken_at)), backup)
    return list(found.values())[:places]


def prune(folder: Path) -> list[str]:
    """Delete what retention does not keep, and parts that a killed backup left a day ago; their names."""
    doomed = [backup.path for backup in to_delete(stored_backups(folder))]
    doomed += [part for part in folder.glob("*.backup.part") if part.stat().st_mtime < time.time() - ABANDONED]
    for path in doomed:
        path.unlink(missing_ok=True)
    return [path.name for path in doomed]
