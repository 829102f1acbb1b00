"""Append-only tables: the database itself refuses UPDATE and DELETE of ledger entries and stock movements.

The triggers are installed after every migrate, because SQLite drops a table's triggers when a migration
rebuilds the table.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

APPEND_ONLY: list[type[Model]] = []


def append_only(model: type[Model]) -> type[Model]:
    """Class decorator: rows of `model` can be added and read, nothing else."""
    APPEND_ONLY.append(model)
    return model


def _names(table: str) -> list[tuple[str, str]]:
    return [(f"{table}_no_{event.lower()}", event) for event in ("UPDATE", "DELETE")]


def drop_triggers(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for a restore or for a test that empties tables."""
    with connection.cursor() as cursor:
        for model in APPEND_ONLY:
            for name, _ in _names(model._meta.db_table):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers on every append-only table that exists; safe to repeat."""
    drop_triggers(connection)
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for model in APPEND_ONLY:
            table = model._meta.db_table
            if table not in present:
                continue
            for name, event in _names(table):
                cursor.execute(_statement(connection.vendor, name, event, table))


def _statement(vendor: str, name: str, event: str, table: str) -> str:
    message = f"{table} is append-only: {event} refused"
    head = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
    if vendor == "mysql":
        return f"{head} SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{message}'"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{message}'); END"
