"""Fixtures of every test: append-only triggers and the preset policies survive tests that empty tables."""

from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.db import connections
from django.test import TransactionTestCase

from common.triggers import create_triggers, drop_triggers

# A busy machine is no failure: how long an example takes is not what these tests are about.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="leave out tests that ask no database: another one changes nothing"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    asking = [item for item in items if _asks_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _asks_database(item)])
    items[:] = asking


def _asks_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = any(item.get_closest_marker(name) for name in ("django_db", "mariadb"))
    return marked or bool(fixtures & {"db", "transactional_db"})


@pytest.fixture(scope="session", autouse=True)
def append_only_tables_can_be_emptied_between_tests() -> Iterator[None]:
    """Only the emptying itself runs without the triggers: each test sees them."""
    presets = import_module("allocation.migrations.0002_presets")
    teardown: Callable[[Any], None] = TransactionTestCase._fixture_teardown

    def without_triggers(case: Any) -> None:
        names = case._databases_names(include_mirrors=False)  # a connection that the test closed is opened again
        for name in names:
            drop_triggers(connections[name])
        teardown(case)
        for name in names:
            create_triggers(connections[name])
            presets.add_presets(apps, SimpleNamespace(connection=connections[name]))

    TransactionTestCase._fixture_teardown = without_triggers
    yield
    TransactionTestCase._fixture_teardown = teardown
