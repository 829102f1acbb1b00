"""What a database holds, in numbers that two copies must share: rows, sums of money and stock, schema."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.migrations.loader import MigrationLoader
from django.db.models import Model

from clients.models import Client, LedgerEntry
from inventory.models import Asin, StockMovement

SUMMED: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (LedgerEntry, ("balance_change", "held_change")),
    (Client, ("balance", "held")),
    (StockMovement, ("on_hand_change", "reserved_change", "shortage_change")),
    (Asin, ("on_hand", "reserved", "shortage")),
)


class Cursor(Protocol):
    """What DB-API cursors of both databases share."""

    def execute(self, sql: str, params: Any = ..., /) -> Any: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> Any: ...


@dataclass(frozen=True)
class State:
    """`rows` by table; `sums` by `table.column` in cents or units; `schema`: the last migration by app."""

    rows: Mapping[str, int]
    sums: Mapping[str, int]
    schema: Mapping[str, str]


def read_state(cursor: Cursor, tables: Iterable[str]) -> State:
    """Count and add up `tables` through `cursor`; the caller opens the snapshot that makes it one moment."""
    rows = {table: _number(cursor, f"SELECT COUNT(*) FROM `{table}`") for table in sorted(tables)}  # noqa: S608
    sums: dict[str, int] = {}
    for model, columns in SUMMED:
        table = model._meta.db_table
        for column in columns if table in rows else ():
            total = f"SELECT COALESCE(SUM({column}), 0) FROM `{table}`"  # noqa: S608
            sums[f"{table}.{column}"] = _number(cursor, total)
    return State(rows, sums, _schema(cursor) if "django_migrations" in rows else {})


def _number(cursor: Cursor, sql: str) -> int:
    cursor.execute(sql)
    return int(cursor.fetchone()[0])


def _schema(cursor: Cursor) -> dict[str, str]:
    cursor.execute("SELECT app, MAX(name) FROM django_migrations GROUP BY app ORDER BY app")
    return dict(cursor.fetchall())


def differences(expected: State, found: State) -> list[str]:
    """Every number in which `found` is not `expected`, as one line each."""
    lines = []
    for what, left, right in (
        ("rows of", expected.rows, found.rows),
        ("sum of", expected.sums, found.sums),
        ("last migration of", expected.schema, found.schema),
    ):
        for key in sorted({*left, *right}):
            if left.get(key) != right.get(key):
                lines.append(f"{what} {key}: {left.get(key, 'none')} expected, {right.get(key, 'none')} found")
    return lines


def unknown_migrations(schema: Mapping[str, str]) -> list[str]:
    """Migrations in `schema` that this code does not have: the database is newer than the code."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return [f"{app}.{name}" for app, name in sorted(schema.items()) if (app, name) not in known]


def missing_migrations(schema: Mapping[str, str]) -> list[str]:
    """Last migrations of this code that `schema` does not have: the database is older than the code."""
    leaves = MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes()
    return [f"{app}.{name}" for app, name in sorted(leaves) if schema.get(app) != name]
