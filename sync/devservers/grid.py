"""A CSV file as a sheet's grid: read as it is, written cell by cell."""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sync.devservers.files import BrokenFile, WatchedFile

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows' cells as they are written, and how the file was written."""

    rows: tuple[tuple[str, ...], ...]
    newline: str
    bom: bool


class CsvSheet:
    """The file behind a tab."""

    def __init__(self, path: Path, name: str) -> None:
        self._file = WatchedFile(path, name, parse_grid)
        self._lock = Lock()

    def read(self) -> Grid:
        """The grid now. Raises BrokenFile."""
        with self._lock:
            return self._file.read()

    def write(self, cells: Mapping[tuple[int, int], str]) -> None:
        """Sets cells, by row and column from 0; the file is replaced as a whole. Raises BrokenFile."""
        with self._lock:
            grid = self._file.read()
            rows = [list(row) for row in grid.rows]
            for (row, column), text in cells.items():
                rows.extend([] for _ in range(row + 1 - len(rows)))
                rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
                rows[row][column] = text
            _replace(self._file.path, grid, rows)


def parse_grid(data: bytes, name: str) -> Grid:
    """The CSV in `data`. Raises BrokenFile where it is no CSV in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(name, "is not UTF-8: save it as CSV in UTF-8") from error
    try:
        rows = tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise BrokenFile(name, f"is not CSV: {error}") from error
    return Grid(rows, "\r\n" if "\r\n" in text else "\n", data.startswith(BOM))


def _replace(path: Path, grid: Grid, rows: list[list[str]]) -> None:
    """Writes beside the file and renames, so that nobody ever reads half of it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=grid.newline).writerows(rows)
    data = (BOM if grid.bom else b"") + text.getvalue().encode()
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
