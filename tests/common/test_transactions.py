"""The outermost write: what is tried again, what is told, and what is never done twice."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, connections

from clients.models import Client
from common import transactions
from common.transactions import Busy, OutcomeUnknown, durable
from tests.factories import make_client

pytestmark = pytest.mark.django_db(transaction=True)


@durable
def one_client_more(panel_id: str) -> None:
    Client.objects.create(panel_id=panel_id, name="New")


@contextmanager
def locked_by_another() -> Iterator[None]:
    """Another connection has the client's row (on SQLite: the database) and keeps it; waits are short meanwhile."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 20")
        other = sqlite3.connect(name, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        connection.cursor().execute("SET SESSION innodb_lock_wait_timeout = 1")
        copy = connections.create_connection("default")
        copy.set_autocommit(False)
        copy.cursor().execute("SELECT id FROM clients_client FOR UPDATE")
        other = copy
    try:
        yield
    finally:
        other.close()
        connection.close()


def test_rows_that_stay_locked_are_told_and_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client("1", balance="0")
    monkeypatch.setattr(transactions, "ATTEMPTS", 2)

    @durable
    def rename() -> None:
        Client.objects.update(name="Other")

    with locked_by_another(), pytest.raises(Busy, match="Nothing was changed; try again") as caught:
        rename()
    assert (caught.value.status, caught.value.code) == (503, "busy")
    assert Client.objects.get().name == "Client 1"


def test_a_deadlock_is_tried_again_from_the_start() -> None:
    tries = []

    @durable
    def second_time_lucky() -> None:
        Client.objects.create(panel_id=str(len(tries)), name="New")
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")

    second_time_lucky()
    assert [client.panel_id for client in Client.objects.all()] == ["1"]


def test_any_other_error_is_raised_as_it_is() -> None:
    @durable
    def wrong() -> None:
        raise OperationalError(1054, "Unknown column")

    with pytest.raises(OperationalError, match="Unknown column"):
        wrong()


@pytest.mark.mariadb
def test_a_connection_lost_at_the_commit_never_writes_twice() -> None:
    """The COMMIT reaches the server, its answer does not reach us: then a second run would be a second client."""
    if connection.vendor != "mysql":
        pytest.skip("SQLite has no connection to lose")
    make_client("1", balance="0.00")
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    connection.close()
    with cut_after_commit(str(host), int(port or 3306)) as cut_port:
        connection.settings_dict["PORT"] = cut_port
        try:
            with pytest.raises(OutcomeUnknown, match="Look whether it was"):
                one_client_more("2")
        finally:
            connection.close()
            connection.settings_dict["PORT"] = port
    assert list(Client.objects.order_by("pk").values_list("panel_id", "balance")) == [
        ("1", Decimal("0.00")),
        ("2", Decimal("0.00")),
    ]


@contextmanager
def cut_after_commit(host: str, port: int) -> Iterator[int]:
    """A port that leads to the server until a COMMIT has been answered: that answer is kept and the line is cut."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_forward, args=(listener, host, port), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def _forward(listener: socket.socket, host: str, port: int) -> None:
    near, _ = listener.accept()
    with near, socket.create_connection((host, port)) as far:
        answers = threading.Event()

        def back() -> None:
            while data := far.recv(65536):
                if answers.is_set():
                    near.shutdown(socket.SHUT_RDWR)
                    return
                near.sendall(data)

        thread = threading.Thread(target=back, daemon=True)
        thread.start()
        while data := near.recv(65536):
            if data.upper().endswith(b"\x03COMMIT"):
                answers.set()
            far.sendall(data)
        thread.join(timeout=10)
