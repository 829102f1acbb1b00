"""Addresses in the settings and files given by hand."""

from pathlib import Path
from typing import Any

import pytest

from sync import sources
from sync.models import SourceName
from sync.parsing.issues import UnusableFile


def test_a_relative_address_counts_from_the_project(settings: Any) -> None:
    settings.PORTAL_URL = "file:tests/data/buying_portal.csv"
    assert sources.locate(SourceName.PORTAL) == settings.BASE_DIR / "tests" / "data" / "buying_portal.csv"


@pytest.mark.parametrize("address", ["file:/data/sheet.csv", "file:///data/sheet.csv", " FILE:/data/sheet.csv "])
def test_an_absolute_address_is_taken_as_it_is(settings: Any, address: str) -> None:
    settings.PORTAL_URL = address
    assert sources.locate(SourceName.PORTAL) == Path("/data/sheet.csv")


def test_a_file_given_by_hand_wins(settings: Any) -> None:
    settings.PANEL_URL = "https://panel.example.com"
    assert sources.locate(SourceName.PANEL, Path("here")) == Path("here")


def test_an_empty_address_is_not_set(settings: Any) -> None:
    settings.UNGATING_URL = "  "
    assert not sources.is_set(SourceName.UNGATING)
    assert sources.is_set(SourceName.UNGATING, Path("statuses.json"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://panel.example.com", "PANEL_URL is a web address, and only files can be read yet"),
        ("/data/panel", "PANEL_URL is not an address that can be read: set it to file:<path>."),
        ("file:", "PANEL_URL is not an address that can be read"),
    ],
)
def test_other_addresses_are_refused(settings: Any, address: str, words: str) -> None:
    settings.PANEL_URL = address
    with pytest.raises(UnusableFile) as error:
        sources.locate(SourceName.PANEL)
    assert words in str(error.value)


def test_what_is_not_there_or_of_the_other_kind_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    nothing, long = tmp_path / "b", Path("x" * 300)
    missing = " ".join(f"{tmp_path} has no file {name}." for name in sources.PANEL_FILES)
    names = "clients.json, stores.json, transactions.json"
    cases = [
        (sources.read_sheet, tmp_path, f"{tmp_path} is a folder; a CSV or XLSX file is wanted."),
        (sources.read_sheet, nothing, f"{nothing} does not exist."),
        (sources.read_sheet, long, f"{long} does not exist."),
        (sources.read_panel, file, f"{file} is a file; a folder with {names} is wanted."),
        (sources.read_panel, tmp_path, missing),
        (sources.read_ungating, nothing, f"{nothing} does not exist."),
    ]
    for read, path, words in cases:
        with pytest.raises(UnusableFile) as error:
            read(path)
        assert str(error.value) == words
