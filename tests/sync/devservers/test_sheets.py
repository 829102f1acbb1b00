"""The Sheets interface: as Google answers gspread and google-auth, over HTTP."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient

from sync.devservers.server import Devservers
from sync.parsing.portal import parse_portal
from sync.parsing.tables import read_table, table_from_values
from tests.sync.devservers.folders import HEADER, ROWS, account, signer, write_sheet

READ = ["https://www.googleapis.com/auth/spreadsheets.readonly"]
WRITE = ["https://www.googleapis.com/auth/spreadsheets"]
UNFORMATTED = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}


class LoopbackClient(HTTPClient):
    """gspread's own client with Google's address replaced."""

    base = ""

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, endpoint.replace("https://sheets.googleapis.com", self.base), *args, **kwargs)


def sheets(servers: Devservers, scopes: list[str] = READ) -> LoopbackClient:
    info = account(servers)
    found = LoopbackClient(Credentials(signer(servers), info["client_email"], info["token_uri"], scopes=scopes))
    found.base = servers.environment()["GOOGLE_SHEETS_API"]
    found.set_timeout(5)
    return found


def values(servers: Devservers, *ranges: str, **params: str) -> list[Any]:
    reply = sheets(servers).values_batch_get("demo", list(ranges), params={**params})
    assert reply["spreadsheetId"] == "demo"
    assert all(found["majorDimension"] == "ROWS" for found in reply["valueRanges"])
    return [(found["range"], found.get("values")) for found in reply["valueRanges"]]


def refusal(servers: Devservers, *ranges: str, **params: str) -> dict[str, Any]:
    with pytest.raises(APIError) as caught:
        values(servers, *ranges, **params)
    return dict(caught.value.response.json()["error"])


def test_numbers_dates_and_text_as_google_gives_them(servers: Devservers) -> None:
    assert values(servers, "ASINs!A1:Z", **UNFORMATTED) == [
        (
            "ASINs!A1:Z1000",
            [
                HEADER,
                ["B000000001", "Pot, black", 46281, 232, 17.94, "12.9 x 9.9 x 9.1"],
                [],
                ["B000000002 ", "", 46333, 1200, "USD 12.5"],
                ["B000000003", "TBD", 46281, 48, "", "", "#REF!"],
            ],
        )
    ]


def test_formatted_values_are_what_is_written(servers: Devservers) -> None:
    ragged = [HEADER, ROWS[0][:6], [], ROWS[2][:5], ROWS[3]]
    assert values(servers, "ASINs", valueRenderOption="FORMATTED_VALUE") == [("ASINs!A1:Z1000", ragged)]
    assert values(servers, "ASINs") == [("ASINs!A1:Z1000", ragged)]


def test_dates_may_be_formatted_among_numbers(servers: Devservers) -> None:
    options = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    assert values(servers, "ASINs!C2:D4", **options) == [
        ("ASINs!C2:D4", [["9/16/2026", 232], [], ["Nov 07, 2026", 1200]])
    ]


def test_several_ranges_in_one_request(servers: Devservers) -> None:
    assert values(servers, "ASINs!A1:B1", "'ASINs'!D:D", "ASINs!G5", "ASINs!F3:G4", "ASINs!A1:ZZ500", "B2") == [
        ("ASINs!A1:B1", [["ASIN", "Title"]]),
        ("ASINs!D1:D1000", [["Qty"], [" 232"], [], ["1,200"], ["48.0"]]),
        ("ASINs!G5", [["#REF!"]]),
        ("ASINs!F3:G4", None),
        ("ASINs!A1:Z500", values(servers, "ASINs")[0][1]),
        ("ASINs!B2", [["Pot, black"]]),
    ]
    assert [request.path for request in servers.requests][:2] == [
        "/token",
        "/sheets/v4/spreadsheets/demo/values:batchGet",
    ]


def test_column_by_column(servers: Devservers) -> None:
    params = {**UNFORMATTED, "majorDimension": "COLUMNS"}
    reply = sheets(servers).values_batch_get("demo", ["'ASINs'!D:D", "ASINs!D2:G3", "ASINs!H:H"], params=params)
    assert reply["valueRanges"] == [
        {"range": "ASINs!D1:D1000", "majorDimension": "COLUMNS", "values": [["Qty", 232, "", 1200, 48]]},
        {"range": "ASINs!D2:G3", "majorDimension": "COLUMNS", "values": [[232], [17.94], ["12.9 x 9.9 x 9.1"]]},
        {"range": "ASINs!H1:H1000", "majorDimension": "COLUMNS"},
    ]


def test_a_blank_sheet_has_no_values(servers: Devservers, folder: Path) -> None:
    (folder / "buying_portal.csv").write_text("")
    assert values(servers, "ASINs") == [("ASINs!A1:Z1000", None)]


def test_an_edited_sheet_is_visible_at_once(servers: Devservers, folder: Path) -> None:
    assert values(servers, "ASINs!D2") == [("ASINs!D2", [[" 232"]])]
    write_sheet(folder, [HEADER, ["B000000001", "", "", "9"]])
    assert values(servers, "ASINs!D2") == [("ASINs!D2", [["9"]])]


def test_the_demo_reads_the_same_through_the_servers(state: Path) -> None:
    demo = Path(__file__).resolve().parents[3] / "operations/demo"
    with Devservers(demo, state=state) as servers:
        ((_, rows),) = values(servers, "ASINs", **UNFORMATTED)
    file = demo / "buying_portal.csv"
    through = parse_portal(table_from_values(rows, file.name), today=date(2026, 11, 23))
    direct = parse_portal(read_table(file, file.name), today=date(2026, 11, 23))
    assert len(direct.rows) > 900
    assert through.rows == direct.rows
    assert [(issue.row, issue.reason) for issue in through.issues] == [
        (issue.row, issue.reason) for issue in direct.issues
    ]
    assert [request.path for request in servers.requests].count("/token") == 1


def test_unknown_tabs_ranges_and_spreadsheets(servers: Devservers) -> None:
    assert refusal(servers, "X!A1:Z") == {
        "code": 400,
        "message": "Unable to parse range: X!A1:Z",
        "status": "INVALID_ARGUMENT",
    }
    assert refusal(servers, "ASINs!A1", "ASINs!?")["message"] == "Unable to parse range: ASINs!?"
    assert refusal(servers, "ASINs!AB1:AC2")["message"] == (
        "Range (ASINs!AB1:AC2) exceeds grid limits. Max rows: 1000, max columns: 26"
    )
    assert refusal(servers, "ASINs", valueRenderOption="PRETTY")["status"] == "INVALID_ARGUMENT"
    with pytest.raises(APIError) as caught:
        sheets(servers).values_batch_get("other", ["ASINs"])
    assert caught.value.response.json() == {
        "error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}
    }


def test_gspread_finds_the_tab_by_its_name(servers: Devservers) -> None:
    about = sheets(servers).fetch_sheet_metadata("demo")
    assert about["properties"]["title"] == "demo"
    assert [sheet["properties"]["title"] for sheet in about["sheets"]] == ["ASINs"]
    assert about["sheets"][0]["properties"]["gridProperties"] == {"rowCount": 1000, "columnCount": 26}
    assert sheets(servers).values_get("demo", "ASINs!A2:B2")["values"] == [["B000000001", "Pot, black"]]


def test_another_tab_and_spreadsheet(folder: Path, state: Path) -> None:
    with Devservers(folder, state=state, spreadsheet="abc", tab="Buy's list") as servers:
        assert servers.environment()["PORTAL_URL"] == "https://docs.google.com/spreadsheets/d/abc"
        assert servers.environment()["PORTAL_TAB"] == "Buy's list"
        reply = sheets(servers).values_batch_get("abc", ["'Buy''s list'!A1:A2"])
    assert reply["valueRanges"][0]["range"] == "'Buy''s list'!A1:A2"
    assert reply["valueRanges"][0]["values"] == [["ASIN"], ["B000000001"]]


def test_without_a_token_google_refuses(servers: Devservers) -> None:
    for headers in ({}, {"Authorization": "Bearer development-panel-token"}):
        url = f"{servers.url}/sheets/v4/spreadsheets/demo/values:batchGet"
        reply = requests.get(url, headers=headers, params={"ranges": "ASINs"}, timeout=5)
        assert reply.status_code == 401
        assert reply.json()["error"]["code"] == 401
        assert reply.json()["error"]["status"] == "UNAUTHENTICATED"


def test_google_auth_gets_a_new_token_when_the_old_one_is_worth_nothing(servers: Devservers) -> None:
    environment = servers.environment()
    file = environment["GOOGLE_SERVICE_ACCOUNT_FILE"]
    client = LoopbackClient(Credentials.from_service_account_file(file, scopes=READ))
    client.base = environment["GOOGLE_SHEETS_API"]
    client.values_batch_get("demo", ["ASINs"])
    servers.expire_tokens()
    client.values_batch_get("demo", ["ASINs"])
    assert [(request.path.rpartition("/")[2], request.status) for request in servers.requests] == [
        ("token", 200),
        ("values:batchGet", 200),
        ("values:batchGet", 401),
        ("token", 200),
        ("values:batchGet", 200),
    ]


def test_a_broken_sheet_is_said(servers: Devservers, folder: Path) -> None:
    (folder / "buying_portal.csv").write_bytes(b"ASIN,Caf\xe9\r\n")
    error = refusal(servers, "ASINs")
    assert (error["code"], error["status"]) == (500, "INTERNAL")
    assert "buying_portal.csv of the development servers is not UTF-8" in error["message"]
