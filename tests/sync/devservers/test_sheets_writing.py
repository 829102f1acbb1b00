"""values:batchUpdate changes the CSV's cells and nothing else."""

import os
from pathlib import Path
from typing import Any

import pytest
from gspread.exceptions import APIError

from sync.devservers.server import Devservers
from tests.sync.devservers.folders import HEADER, write_sheet
from tests.sync.devservers.test_sheets import READ, WRITE, sheets, values


def update(servers: Devservers, written: list[dict[str, Any]], **body: Any) -> Any:
    whole = {"valueInputOption": "USER_ENTERED", "data": written, **body}
    return sheets(servers, WRITE).values_batch_update("demo", body=whole)


def test_cells_are_written_and_told_as_google_does(servers: Devservers, folder: Path) -> None:
    file = folder / "buying_portal.csv"
    before = file.read_bytes()
    os.chmod(file, 0o640)
    reply = update(
        servers,
        [
            {"range": "ASINs!D2", "values": [[90]]},
            {"range": "ASINs!A7:C8", "values": [["B000000004", None, 17.5], ["", True, 'say "so", please']]},
        ],
    )
    assert reply == {
        "spreadsheetId": "demo",
        "totalUpdatedRows": 3,
        "totalUpdatedColumns": 4,
        "totalUpdatedCells": 6,
        "totalUpdatedSheets": 1,
        "responses": [
            {
                "spreadsheetId": "demo",
                "updatedRange": "ASINs!D2",
                "updatedRows": 1,
                "updatedColumns": 1,
                "updatedCells": 1,
            },
            {
                "spreadsheetId": "demo",
                "updatedRange": "ASINs!A7:C8",
                "updatedRows": 2,
                "updatedColumns": 3,
                "updatedCells": 5,
            },
        ],
    }
    added = b'B000000004,,17.5\r\n,TRUE,"say ""so"", please"\r\n'
    assert file.read_bytes() == before.replace(b" 232", b"90") + added
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["buying_portal.csv", "panel", "ungating"]
    assert values(servers, "ASINs!A7:D7", valueRenderOption="UNFORMATTED_VALUE") == [
        ("ASINs!A7:D7", [["B000000004", "", 17.5]])
    ]


def test_a_block_starts_at_one_cell(servers: Devservers) -> None:
    update(servers, [{"range": "ASINs!B2", "values": [["x", "y"], ["z"]]}], valueInputOption="RAW")
    assert values(servers, "ASINs!A2:C3") == [("ASINs!A2:C3", [["B000000001", "x", "y"], ["", "z"]])]


def test_a_byte_order_mark_and_plain_newlines_stay(servers: Devservers, folder: Path) -> None:
    file = folder / "buying_portal.csv"
    file.write_bytes(b"\xef\xbb\xbfASIN,Qty\nB000000001,1\n")
    update(servers, [{"range": "ASINs!B2", "values": [[2]]}])
    assert file.read_bytes() == b"\xef\xbb\xbfASIN,Qty\nB000000001,2\n"


@pytest.mark.parametrize(
    ("data", "body", "message"),
    [
        ([{"range": "X!A1", "values": [[1]]}], {}, "Unable to parse range: X!A1"),
        ([{"range": "ASINs!A1:B1", "values": [[1, 2, 3]]}], {}, "Requested writing within range [ASINs!A1:B1]"),
        ([{"range": "ASINs!A1001", "values": [[1]]}], {}, "Range (ASINs!A1001) exceeds grid limits."),
        ([{"range": "ASINs!Z1", "values": [[1, 2]]}], {}, "Requested writing within range [ASINs!Z1]"),
        ([{"range": "ASINs!A1", "values": [1]}], {}, "Invalid value at 'data.values'"),
        ([{"range": "ASINs!A1", "values": [[{}]]}], {}, "Invalid value at 'data.values'"),
        ([], {"valueInputOption": "LATER"}, "'valueInputOption' is required"),
        ([], {"data": "all"}, "Invalid value at 'data'"),
    ],
)
def test_what_cannot_be_written_changes_nothing(
    servers: Devservers, folder: Path, data: list[dict[str, Any]], body: dict[str, Any], message: str
) -> None:
    before = (folder / "buying_portal.csv").read_bytes()
    first = {"range": "ASINs!A2", "values": [["changed"]]}
    with pytest.raises(APIError) as caught:
        update(servers, [first, *data], **body)
    assert caught.value.response.status_code == 400
    assert caught.value.response.json()["error"]["message"].startswith(message)
    assert (folder / "buying_portal.csv").read_bytes() == before


def test_a_token_for_reading_writes_nothing(servers: Devservers, folder: Path) -> None:
    write_sheet(folder, [HEADER])
    body = {"valueInputOption": "RAW", "data": [{"range": "ASINs!A1", "values": [["x"]]}]}
    with pytest.raises(APIError) as caught:
        sheets(servers, READ).values_batch_update("demo", body=body)
    assert caught.value.response.json()["error"] == {
        "code": 403,
        "message": "Request had insufficient authentication scopes.",
        "status": "PERMISSION_DENIED",
    }
    assert values(servers, "ASINs!A1") == [("ASINs!A1", [["ASIN"]])]
