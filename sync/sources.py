"""Where each source's data comes from: an address in the settings, or a file given by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Problem
from sync.models import SourceName
from sync.parsing.issues import UnusableFile
from sync.parsing.strict_json import load_list
from sync.parsing.tables import Table, read_table

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
PANEL_FILES = ("clients.json", "stores.json", "transactions.json")
UNGATING_FILE = "statuses.json"


def setting_of(source: SourceName) -> str:
    """The name of the setting that holds the source's address."""
    return SETTINGS[source]


def is_set(source: SourceName, file: Path | None = None) -> bool:
    """Whether there is anything to read: a file given by hand, or an address in the settings."""
    return file is not None or bool(_address(source))


def locate(source: SourceName, file: Path | None = None) -> Path:
    """The file or folder that the source is read from; `file`, given by hand, wins over the settings.

    A relative path in the settings counts from the project's folder, whatever the process was started in.
    Raises UnusableFile for an address of any other kind.
    """
    if file is not None:
        return file
    name, address = setting_of(source), _address(source)
    scheme, _, rest = address.partition(":")
    if scheme.lower() in ("http", "https"):
        raise UnusableFile(
            f"{name} is a web address, and only files can be read yet: set it to file:<path>, or give --file."
        )
    if scheme.lower() != "file" or not rest:
        raise UnusableFile(f"{name} is not an address that can be read: set it to file:<path>.")
    return Path(settings.BASE_DIR) / rest.removeprefix("//")


def _address(source: SourceName) -> str:
    return str(getattr(settings, setting_of(source), "") or "").strip()


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


def read_sheet(path: Path) -> Table:
    """The table in a CSV or XLSX file. Raises UnusableFile."""
    _must_exist(path)
    if path.is_dir():
        raise UnusableFile(f"{path} is a folder; a CSV or XLSX file is wanted.")
    return read_table(path, path.name)


def read_panel(folder: Path) -> dict[str, list[Any]]:
    """The panel's objects by part: clients, stores, transactions. Raises UnusableFile."""
    _must_exist(folder)
    if not folder.is_dir():
        raise UnusableFile(f"{folder} is a file; a folder with {', '.join(PANEL_FILES)} is wanted.")
    missing = [name for name in PANEL_FILES if not (folder / name).is_file()]
    if missing:
        raise UnusableFile([Problem("", f"{folder} has no file {name}.") for name in missing])
    return {name.removesuffix(".json"): load_list(folder / name, name) for name in PANEL_FILES}


def read_ungating(path: Path) -> list[Any]:
    """The statuses' objects in `path`, a JSON file or a folder with `statuses.json`. Raises UnusableFile."""
    _must_exist(path)
    file = path / UNGATING_FILE if path.is_dir() else path
    if not file.exists():
        raise UnusableFile(f"{path} has no file {UNGATING_FILE}.")
    return load_list(file, file.name)


def _must_exist(path: Path) -> None:
    try:
        found = path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL byte
        found = False
    if not found:
        raise UnusableFile(f"{path} does not exist.")
