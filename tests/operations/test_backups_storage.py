"""The folder of backups: where it is, what is kept, what counts as the latest."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.backups.errors import BackupFailed, BackupRefused
from operations.backups.storage import (
    StoredBackup,
    backup_folder,
    latest_verified,
    new_path,
    part_of,
    to_delete,
)

NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def stored(at: datetime, *, verified: bool = True, safety: bool = False, vendor: str = "sqlite") -> StoredBackup:
    name = f"allocation-{at:%Y%m%d-%H%M%S}-{vendor}{'-safety' if safety else ''}.backup"
    return StoredBackup(Path("/backups", name), at, vendor, safety, 1, None, at if verified else None, "")


def kept(backups: list[StoredBackup]) -> list[str]:
    gone = {backup.name for backup in to_delete(backups)}
    return [backup.name[11:22] + backup.name[22:24] for backup in backups if backup.name not in gone]


def test_seven_days_four_weeks_and_twelve_months_are_kept() -> None:
    """A backup at noon of every day for 500 days; 2026-11-22 is a Sunday."""
    daily = [stored(NOON - timedelta(days=n)) for n in range(500)]
    days = ["20261122", "20261121", "20261120", "20261119", "20261118", "20261117", "20261116"]
    weeks = ["20261115", "20261108", "20261101"]
    months = ["20261031", "20260930", "20260831", "20260731", "20260630", "20260531"]
    months += ["20260430", "20260331", "20260228", "20260131", "20251231"]
    assert [day[:8] for day in kept(daily)] == days + weeks + months


def test_the_newest_of_a_day_is_kept() -> None:
    hourly = [stored(NOON - timedelta(hours=n)) for n in range(4)]
    assert kept(hourly) == ["20261122-1700"[:13]]


def test_the_only_verified_backup_stays_however_old_it_is() -> None:
    """Ten broken ones since: they take no place, and they stay for a person to look at."""
    old = stored(NOON - timedelta(days=2000))
    assert to_delete([*(stored(NOON - timedelta(days=n), verified=False) for n in range(10)), old]) == []


def test_safety_copies_and_other_databases_have_places_of_their_own() -> None:
    safeties = [stored(NOON - timedelta(minutes=n), safety=True) for n in range(5)]
    others = [stored(NOON - timedelta(minutes=n), vendor="mysql") for n in range(2)]
    assert to_delete([stored(NOON), *safeties, *others]) == [others[1], *safeties[3:]]


def test_a_second_backup_of_the_same_second_gets_the_next_one(tmp_path: Path) -> None:
    first = new_path(tmp_path, vendor="sqlite", at=NOON, is_safety=False)
    assert first.name == "allocation-20261122-170000-sqlite.backup"
    part_of(first).touch()
    second = new_path(tmp_path, vendor="sqlite", at=NOON, is_safety=False)
    assert second.name == "allocation-20261122-170001-sqlite.backup"


@pytest.mark.parametrize("address", ["s3://bucket/path", "", "/var/backups", "file:"])
def test_only_folders_are_supported(settings: object, address: str) -> None:
    settings.BACKUP_STORAGE = address  # type: ignore[attr-defined]
    with pytest.raises(BackupFailed, match="only folders are supported yet"):
        backup_folder()


@pytest.mark.parametrize("form", ["file:{}", "file://{}"])
def test_the_folder_is_made(settings: object, tmp_path: Path, form: str) -> None:
    settings.BACKUP_STORAGE = form.format(tmp_path / "deep" / "backups")  # type: ignore[attr-defined]
    assert backup_folder() == tmp_path / "deep" / "backups"
    assert (tmp_path / "deep" / "backups").stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_read_is_never_the_latest(tmp_path: Path) -> None:
    (tmp_path / "allocation-20261122-170000-sqlite.backup").write_bytes(b"rubbish")
    with pytest.raises(BackupRefused, match="no verified backup of a sqlite database"):
        latest_verified(tmp_path, vendor="sqlite")
