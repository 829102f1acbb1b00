"""What a backup asks of a database; each kind answers in its own way."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

from django.db import connections

from operations.backups.errors import BackupFailed
from operations.backups.mariadb import MariaDatabase
from operations.backups.sqlite import SqliteDatabase
from operations.backups.state import State


class Scratch(Protocol):
    """A backup loaded beside the live database."""

    def state(self) -> State: ...

    def become_live(self) -> None:
        """Replace the live content by this one. Raises RestoreFailed: the live content is then as before."""


class Database(Protocol):
    """The live database."""

    vendor: str
    name: str

    def is_empty(self) -> bool:
        """No table at all: a new database. Raises DatabaseUnreadable where it is damaged."""

    def dump(self, sink: Callable[[bytes], Any], *, tolerant: bool = False) -> State:
        """Send a consistent copy to `sink`; its state, counted in the live database at that very moment.

        `tolerant`: rows that point nowhere do not fail it (the copy before a restore). Raises BackupFailed.
        """

    def scratch(self, data: IO[bytes]) -> AbstractContextManager[Scratch]:
        """Load `data` beside the live database and remove it at the end. Raises BackupRefused."""


def database_for(using: str) -> Database:
    """The database behind the connection `using`. Raises BackupFailed for a kind that cannot be backed up."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        return SqliteDatabase(connection)
    if connection.vendor == "mysql":
        return MariaDatabase(connection)
    raise BackupFailed(f"Backups of {connection.display_name} are not supported: use SQLite, MariaDB or MySQL.")
