"""Files as tables: what is read, how rows are numbered, and what cannot be used."""

import gzip
import io
import itertools
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.issues import UnusableFile
from sync.parsing.tables import DECODED_AT_ONCE, MAX_BYTES, Table, read_table, table_from_values


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def message(data: bytes) -> str:
    with pytest.raises(UnusableFile) as caught:
        read_table(data, "sheet.csv")
    return str(caught.value)


def test_rows_are_numbered_as_in_the_sheet() -> None:
    table = read_table(b'ASIN,Title\nB1,"two\nlines"\n, \n\nB2,x\n,,\n', "sheet.csv")
    assert table == Table(
        name="sheet.csv",
        header=("ASIN", "Title"),
        rows=((2, ("B1", "two\nlines")), (5, ("B2", "x"))),
        header_row=1,
        data_rows=5,
    )


def test_blank_lines_above_the_header() -> None:
    table = read_table(b"\n,,\nASIN,Title\nB1,x\n", "sheet.csv")
    assert (table.header_row, table.rows, table.data_rows) == (3, ((4, ("B1", "x")),), 1)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfASIN,Brand\nB1,Caf\xc3\xa9\n",
        b"ASIN,Brand\r\nB1,Caf\xe9\r\n",
        b"ASIN;Brand\nB1;Caf\xe9",
        b"ASIN\tBrand\nB1\tCaf\xc3\xa9\n",
        b"ASIN,Brand\rB1,Caf\xc3\xa9\r",
    ],
)
def test_encodings_and_separators(data: bytes) -> None:
    table = read_table(data, "sheet.csv")
    assert (table.header, table.rows) == (("ASIN", "Brand"), ((2, ("B1", "Café")),))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_large_file_is_decoded_whole(encoding: str) -> None:
    """Characters of several bytes lie across the parts in which it is decoded."""
    cells = ["é" * 1000, "x" * 997, "ü" * 1000]
    data = ("a,b,c\n" + (",".join(cells) + "\n") * 900).encode(encoding)
    assert len(data) > 2 * DECODED_AT_ONCE
    table = read_table(data, "sheet.csv")
    assert len(table.rows) == 900
    assert {cells for _, cells in table.rows} == {tuple(cells)}


def test_one_byte_that_is_no_utf8_far_below_makes_it_windows_text() -> None:
    data = b"a,b\n" + b"x,Caf\xc3\xa9\n" * 200_000 + b"x,Caf\xe9\n"
    assert read_table(data, "sheet.csv").rows[-1] == (200_002, ("x", "Café"))


def test_a_separator_within_quotes_does_not_count() -> None:
    assert read_table(b'"a;b;c;d",x\n1,2\n', "sheet.csv").header == ("a;b;c;d", "x")


def test_workbook_cells_keep_their_types_and_rows() -> None:
    data = workbook([["ASIN", "Qty", "Date"], ["B1", 48, datetime(2026, 8, 21)], [], ["B2", 1.5, None]])
    table = read_table(data, "sheet.xlsx")
    assert table.header == ("ASIN", "Qty", "Date")
    assert table.rows == ((2, ("B1", 48, datetime(2026, 8, 21))), (4, ("B2", 1.5)))
    assert table.data_rows == 3


def test_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert read_table(path, "sheet.csv").rows == ((2, ("1", "2")),)


@pytest.mark.parametrize("path", [Path("/nowhere/sheet.csv"), Path("/"), Path("a\0b")])
def test_a_file_that_cannot_be_opened(path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"sheet\.csv cannot be read: "):
        read_table(path, "sheet.csv")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "sheet.csv is empty."),
        (b" \n\n", "sheet.csv is empty."),
        (b"\xef\xbb\xbf", "sheet.csv is empty: every cell is blank."),
        (b",,\n,,\n", "sheet.csv is empty: every cell is blank."),
        (b"ASIN,Title\n", "sheet.csv has a header but no rows below it."),
        (b"ASIN,Title\n,\n,\n", "sheet.csv has a header but no rows below it."),
        (b"hello world\nfoo\n", "is not a table: row 1 should be the header and has one cell only."),
        (b"<!DOCTYPE html><html>Sign in, please</html>", "is a web page or XML, not a table"),
        (b" \n<html><body>a,b</body></html>", "is a web page or XML, not a table"),
        (b'{"error": "x", "a": 1}', "is JSON, not a table."),
        (b"[1,2]\n[3,4]", "is JSON, not a table."),
        (b"a,b\n1,\0\n", "holds NUL bytes"),
        (b"a,b\n1,2\n".decode().encode("utf-16"), "text in UTF-16: save it as CSV in UTF-8"),
        (b"a,b\n\x81\x8d,2\n", "neither UTF-8 nor Windows-1252"),
        (bytes(range(1, 9)) * 20, "not a table but a binary file"),
        (b"%PDF-1.7 a,b", "not a table but a PDF"),
        (b"\x89PNG\r\n", "not a table but an image"),
        (gzip.compress(b"a,b\n1,2\n"), "not a table but a compressed file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook (.xls)"),
        (b'a,b\n1,"two\n3,4\n', "line 3: a quoted cell does not close"),
        (b'a,b\n"1"x,2\n', "line 2: a quoted cell does not close"),
        (b"a,b\n1," + b"x" * 200_000, "a cell is far too long"),
        (b"a,b\n" + b"1," * 300 + b"1", "row 2 has more than 256 columns"),
        (b"PK\x03\x04junk", "is a damaged workbook"),
        (workbook([["ASIN", "Title"], ["B1", "x"]])[:-200], "is a damaged workbook"),
        (workbook([["ASIN", "Title"]]), "has a header but no rows below it."),
        (workbook([]), "is empty: every cell is blank."),
    ],
    ids=itertools.count(),
)
def test_unusable_files(data: bytes, says: str) -> None:
    assert says in message(data)


def test_a_file_over_the_limit() -> None:
    assert message(b"a,b\n" + b"1" * MAX_BYTES) == "sheet.csv is larger than 50 MB."


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def rezipped(data: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    return zipped(members | {name: content})


def test_a_zip_of_an_unknown_version() -> None:
    data = bytearray(workbook([["a", "b"], ["1", "2"]]))
    data[data.rindex(b"PK\x01\x02") + 6] = 99
    assert "is a damaged workbook" in message(bytes(data))


def test_a_zip_that_is_no_workbook() -> None:
    assert "is a zip file, not a workbook" in message(zipped({"a.csv": b"a,b"}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"\0" * (401 * 1024 * 1024)})
    assert len(bomb) < 1_000_000
    assert "unpacks to more than 400 MB" in message(bomb)


@pytest.mark.parametrize("row", [b"1048577", b"99999999999"])
def test_a_row_number_beyond_a_sheet_is_not_counted_to(row: bytes) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        b'<row r="' + row + b'"><c r="A' + row + b'"><v>3</v></c></row></sheetData></worksheet>'
    )
    data = rezipped(workbook([["a", "b"]]), "xl/worksheets/sheet1.xml", sheet)
    assert message(data)


def test_a_workbook_with_entities_is_refused() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="str"><v>&x;</v></c></row></sheetData></worksheet>'
    )
    assert "damaged" in message(rezipped(workbook([["a", "b"]]), "xl/worksheets/sheet1.xml", laughs))


def test_values_of_a_sheet_are_numbered_the_same() -> None:
    table = table_from_values([["ASIN", "Qty"], [], ["B1", 4, ""]], "the sheet")
    assert (table.rows, table.data_rows) == (((3, ("B1", 4)),), 2)


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_a_table_or_unusable(data: bytes) -> None:
    try:
        assert read_table(data, "any").rows
    except UnusableFile as error:
        assert str(error).startswith("any")


@given(st.binary(min_size=1, max_size=40), st.integers(0, 5000))
def test_a_damaged_workbook_is_a_table_or_unusable(junk: bytes, place: int) -> None:
    data = workbook([["a", "b"], ["1", "2"]])
    try:
        read_table(data[:place] + junk + data[place + len(junk) :], "any")
    except UnusableFile as error:
        assert str(error).startswith("any")
