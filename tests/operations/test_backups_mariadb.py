"""MariaDB's traps: cut dumps, owners, triggers and keys across schemas, passwords on the command line."""

import io
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from operations.backups import mariadb
from operations.backups.errors import BackupFailed, BackupRefused, RestoreFailed
from operations.backups.mariadb import MariaDatabase
from operations.backups.mariadb_programs import ends_well, load_dump, option_file, program, run_dump

on_mariadb = [
    pytest.mark.mariadb,
    pytest.mark.skipif(connection.vendor != "mysql", reason="needs MariaDB or MySQL"),
    pytest.mark.django_db(transaction=True),
]
TABLES = """
CREATE TABLE parent (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT);
CREATE TABLE child (id BIGINT AUTO_INCREMENT PRIMARY KEY, parent BIGINT NOT NULL,
    CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent (id));
CREATE TRIGGER parent_no_delete BEFORE DELETE ON parent FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '100%';
INSERT INTO parent (n) VALUES (1), (2);
INSERT INTO child (parent) VALUES (2);
-- Dump completed
"""


@pytest.fixture
def live() -> Iterator[MariaDatabase]:
    """A schema of our own with two tables, a key and a trigger, as a dump would make it."""
    name = f"backup_try_{secrets.token_hex(4)}"
    wrapper = connection.copy(alias="try")
    wrapper.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        database = MariaDatabase(wrapper)
        with database.options() as options:
            load_dump(options, name, io.BytesIO(TABLES.encode()))
        yield database
        for schema in schemas(name):
            cursor.execute(f"DROP DATABASE `{schema}`")


def schemas(prefix: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema_name FROM information_schema.schemata")
        return sorted(name for (name,) in cursor.fetchall() if name.startswith(prefix))


def ask(live: MariaDatabase, sql: str) -> list[tuple[object, ...]]:
    with live.session() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall() or ()]


def taken(live: MariaDatabase) -> bytes:
    target = io.BytesIO()
    live.dump(target.write)
    return target.getvalue()


def put_back(live: MariaDatabase, dump: bytes) -> None:
    with live.scratch(io.BytesIO(dump)) as scratch:
        scratch.become_live()


class OnMariaDB:
    pytestmark = on_mariadb


class TestRestore(OnMariaDB):
    def test_keys_triggers_and_counters_are_those_of_the_backup(self, live: MariaDatabase) -> None:
        dump = taken(live)
        ask(live, "DROP TABLE child")
        ask(live, "CREATE TABLE stray (id INT)")
        put_back(live, dump)
        assert ask(live, "SHOW TABLES") == [("child",), ("parent",)]
        assert ask(live, "SELECT id, parent FROM child") == [(1, 2)]
        keys = "SELECT unique_constraint_schema, referenced_table_name"
        keys += " FROM information_schema.referential_constraints"
        assert ask(live, f"{keys} WHERE constraint_schema = '{live.name}'") == [(live.name, "parent")]
        with pytest.raises(Exception, match="foreign key constraint fails"):
            ask(live, "INSERT INTO child (parent) VALUES (99)")
        with pytest.raises(Exception, match="100%"):
            ask(live, "DELETE FROM parent WHERE id = 1")
        ask(live, "INSERT INTO parent (n) VALUES (3)")
        assert ask(live, "SELECT MAX(id) FROM parent") == [(3,)]
        assert schemas(live.name) == [live.name]

    def test_into_an_empty_schema(self, live: MariaDatabase) -> None:
        dump = taken(live)
        ask(live, "DROP TABLE child, parent")
        assert live.is_empty()
        put_back(live, dump)
        assert ask(live, "SELECT COUNT(*) FROM parent") == [(2,)]

    def test_an_exchange_that_fails_leaves_the_old_tables_and_their_triggers(
        self, live: MariaDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another process holds a table in a transaction for longer than we wait."""
        monkeypatch.setattr(mariadb, "LOCK_SECONDS", 1)
        dump = taken(live)
        ask(live, "INSERT INTO parent (n) VALUES (3)")
        with live.session() as other:
            other.execute("START TRANSACTION")
            other.execute("SELECT * FROM child")
            with pytest.raises(RestoreFailed, match="the database is as it was before"):
                put_back(live, dump)
        assert ask(live, "SELECT COUNT(*) FROM parent") == [(3,)]
        with pytest.raises(Exception, match="100%"):
            ask(live, "DELETE FROM parent WHERE id = 1")
        assert schemas(live.name) == [live.name]


class TestLoad(OnMariaDB):
    def test_a_dump_of_another_owner_loads(self, live: MariaDatabase) -> None:
        """Also for an ordinary user: the owner is left out, in triggers, views and routines alike."""
        dump = taken(live)
        assert b"DEFINER=`root`@" in dump
        dump = dump.replace(b"DEFINER=`root`@", b"DEFINER=`who``s``gone`@")
        put_back(live, dump)
        where = f"WHERE trigger_schema = '{live.name}'"
        assert ask(live, f"SELECT trigger_name FROM information_schema.triggers {where}") == [("parent_no_delete",)]
        owner = f"SELECT LEFT(definer, 3) FROM information_schema.triggers {where}"
        assert ask(live, owner) == [("roo",)]

    @pytest.mark.parametrize("cut", ["trailer", "statement"])
    def test_a_dump_without_its_last_line_is_refused(self, live: MariaDatabase, cut: str) -> None:
        dump = taken(live)
        end = dump.index(b"-- Dump completed") if cut == "trailer" else dump.index(b"INSERT INTO `parent`")
        with pytest.raises(BackupRefused, match="last line is missing"):
            put_back(live, dump[:end])
        assert ask(live, "SELECT COUNT(*) FROM parent") == [(2,)]
        assert schemas(live.name) == [live.name]

    def test_a_dump_with_a_fault_is_refused_with_what_the_server_said(self, live: MariaDatabase) -> None:
        with pytest.raises(BackupRefused, match=r"could not be loaded: ERROR 1146 [^\n]*nowhere' doesn't exist$"):
            put_back(live, b"INSERT INTO nowhere VALUES (1);\n-- Dump completed\n")

    @pytest.mark.parametrize("line", ["USE `mysql`;", "/*!40000 DROP DATABASE `x`*/;", "create database x;"])
    def test_a_dump_that_leaves_its_schema_is_refused(self, live: MariaDatabase, line: str) -> None:
        with pytest.raises(BackupRefused, match="reaches beyond its own database"):
            put_back(live, f"{line}\n-- Dump completed\n".encode())

    def test_commands_of_the_client_program_are_not_run(self, live: MariaDatabase, tmp_path: Path) -> None:
        trap = tmp_path / "trap"
        with pytest.raises(BackupRefused):
            put_back(live, f"system touch {trap}\n\\! touch {trap}\nSELECT 1;\n-- Dump completed\n".encode())
        assert not trap.exists()


class TestDump(OnMariaDB):
    def test_a_wrong_password_fails_and_is_not_told(self, live: MariaDatabase) -> None:
        wrong = live.connection.get_connection_params() | {"password": 'se"cret#\\'}
        with (
            option_file(wrong) as options,
            pytest.raises(BackupFailed, match=r"exit code 2.*Access denied") as raised,
        ):
            run_dump(options, live.name, sink=lambda _: None, on_start=lambda: None)
        assert "se" + '"cret' not in str(raised.value)

    def test_a_password_of_odd_characters_works(self, live: MariaDatabase) -> None:
        user, password = live.name[:20], "a\"b\\n #;'c ü"
        with live.session() as cursor:
            cursor.execute(f"CREATE USER {user}@'%%' IDENTIFIED BY %s", [password])
            cursor.execute(f"GRANT SELECT, SHOW VIEW, TRIGGER, LOCK TABLES ON {live.name}.* TO {user}@'%'")
        try:
            live.connection.settings_dict |= {"USER": user, "PASSWORD": password}
            assert ends_well(taken(live))
            with pytest.raises(BackupFailed, match=r"No scratch schema could be made.*GRANT ALL ON"):
                put_back(live, TABLES.encode())
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP USER {user}@'%'")

    def test_a_long_transaction_fails_the_backup_and_not_the_work(
        self, live: MariaDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mariadb, "LOCK_SECONDS", 1)
        with live.session() as other:
            other.execute("START TRANSACTION")
            other.execute("INSERT INTO parent (n) VALUES (3)")
            with pytest.raises(BackupFailed, match="could not be locked for a moment"):
                taken(live)
            other.execute("COMMIT")
        assert ask(live, "SELECT COUNT(*) FROM parent") == [(3,)]

    def test_what_a_killed_process_left_is_dropped_a_day_later(self, live: MariaDatabase) -> None:
        old, new = f"{live.name}_verify_5f000000_abc", f"{live.name}_verify_ff000000_abc"
        for name in (old, new):
            ask(live, f"CREATE DATABASE {name}")
        with live.scratch(io.BytesIO(taken(live))):
            pass
        assert schemas(live.name) == [live.name, new]


def test_the_option_file_is_private_and_the_password_is_in_it_alone() -> None:
    with option_file({"user": "u", "password": 'p"\\', "host": "db", "port": 3307}) as path:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert Path(path).read_text() == '[client]\nuser="u"\npassword="p\\"\\\\"\nhost="db"\nport="3307"\n'
    assert not Path(path).exists()


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupFailed, match="mariadb-dump is not installed here: install the MariaDB client"):
        program("mariadb-dump", "mysqldump")


def test_the_trailer_must_be_the_last_line() -> None:
    assert ends_well(b"x;\n-- Dump completed on 2026-11-22 17:00:00\n\n")
    assert not ends_well(b"INSERT INTO t VALUES ('-- Dump completed');\n")
    assert not ends_well(b"-- Dump completed\nSELECT 1;\n")
    assert not ends_well(b"")
