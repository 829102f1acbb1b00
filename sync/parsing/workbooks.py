"""The first sheet of an XLSX workbook, streamed and with bounds: a workbook is a zip that may be hostile."""

import io
import warnings
import zipfile
from collections.abc import Iterator

import openpyxl

from sync.parsing.issues import UnusableFile

# A sheet of the portal is about 1 MB unpacked; a zip bomb is a thousand times its packed size.
MAX_UNPACKED = 400 * 1024 * 1024


def is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def workbook_rows(data: bytes, name: str, max_rows: int, max_columns: int) -> Iterator[tuple[object, ...]]:
    """The rows of the first sheet as the values last calculated; trailing blank rows are left out.

    Yields one column and one row more than the bounds, so that the caller sees what is too large.
    Raises `UnusableFile`.
    """
    _check_zip(data, name)
    blank = 0
    gap: tuple[object, ...] | None = None
    try:
        for row in _sheet_rows(data, max_rows + 1, max_columns + 1):
            # Rows left out of the file come as one and the same tuple: a million of them must stay cheap.
            if row is gap or all(cell is None for cell in row):
                gap = row
                blank += 1
                continue
            for _ in range(blank):
                yield ()
            blank = 0
            yield row
    except (UnusableFile, GeneratorExit):
        raise
    except Exception as error:  # openpyxl raises whatever its parsing of a damaged part runs into
        raise UnusableFile(f"{name} is a damaged workbook and cannot be read.") from error


def _sheet_rows(data: bytes, max_row: int, max_col: int) -> Iterator[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # extensions it does not know: styles, validation
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False, keep_vba=False
        )
    try:
        sheet = book.worksheets[0]
        # The range that a workbook declares may be wrong or huge: read the cells that are there.
        sheet.reset_dimensions()
        yield from sheet.iter_rows(max_row=max_row, max_col=max_col, values_only=True)
    finally:
        book.close()


def _check_zip(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except Exception as error:  # a damaged directory: BadZipFile, NotImplementedError, struct.error …
        raise UnusableFile(f"{name} is a damaged workbook and cannot be read.") from error
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise UnusableFile(f"{name} is a zip file, not a workbook.")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise UnusableFile(f"{name} unpacks to more than {MAX_UNPACKED // 1024 // 1024} MB.")
    if any(member.flag_bits & 0x1 for member in members):
        raise UnusableFile(f"{name} is protected by a password.")
