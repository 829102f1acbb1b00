"""Where each source's data comes from: an address in the settings, or what a person gave."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Problem
from sync.adapters.panel import read_panel as ask_panel
from sync.adapters.reading import Reading
from sync.adapters.ungating import read_ungating as ask_ungating
from sync.connections import panel_caller, sheets, ungating_caller
from sync.models import SourceName
from sync.parsing.issues import UnusableFile
from sync.parsing.strict_json import load_list
from sync.parsing.tables import Table, read_table, table_from_values
from sync.services.context import Ask, Given

SETTINGS: Mapping[str, str] = {
    SourceName.PORTAL: "PORTAL_URL",
    SourceName.PANEL: "PANEL_URL",
    SourceName.UNGATING: "UNGATING_URL",
    SourceName.PREORDERS: "PREORDERS_URL",
}
# Clients before their stores before what refers to both: the order in which a full sync reads.
ORDER: tuple[SourceName, ...] = (
    SourceName.PORTAL,
    SourceName.PANEL,
    SourceName.UNGATING,
    SourceName.PREORDERS,
)
# Preorders are imported by people, not polled.
POLLED = (SourceName.PORTAL, SourceName.PANEL, SourceName.UNGATING)
PANEL_FILES = ("clients.json", "stores.json", "transactions.json")
UNGATING_FILE = "statuses.json"


def setting_of(source: SourceName) -> str:
    """The name of the setting that holds the source's address."""
    return SETTINGS[source]


def is_set(source: SourceName, given: Given | None = None) -> bool:
    """Whether there is anything to read: what a person gave, or an address in the settings."""
    return given is not None or bool(_address(source)) or (source == SourceName.UNGATING and asks_amazon())


def asks_amazon() -> bool:
    """Whether Amazon itself is asked what is ungated, instead of the ungating software."""
    return bool(settings.UNGATING_ADAPTER == "amazon")


def _address(source: SourceName) -> str:
    return str(getattr(settings, setting_of(source), "") or "").strip()


def is_web(source: SourceName, given: Given | None = None) -> bool:
    """Whether the source is asked over the net."""
    return given is None and _address(source).lower().startswith(("http:", "https:"))


def _content(source: SourceName, given: Given | None) -> tuple[Path | bytes, str]:
    """The file, folder or bytes that are read, and their name in messages.

    A relative path in the settings counts from the project's folder, whatever the process was started in.
    Raises UnusableFile for an address of any other kind.
    """
    if given is not None:
        return given.content, given.name
    name, address = setting_of(source), _address(source)
    scheme, _, rest = address.partition(":")
    if scheme.lower() != "file" or not rest:
        raise UnusableFile(f"{name} is not an address that can be read: set it to https://… or file:<path>.")
    path = Path(settings.BASE_DIR) / rest.removeprefix("//")
    return path, str(path)


def portal_aliases() -> Mapping[str, Sequence[str]]:
    """PORTAL_ALIASES: field -> further headers of its column. Raises UnusableFile for any other form."""
    aliases: Any = getattr(settings, "PORTAL_ALIASES", {}) or {}
    fits = isinstance(aliases, dict) and all(
        isinstance(headers, (list, tuple)) and all(isinstance(header, str) for header in headers)
        for headers in aliases.values()
    )
    if not fits:
        raise UnusableFile('PORTAL_ALIASES must name lists of headers, as in {"unit_cost": ["Our cost"]}.')
    return aliases  # type: ignore[no-any-return]


def read_portal(ask: Ask) -> Table:
    """The buying portal's table: from Google Sheets, a CSV or an XLSX. Raises UnusableFile."""
    if not is_web(SourceName.PORTAL, ask.given):
        return _table(SourceName.PORTAL, ask)
    reader, address = sheets(writable=False)
    return table_from_values(reader.read(address), f"The sheet “{address.tab}”")


def read_preorders(ask: Ask) -> Table:
    """The table of preorders in a CSV or XLSX. Raises UnusableFile."""
    return _table(SourceName.PREORDERS, ask)


def _table(source: SourceName, ask: Ask) -> Table:
    content, name = _content(source, ask.given)
    if isinstance(content, Path):
        _must_exist(content)
        if content.is_dir():
            raise UnusableFile(f"{content} is a folder; a CSV or XLSX file is wanted.")
        name = content.name
    return read_table(content, name)


def read_panel(ask: Ask, *, holders: Sequence[str], newest: Mapping[str, datetime]) -> Reading:
    """The panel's objects by part: clients, stores, transactions. Raises UnusableFile.

    Over HTTP only what has changed since the marks, unless all is wanted; then transactions are asked for of changed
    clients and of `holders` (panel ids), from a day before the `newest` that we know of each.
    """
    if is_web(SourceName.PANEL, ask.given):
        with panel_caller() as caller:
            return ask_panel(
                caller, marks=ask.marks, sweep=ask.sweep, now=ask.now, holders=holders, newest=newest, tell=ask.tell
            )
    folder = _folder_or_file(SourceName.PANEL, ask)
    if not folder.is_dir():
        raise UnusableFile(f"{folder} is a file; a folder with {', '.join(PANEL_FILES)} is wanted.")
    missing = [name for name in PANEL_FILES if not (folder / name).is_file()]
    if missing:
        raise UnusableFile([Problem("", f"{folder} has no file {name}.") for name in missing])
    parts = {name.removesuffix(".json"): load_list(folder / name, name) for name in PANEL_FILES}
    return Reading(parts, complete=True, marks={})


def read_ungating(ask: Ask) -> Reading:
    """The statuses' objects: from the ungating software, or from a JSON file or a folder with `statuses.json`.

    Raises UnusableFile.
    """
    if is_web(SourceName.UNGATING, ask.given):
        with ungating_caller() as caller:
            return ask_ungating(caller, marks=ask.marks, sweep=ask.sweep, now=ask.now, tell=ask.tell)
    path = _folder_or_file(SourceName.UNGATING, ask)
    file = path / UNGATING_FILE if path.is_dir() else path
    if not file.exists():
        raise UnusableFile(f"{path} has no file {UNGATING_FILE}.")
    return Reading({"statuses": load_list(file, file.name)}, complete=True, marks={})


def _folder_or_file(source: SourceName, ask: Ask) -> Path:
    content, name = _content(source, ask.given)
    if isinstance(content, bytes):
        raise UnusableFile(f"{name}: only sheets are uploaded.")
    _must_exist(content)
    return content


def _must_exist(path: Path) -> None:
    try:
        found = path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL byte
        found = False
    if not found:
        raise UnusableFile(f"{path} does not exist.")
