"""An XLSX whose XML would grow without end, or reach for other files, is refused in words."""

import io
import zipfile

import openpyxl
import pytest

from sync.parsing.issues import UnusableFile
from sync.parsing.tables import read_table

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_are_refused(doctype: str, part: str) -> None:
    whole = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["ASIN", "Qty"])
    book.active.append(["B000000001", 5])
    book.save(whole)
    evil = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(evil, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == part:
                text = text.replace("ASIN", "&c;")
                head, mark, rest = text.partition("?>")
                text = head + mark + doctype + rest if mark else doctype + text
            target.writestr(name, text)
    with pytest.raises(UnusableFile):
        read_table(evil.getvalue(), "sheet.xlsx")
