"""One feed five times, shuffled, doubled, and killed at every step: one state of the whole database."""

import os
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import ForeignKey, Model
from time_machine import travel

from allocation.models import Cart
from clients.models import Store
from clients.services import hold_balance
from common.history import Version
from common.models import Run, RunState
from common.money import ZERO
from common.triggers import create_triggers, drop_triggers
from sync.models import RowIssue, SourceName
from sync.services import sync_source
from tests.factories import default_policy
from tests.sync.cases import (
    DOMAIN,
    asin_row,
    panel,
    panel_client,
    panel_store,
    sheet,
    status,
    statuses,
    transaction,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.full]
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
NAMES = {"inventory.asin": "code", "clients.client": "panel_id", "clients.store": "panel_id", "allocation.cart": "code"}
RUN_NUMBER = re.compile(r"(sync #|panel:\w+:)\d+")


@pytest.fixture(autouse=True)
def one_moment() -> Iterator[None]:
    with travel(NOW, tick=False):
        yield


def natural(obj: Model | None) -> object:
    """An object by what it is called outside, never by its key in the database."""
    if obj is None:
        return None
    name = NAMES.get(obj._meta.label_lower)
    return getattr(obj, name) if name else str(obj)


def plain(obj: Model, field: Any) -> object:
    value = natural(getattr(obj, field.name)) if isinstance(field, ForeignKey) else getattr(obj, field.name)
    return RUN_NUMBER.sub(r"\1", value) if isinstance(value, str) else value


def whole() -> dict[str, list[str]]:
    """Every column of every domain table and of the row issues, without keys that only count attempts."""
    models = [model for model in apps.get_models() if model._meta.app_label in DOMAIN]
    # A feed leaves no versions; those of the cast name objects by their keys.
    models = [model for model in models if not issubclass(model, Version)]
    found = {}
    for model in [*models, RowIssue]:
        fields = [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "run"]
        rows = model._default_manager.all()
        found[model._meta.label] = sorted(str([(field.name, plain(row, field)) for field in fields]) for row in rows)
    return found


class Feed:
    """Small feeds of the three sources, first as they were and then as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def earlier(self) -> None:
        self.rows = [asin_row(number) for number in range(1, 7)]
        self.clients = [panel_client(str(number)) for number in (1, 2)]
        self.stores = [panel_store("1", "1"), panel_store("2", "2")]
        self.transactions: list[dict[str, Any]] = []
        self.statuses = [status(str(number), f"Category {number}") for number in range(1, 6)]
        self.write()

    def now(self) -> None:
        later = "2026-11-20T08:00:00Z"
        self.rows = [
            asin_row(1, remaining="55"), asin_row(2, cost="11.00"), asin_row(3), asin_row(5), asin_row(6),
            asin_row(7), asin_row(8, cost="TBD"),
        ]  # fmt: skip
        self.clients = [panel_client("1", balance="900.00", updated_at=later), panel_client("2"), panel_client("3")]
        self.stores = [panel_store("1", "1"), panel_store("2", "2", status="suspended", updated_at=later)]
        self.transactions = [
            transaction("t1", "-100.00", "C-900001"), transaction("t2", "-5.00", "C-999999"),
            transaction("t3", "50.00", client_id="3", kind="deposit"),
        ]  # fmt: skip
        self.statuses = [
            status("1", "Category 1", status="Yes", updated_at=later),
            *(status(str(n), f"Category {n}") for n in (2, 3)),
            status("4", "Category 4", deleted_at=later), status("6", "Category 6"), status("7", "X", store_id="99"),
        ]  # fmt: skip
        self.write()

    def write(self) -> None:
        sheet(self.folder, self.rows)
        panel(self.folder, self.clients, self.stores, self.transactions)
        statuses(self.folder, self.statuses)

    def shuffle(self, seed: int) -> None:
        dice = random.Random(seed)
        for objects in (self.clients, self.stores, self.transactions, self.statuses):
            dice.shuffle(objects)
        self.write()

    def files(self) -> dict[SourceName, Path]:
        return {
            SourceName.PORTAL: self.folder / "sheet.csv",
            SourceName.PANEL: self.folder,
            SourceName.UNGATING: self.folder / "statuses.json",
        }


def take_all(feed: Feed) -> None:
    for source, file in feed.files().items():
        assert sync_source(source=source, file=file).state == RunState.SUCCEEDED


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return made(tmp_path)


def made(folder: Path) -> Feed:
    """The earlier feeds are in, and client 1 has a cart that holds $120.00."""
    feed = Feed(folder)
    feed.earlier()
    take_all(feed)
    store, hold = Store.objects.get(panel_id="1"), ZERO + 120
    cart = Cart.objects.create(
        code="C-900001", client=store.client, store=store, amount=hold, policy=default_policy(),
        state="confirmed", hold=hold, hold_open=hold,
    )  # fmt: skip
    hold_balance(client_id=store.client_id, amount=hold, key="hold:C-900001", reference=cart.code)
    feed.now()
    return feed


def test_five_times_and_shuffled_is_as_once(feed: Feed) -> None:
    take_all(feed)
    once = whole()
    for seed in range(5):
        feed.shuffle(seed)
        take_all(feed)
        found = whole()
        # The place of a row in its list may move; what is wrong with it does not.
        for rows in (once, found):
            rows["sync.RowIssue"] = [re.sub(r"\('row', [^)]*\)", "", row) for row in rows["sync.RowIssue"]]
        assert found == once


def test_objects_that_come_twice_change_nothing_but_a_warning(feed: Feed) -> None:
    take_all(feed)
    once = whole()
    for objects in (feed.clients, feed.stores, feed.transactions, feed.statuses):
        objects += [dict(one) for one in objects]
    feed.write()
    take_all(feed)
    twice = whole()
    once.pop("sync.RowIssue"), twice.pop("sync.RowIssue")
    assert twice == once


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """SIGKILL this process before its statement number `step`."""
    count = 0

    def wrap(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrap):
        yield


def run_in_child(source: SourceName, file: Path, step: int) -> bool:
    """Whether the sync came to its end in a process of its own that dies at `step`."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with killed_at(step):
            sync_source(source=source, file=file)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def start_again(folder: Path) -> Feed:
    """An empty database with the earlier feeds, as every test here begins."""
    drop_triggers(connection)
    call_command("flush", verbosity=0, interactive=False)
    create_triggers(connection)
    presets = import_module("allocation.migrations.0002_presets")
    presets.add_presets(apps, SimpleNamespace(connection=connection))
    return made(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork")
@pytest.mark.parametrize("source", [SourceName.PORTAL, SourceName.PANEL, SourceName.UNGATING])
def test_killed_at_every_statement_it_ends_as_if_it_never_was(feed: Feed, source: SourceName) -> None:
    before = whole()
    assert sync_source(source=source, file=feed.files()[source]).state == RunState.SUCCEEDED
    expected = whole()
    assert expected != before

    feed = start_again(feed.folder)
    assert whole() == before
    ended, step = False, 0
    while not ended:
        step += 1
        ended = run_in_child(source, feed.files()[source], step)
        # Nothing, or everything: no kill leaves a state between.
        assert whole() in ((expected,) if ended else (before, expected)), step
        # What a dead worker leaves is taken up when its lease is over.
        Run.objects.filter(state=RunState.RUNNING).update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert step > 10
    assert sync_source(source=source, file=feed.files()[source]).changed == 0
    assert whole() == expected
    assert Run.objects.filter(state=RunState.RUNNING).count() == 0
