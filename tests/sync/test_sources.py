"""Addresses in the settings and what is given by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync import sources
from sync.models import SourceName
from sync.parsing.issues import UnusableFile
from sync.services.context import Ask, Given
from tests.sync.cases import asin_row, panel, sheet, status, statuses

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def ask(content: Path | bytes | None = None, name: str = "") -> Ask:
    return Ask(NOW, None if content is None else Given(name or str(content), content))


def read_panel(asked: Ask) -> Any:
    return sources.read_panel(asked, holders=[], newest={})


def test_a_relative_address_counts_from_the_project(settings: Any) -> None:
    settings.PORTAL_URL = "file:tests/data/buying_portal.csv"
    assert sources.read_portal(ask()).name == "buying_portal.csv"


@pytest.mark.parametrize("form", ["file:{}", "file://{}", " FILE:{} "])
def test_an_absolute_address_is_taken_as_it_is(settings: Any, form: str, tmp_path: Path) -> None:
    settings.PORTAL_URL = form.format(sheet(tmp_path, [asin_row(1)]))
    assert sources.read_portal(ask()).data_rows == 1


def test_what_is_given_by_hand_wins(settings: Any, tmp_path: Path) -> None:
    settings.PANEL_URL = "https://panel.example.com"
    assert [client["id"] for client in read_panel(ask(panel(tmp_path))).parts["clients"]] == ["1"]
    settings.UNGATING_URL = "file:/nowhere"
    reading = sources.read_ungating(ask(statuses(tmp_path, [status("7")])))
    assert ([row["id"] for row in reading.parts["statuses"]], reading.complete, reading.marks) == (["7"], True, {})


def test_an_upload_is_read_from_its_bytes(tmp_path: Path) -> None:
    content = sheet(tmp_path, [asin_row(1), asin_row(2)]).read_bytes()
    table = sources.read_portal(ask(content, "Export of Monday.csv"))
    assert (table.name, table.data_rows) == ("Export of Monday.csv", 2)
    with pytest.raises(UnusableFile, match=r"^x\.json: only sheets are uploaded\.$"):
        sources.read_ungating(ask(b"[]", "x.json"))


def test_an_empty_address_is_not_set(settings: Any) -> None:
    settings.UNGATING_URL = "  "
    assert not sources.is_set(SourceName.UNGATING)
    assert sources.is_set(SourceName.UNGATING, Given("s", Path("statuses.json")))
    settings.UNGATING_ADAPTER = "amazon"
    assert sources.is_set(SourceName.UNGATING)
    assert not sources.is_set(SourceName.PORTAL)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://panel.example.com", "PANEL_URL"),
        ("/data/panel", "PANEL_URL is not an address that can be read: set it to https://… or file:<path>."),
        ("file:", "PANEL_URL is not an address that can be read"),
    ],
)
def test_other_addresses_are_refused(settings: Any, address: str, words: str) -> None:
    settings.PANEL_URL = address
    with pytest.raises(UnusableFile) as error:
        read_panel(ask())
    assert words in str(error.value)


def test_what_is_not_there_or_of_the_other_kind_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    nothing, long = tmp_path / "b", Path("x" * 300)
    missing = " ".join(f"{tmp_path} has no file {name}." for name in sources.PANEL_FILES)
    names = "clients.json, stores.json, transactions.json"
    cases: list[tuple[Callable[[Ask], Any], Path, str]] = [
        (sources.read_portal, tmp_path, f"{tmp_path} is a folder; a CSV or XLSX file is wanted."),
        (sources.read_portal, nothing, f"{nothing} does not exist."),
        (sources.read_preorders, long, f"{long} does not exist."),
        (read_panel, file, f"{file} is a file; a folder with {names} is wanted."),
        (read_panel, tmp_path, missing),
        (sources.read_ungating, nothing, f"{nothing} does not exist."),
    ]
    for read, path, words in cases:
        with pytest.raises(UnusableFile) as error:
            read(ask(path))
        assert str(error.value) == words
