"""Servers on a small folder. One service account for all tests: a key takes a tenth of a second."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.devservers.server import Devservers
from tests.sync.devservers.folders import make_folder


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "files")


@pytest.fixture
def servers(folder: Path, state: Path) -> Iterator[Devservers]:
    with Devservers(folder, state=state) as running:
        yield running
