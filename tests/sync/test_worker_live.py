"""Web and worker as people start them, beside servers that play the outside systems: how soon a change is here, and
what is left when the worker is killed.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.utils import ConnectionHandler

from settings.environment import database
from sync.devservers.server import Devservers
from tests import mariadb
from tests.sync.cases import asin_row, panel, panel_client, panel_store, sheet, status, statuses

pytestmark = [
    pytest.mark.full,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]
ROOT = Path(__file__).resolve().parents[2]
POLL = 10
ASINS = 40


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A database of its own, of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/live.sqlite3"
        return
    name = f"test_live_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb.url(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


class Installation:
    """`manage.py serve` on a database of its own, and what is in that database."""

    def __init__(self, folder: Path, servers: Devservers, url: str, port: int) -> None:
        self.folder, self.servers, self.port = folder, servers, port
        self.mark = f"live-{os.getpid()}-{port}"
        self.environment = (
            {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            | servers.environment()
            | {f"POLL_SECONDS_{name}": str(POLL) for name in ("PORTAL", "PANEL", "UNGATING")}
            | {"DJANGO_SETTINGS_MODULE": "settings.development", "DATABASE_URL": url, "PREORDERS_URL": ""}
            | {"LIVE_TEST": self.mark, "LOG_LEVEL": "ERROR"}
        )
        self.database = ConnectionHandler({"default": database(url)})["default"]

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def serve(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)

    def value(self, sql: str) -> Any:
        with self.database.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
        return row[0] if row else None

    def execute(self, sql: str, *values: Any) -> None:
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)

    def processes(self, command: str) -> list[int]:
        """Processes of this installation whose command names `command`."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                mine = folder.name.isdigit() and self.mark.encode() in (folder / "environ").read_bytes()
                if mine and command.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


def seconds_until(true: Callable[[], bool], limit: float) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < limit, "not in time"
        time.sleep(0.05)
    return time.monotonic() - start


@pytest.fixture
def live(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    files = tmp_path / "files"
    for name in ("panel", "ungating"):
        (files / name).mkdir(parents=True)
    sheet(files, [asin_row(number) for number in range(1, ASINS + 1)]).rename(files / "buying_portal.csv")
    panel(files / "panel", [panel_client()], [panel_store()], [])
    statuses(files / "ungating", [status("1"), status("2", "Beauty"), status("3", "Grocery")])
    port = free_port()
    with Devservers(files, state=tmp_path / "state", webhooks=f"http://127.0.0.1:{port}") as servers:
        installation = Installation(files, servers, database_url, port)
        installation.manage("migrate", "-v0")
        installation.manage("schedules")
        served = installation.serve()
        try:
            seconds_until(lambda: _answers(port), 30)
            yield installation
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(timeout=30)
            installation.database.close()
            connections["default"].close()


def _answers(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).status == 200)
    except OSError:
        return False


def change(file: Path, number: int, **fields: Any) -> None:
    objects = json.loads(file.read_text())
    objects[number] |= fields
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(objects))
    beside.rename(file)


def test_changes_are_here_within_their_time(live: Installation) -> None:
    """By polling within the period and a little; a balance or a status within 3 s by webhook."""
    seconds_until(lambda: live.value("SELECT COUNT(*) FROM ungating_ungatingstatus") == 3, 40)
    sheet(live.folder, [asin_row(n, remaining="55" if n == 1 else "60") for n in range(1, ASINS + 1)]).rename(
        live.folder / "buying_portal.csv"
    )
    on_hand = "SELECT on_hand FROM inventory_asin WHERE code = 'B000000001'"
    assert seconds_until(lambda: live.value(on_hand) == 55, POLL + 5) <= POLL + 5
    # Not while a poll is due anyway: what comes sooner came by webhook.
    live.execute("UPDATE sync_sourcestate SET next_poll_at = %s", "2099-01-01 00:00:00")
    change(live.folder / "panel" / "clients.json", 0, balance="777.00")
    seconds_until(lambda: live.value("SELECT balance FROM clients_client") == 77700, 3)
    change(live.folder / "ungating" / "statuses.json", 1, status="Yes")
    status_of = "SELECT status FROM ungating_ungatingstatus WHERE value = 'Beauty'"
    seconds_until(lambda: live.value(status_of) == "ungated", 3)


def test_killed_in_the_middle_of_a_sync_the_next_run_completes_and_nothing_is_doubled(live: Installation) -> None:
    seconds_until(lambda: live.value("SELECT COUNT(*) FROM ungating_ungatingstatus") == 3, 40)
    seconds_until(lambda: live.value("SELECT COUNT(*) FROM inventory_asin") == ASINS, 40)
    live.servers.fault("/sheets", "slow", 1, seconds=20)
    sheet(live.folder, [asin_row(n, remaining="50") for n in range(1, ASINS + 4)]).rename(
        live.folder / "buying_portal.csv"
    )
    running = "SELECT id FROM common_run WHERE kind = 'sync.portal' AND state = 'running'"
    live.execute("UPDATE sync_sourcestate SET next_poll_at = NULL")
    seconds_until(lambda: live.value(running) is not None, 20)
    run = live.value(running)
    time.sleep(0.5)
    for pid in live.processes("qcluster"):
        os.kill(pid, signal.SIGKILL)
    # Its lease would hold for a minute and a half: the test does not wait for that.
    live.execute("UPDATE common_run SET lease_until = %s WHERE id = %s", "2020-01-01 00:00:00", run)
    live.execute("UPDATE sync_sourcestate SET queued_at = NULL, next_poll_at = NULL")
    seconds_until(lambda: live.value("SELECT COUNT(*) FROM inventory_asin") == ASINS + 3, 40)
    assert live.value(f"SELECT state FROM common_run WHERE id = {run}") == "succeeded"
    assert live.value(f"SELECT attempts FROM common_run WHERE id = {run}") == 2
    # An opening for each, and one change of the remaining cell for each of the first: none twice.
    assert live.value("SELECT COUNT(*) FROM inventory_stockmovement") == ASINS + 3 + ASINS
    assert live.value("SELECT SUM(on_hand) FROM inventory_asin") == 50 * (ASINS + 3)
