"""Ranges in A1 notation: `ASINs`, `'Tab name'!A1:Z`, `ASINs!B:B`, `ASINs!H5`."""

import re
from dataclasses import dataclass

from sync.devservers.calls import CallRefused

_CELLS = re.compile(r"([A-Z]{0,3})([1-9][0-9]{0,6})?(?::([A-Z]{0,3})([1-9][0-9]{0,6})?)?", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Area:
    """Rows and columns from 0; the ends are the first ones outside, `None` where the range is open."""

    first_row: int
    first_column: int
    end_row: int | None
    end_column: int | None

    @property
    def is_one_cell(self) -> bool:
        return self.end_row == self.first_row + 1 and self.end_column == self.first_column + 1


def parse_range(text: str, tab: str) -> Area:
    """The area that `text` names in the spreadsheet's only tab. Raises CallRefused as Google does."""
    name, separator, cells = text.rpartition("!")
    if not separator:
        whole = _unquoted(text) == tab
        name, cells = tab, "" if whole else text
        if not whole and not cells:
            raise unparsable(text)
    elif not cells:
        raise unparsable(text)
    if _unquoted(name) != tab:
        raise unparsable(text)
    area = _area(cells.replace("$", "").upper())
    if area is None:
        raise unparsable(text)
    return area


def unparsable(text: str) -> CallRefused:
    """Google's refusal of a range that it does not know."""
    return CallRefused(400, f"Unable to parse range: {text}")


def clipped(area: Area, rows: int, columns: int, tab: str) -> Area:
    """The part of the area inside a grid of so many rows and columns. Raises CallRefused where it starts outside."""
    if area.first_row >= rows or area.first_column >= columns:
        raise CallRefused(
            400, f"Range ({range_text(area, tab)}) exceeds grid limits. Max rows: {rows}, max columns: {columns}"
        )
    return Area(
        area.first_row,
        area.first_column,
        rows if area.end_row is None else min(area.end_row, rows),
        columns if area.end_column is None else min(area.end_column, columns),
    )


def range_text(area: Area, tab: str) -> str:
    """The area as Google writes it: `ASINs!A1:Z1000`, `'My tab'!H5`."""
    start = f"{column_letters(area.first_column)}{area.first_row + 1}"
    last_column = "" if area.end_column is None else column_letters(area.end_column - 1)
    end = f"{last_column}{'' if area.end_row is None else area.end_row}"
    name = tab if _PLAIN_NAME.fullmatch(tab) and not _looks_like_cells(tab) else "'" + tab.replace("'", "''") + "'"
    return f"{name}!{start}" if area.is_one_cell else f"{name}!{start}:{end}"


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _looks_like_cells(tab: str) -> bool:
    match = _CELLS.fullmatch(tab.upper())
    return match is not None and bool(match[2])


def _unquoted(name: str) -> str:
    if len(name) > 1 and name.startswith("'") and name.endswith("'"):
        return name[1:-1].replace("''", "'")
    return name


def _area(cells: str) -> Area | None:
    if not cells:
        return Area(0, 0, None, None)
    match = _CELLS.fullmatch(cells)
    if match is None:
        return None
    column, row, last_column, last_row = (match[1], match[2], match[3], match[4])
    if last_column is None:  # no colon: one cell
        return _rectangle(column, row, column, row) if column and row else None
    if not (last_column or last_row) or bool(column) != bool(last_column) or not (row or column):
        return None
    if last_row and not row:
        return None
    return _rectangle(column, row, last_column, last_row)


def _rectangle(column: str, row: str | None, last_column: str, last_row: str | None) -> Area:
    """Corners in any order, as Google takes them."""
    rows = sorted((int(row), int(last_row))) if row and last_row else [int(row or 1), None]
    columns = sorted((_column_index(column), _column_index(last_column))) if column else [0, None]
    first_row, last = rows[0] or 1, rows[1]
    first_column, right = columns[0] or 0, columns[1]
    return Area(first_row - 1, first_column, last, None if right is None else right + 1)
