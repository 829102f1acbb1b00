"""CSV and XLSX files, and values read from a sheet, as one kind of table with the sheet's row numbers."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sync.parsing.cells import cell_text
from sync.parsing.issues import UnusableFile
from sync.parsing.workbooks import is_workbook, workbook_rows

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 1_048_576
MAX_COLUMNS = 256
DELIMITERS = (",", ";", "\t")
ENCODINGS = ("utf-8-sig", "cp1252")
DECODED_AT_ONCE = 1024 * 1024
SHORT_CELL = 12
_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\r")

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password: save it as .xlsx or CSV"),
    (b"\xff\xfe", "text in UTF-16: save it as CSV in UTF-8"),
    (b"\xfe\xff", "text in UTF-16: save it as CSV in UTF-8"),
    (b"SQLite format 3", "a database"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows that are not blank.

    `rows` holds (row number in the sheet, cells); trailing blank cells are cut, so read them by `cell`.
    `header_row` is the header's number (1 unless blank lines stand above it). `data_rows` counts every row
    below the header, blank ones too.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[object, ...]], ...]
    header_row: int
    data_rows: int


def read_table(source: Path | bytes, name: str) -> Table:
    """The table in a CSV (UTF-8 or Windows-1252; comma, semicolon or tab) or XLSX (first sheet).

    `name` is the file's name in messages. Raises `UnusableFile` for a file that is no table.
    """
    data = read_bytes(source, name)
    rows = workbook_rows(data, name, MAX_ROWS, MAX_COLUMNS) if is_workbook(data) else _csv_rows(data, name)
    return table_from_values(rows, name)


def read_bytes(source: Path | bytes, name: str) -> bytes:
    """The file's bytes. Raises `UnusableFile` where it cannot be read, is empty, or is over 50 MB."""
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with source.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a file name"
            raise UnusableFile(f"{name} cannot be read: {reason}.") from error
    if len(data) > MAX_BYTES:
        raise UnusableFile(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if not data.strip():
        raise UnusableFile(f"{name} is empty.")
    return data


def table_from_values(values: Iterable[Sequence[object]], name: str) -> Table:
    """The table in a sheet's values, given from its first row on. Raises `UnusableFile`."""
    header: tuple[str, ...] = ()
    header_row = number = 0
    rows: list[tuple[int, tuple[object, ...]]] = []
    for number, cells in enumerate(values, 1):
        if number > MAX_ROWS:
            raise UnusableFile(f"{name} has more than {MAX_ROWS:,} rows.")
        kept = _without_trailing_blanks(cells)
        if len(kept) > MAX_COLUMNS:
            raise UnusableFile(f"{name}, row {number} has more than {MAX_COLUMNS} columns.")
        if not kept:
            continue
        if header_row:
            rows.append((number, kept))
        else:
            header, header_row = tuple(cell_text(cell) for cell in kept), number
    _check_shape(name, header, header_row, rows)
    return Table(name, header, tuple(rows), header_row, number - header_row)


def _check_shape(name: str, header: tuple[str, ...], header_row: int, rows: Sequence[object]) -> None:
    if not header:
        raise UnusableFile(f"{name} is empty: every cell is blank.")
    if sum(1 for cell in header if cell) < 2:
        raise UnusableFile(f"{name} is not a table: row {header_row} should be the header and has one cell only.")
    if not rows:
        raise UnusableFile(f"{name} has a header but no rows below it.")


def _without_trailing_blanks(cells: Sequence[object]) -> tuple[object, ...]:
    end = len(cells)
    while end and _is_blank(cells[end - 1]):
        end -= 1
    return tuple(cells[:end])


def _is_blank(cell: object) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell_text(cell))


def _csv_rows(data: bytes, name: str) -> Iterable[list[str]]:
    """The records of a CSV, read as they are asked for: the whole text at once may take four times the file."""
    encoding = _encoding(data, name)
    start = next(_lines(data, encoding), "")[:200].lower()
    if start.startswith("<"):
        raise UnusableFile(f"{name} is a web page or XML, not a table; perhaps the login page was saved.")
    if start.startswith(("{", "[")):
        raise UnusableFile(f"{name} is JSON, not a table.")
    return _records(data, encoding, name)


def _encoding(data: bytes, name: str) -> str:
    """UTF-8 where all of `data` is, else Windows-1252. Raises `UnusableFile` for what is no text."""
    for start, kind in _FOREIGN:
        if data.startswith(start):
            raise UnusableFile(f"{name} is not a table but {kind}.")
    if b"\0" in data:
        raise UnusableFile(f"{name} is not a table: it holds NUL bytes, as binary files do.")
    encoding = next((encoding for encoding in ENCODINGS if _decodes(data, encoding)), "")
    if not encoding:
        raise UnusableFile(f"{name} is neither UTF-8 nor Windows-1252 text: save it as CSV in UTF-8.")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls * 100 > len(data):
        raise UnusableFile(f"{name} is not a table but a binary file.")
    return encoding


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(data)
    try:
        for start in range(0, len(data), DECODED_AT_ONCE):
            decoder.decode(view[start : start + DECODED_AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes, encoding: str) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    """The lines with content, without the blanks at their start."""
    return filter(None, map(str.lstrip, _text(data, encoding)))


def _records(data: bytes, encoding: str, name: str) -> Iterator[list[str]]:
    """The records of a CSV; strict, because a stray quote would otherwise swallow the rows after it.

    Short cells repeat, and each is kept once: half the memory of a large sheet.
    """
    kept: dict[str, str] = {}
    reader = csv.reader(_text(data, encoding), delimiter=_delimiter(data, encoding), strict=True)
    try:
        for record in reader:
            yield [kept.setdefault(cell, cell) if len(cell) <= SHORT_CELL else cell for cell in record]
    except csv.Error as error:
        raise UnusableFile(
            f"{name}, line {reader.line_num}: a quoted cell does not close, or a cell is far too long."
        ) from error


def _delimiter(data: bytes, encoding: str) -> str:
    """The separator that gives the first line with content the most cells; a comma when none does."""
    return max(DELIMITERS, key=lambda delimiter: _width(data, encoding, delimiter))


def _width(data: bytes, encoding: str, delimiter: str) -> int:
    try:
        for record in csv.reader(_text(data, encoding), delimiter=delimiter, strict=True):
            filled = [cell for cell in record if cell_text(cell).strip(",;\t ")]
            if filled:
                return len(filled) if len(record) > 1 else 0
    except csv.Error:
        return 0
    return 0
