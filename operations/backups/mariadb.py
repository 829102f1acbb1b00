"""MariaDB and MySQL: a consistent dump, a scratch schema beside the live one, and a swap in one statement.

The counts of the manifest and the dump are of one moment: `LOCK TABLES … READ` stops writers while our own
snapshot and that of the dump program are opened (some milliseconds), then both go on undisturbed. Whatever
writers do afterwards, the loaded dump must equal our snapshot exactly.

The swap is one RENAME TABLE of all tables, which the server does wholly or not at all (MariaDB from 10.6 and
MySQL from 8.0 also where the server itself crashes). The old tables go to a schema `<name>_verify_…` that is
dropped afterwards. Triggers stop a rename across schemas, so they are dropped just before and made again just
after. Killed in between, the live schema holds all old or all new tables, perhaps without triggers: `restore`
again, or `migrate`, makes those anew; leftover schemas go with a backup or restore a day later.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from operations.backups.errors import BackupFailed, RestoreFailed
from operations.backups.mariadb_programs import load_dump, option_file, run_dump
from operations.backups.state import State, read_state

LOCK_SECONDS = 30
ABANDONED = 24 * 3600


class MariaDatabase:
    vendor = "mysql"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.name = str(connection.settings_dict["NAME"])

    @contextmanager
    def session(self) -> Iterator[CursorWrapper]:
        """A connection of its own, so that nothing here joins or ends a transaction of the caller."""
        own = self.connection.copy()
        try:
            with own.cursor() as cursor:
                cursor.execute(f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}")
                yield cursor
        finally:
            own.close()

    @contextmanager
    def options(self) -> Iterator[str]:
        with option_file(self.connection.get_connection_params()) as path:
            yield path

    def is_empty(self) -> bool:
        with self.session() as cursor:
            return not tables_of(cursor, self.name)

    def dump(self, sink: Callable[[bytes], Any], *, tolerant: bool = False) -> State:
        with self.session() as locks, self.session() as snapshot, self.options() as options:
            tables = tables_of(locks, self.name)
            try:
                if tables:
                    locks.execute("LOCK TABLES " + ", ".join(f"`{table}` READ" for table in tables))
            except DatabaseError as error:
                raise BackupFailed(
                    f"The tables could not be locked for a moment ({error}). The database user needs the "
                    f"privilege LOCK TABLES, and no transaction may run longer than {LOCK_SECONDS} s."
                ) from error
            snapshot.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            snapshot.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            run_dump(options, self.name, sink=sink, on_start=lambda: locks.execute("UNLOCK TABLES"))
            return read_state(snapshot, tables)

    @contextmanager
    def scratch(self, data: IO[bytes]) -> Iterator["MariaScratch"]:
        with self.session() as cursor, self.options() as options:
            drop_abandoned(cursor, self.name)
            with new_schema(cursor, self.name) as schema:
                load_dump(options, schema, data)
                yield MariaScratch(schema, self)


class MariaScratch:
    def __init__(self, schema: str, live: MariaDatabase) -> None:
        self.schema, self.live = schema, live

    def state(self) -> State:
        with self.live.session() as cursor:
            cursor.execute(f"USE `{self.schema}`")
            return read_state(cursor, tables_of(cursor, self.schema))

    def become_live(self) -> None:
        live = self.live.name
        with self.live.session() as cursor, new_schema(cursor, live) as aside:
            new_triggers, old_triggers = triggers_of(cursor, self.schema), triggers_of(cursor, live)
            moves = [(live, table, aside) for table in tables_of(cursor, live)]
            moves += [(self.schema, table, live) for table in tables_of(cursor, self.schema)]
            drop_all_triggers(cursor, self.schema, new_triggers)
            drop_all_triggers(cursor, live, old_triggers)
            try:
                cursor.execute("SET SESSION foreign_key_checks = 0")
                cursor.execute(
                    "RENAME TABLE " + ", ".join(f"`{come}`.`{table}` TO `{go}`.`{table}`" for come, table, go in moves)
                )
            except DatabaseError as error:
                create_all_triggers(cursor, live, old_triggers)
                raise RestoreFailed(
                    f"The tables could not be exchanged ({error}): the database is as it was before. "
                    "Stop the web and worker processes and try again."
                ) from error
            create_all_triggers(cursor, live, new_triggers)


def tables_of(cursor: CursorWrapper, schema: str) -> list[str]:
    cursor.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY table_name",
        [schema],
    )
    return [name for (name,) in cursor.fetchall()]


Trigger = tuple[str, str, str, str, str]


def triggers_of(cursor: CursorWrapper, schema: str) -> list[Trigger]:
    """Name, timing, event, table and body of every trigger in `schema`."""
    cursor.execute(
        "SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement "
        "FROM information_schema.triggers WHERE trigger_schema = %s "
        "ORDER BY event_object_table, action_timing, event_manipulation, action_order",
        [schema],
    )
    return list(cursor.fetchall())


def drop_all_triggers(cursor: CursorWrapper, schema: str, triggers: list[Trigger]) -> None:
    for name, *_ in triggers:
        cursor.execute(f"DROP TRIGGER IF EXISTS `{schema}`.`{name}`")


def create_all_triggers(cursor: CursorWrapper, schema: str, triggers: list[Trigger]) -> None:
    for name, timing, event, table, body in triggers:
        cursor.execute(
            f"CREATE TRIGGER `{schema}`.`{name}` {timing} {event} ON `{schema}`.`{table}` FOR EACH ROW {body}"
        )


@contextmanager
def new_schema(cursor: CursorWrapper, live: str) -> Iterator[str]:
    """An empty schema `<live>_verify_<time>_<random>` like the live one, dropped at the end in any case."""
    name = f"{live}_verify_{int(time.time()):x}_{secrets.token_hex(3)}"
    if len(name) > 64:
        raise BackupFailed(f"The name of the database, {live}, is too long for a scratch schema beside it.")
    cursor.execute(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name = %s",
        [live],
    )
    charset, collation = cursor.fetchone()
    try:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET {charset} COLLATE {collation}")
    except DatabaseError as error:
        raise BackupFailed(
            f"No scratch schema could be made ({error}). Allow it once: "
            f"GRANT ALL ON `{live.replace('_', chr(92) + '_')}\\_verify\\_%`.* TO the database user."
        ) from error
    try:
        yield name
    finally:
        cursor.execute("SET SESSION foreign_key_checks = 0")
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def drop_abandoned(cursor: CursorWrapper, live: str) -> None:
    """Drop scratch schemas that a killed process left more than a day ago; their names tell the time."""
    prefix = f"{live}_verify_"
    cursor.execute(
        "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, %s) = %s",
        [len(prefix), prefix],
    )
    for (name,) in cursor.fetchall():
        stamp = name.removeprefix(prefix).partition("_")[0]
        try:
            made_at = int(stamp, 16)
        except ValueError:
            continue
        if made_at < time.time() - ABANDONED:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
