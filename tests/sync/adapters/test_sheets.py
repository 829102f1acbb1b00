"""Reading and writing a Google sheet over real sockets, and every way in which that fails."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync.adapters.reading import Unreachable
from sync.adapters.sheets import SheetAddress, parse_address
from tests.sync.adapters.google import EMAIL, SPREADSHEET, Google, Reply, failure, refusal, running_google

ADDRESS = SheetAddress(SPREADSHEET, "ASINs")
ROWS: list[list[Any]] = [["ASIN", "Qty"], ["B000000001", 40], [], ["B000000002"]]
SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    with running_google(tmp_path) as found:
        found.tabs["ASINs"] = ROWS
        yield found


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.google.com/spreadsheets/d/1AbC-d_9",
        "https://docs.google.com/spreadsheets/d/1AbC-d_9/",
        "https://docs.google.com/spreadsheets/d/1AbC-d_9/edit#gid=0",
        " https://docs.google.com/spreadsheets/d/1AbC-d_9/edit?usp=sharing#gid=77 ",
        "https://docs.google.com/spreadsheets/u/1/d/1AbC-d_9/edit",
    ],
)
def test_addresses(url: str) -> None:
    address = parse_address(url, "Tom's ASINs", setting="OTHER_URL")
    assert (address.spreadsheet, address.tab, address.setting) == (SPREADSHEET, "Tom's ASINs", "OTHER_URL")
    assert address == SheetAddress(SPREADSHEET, "Tom's ASINs")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "1AbC-d_9",
        "http://docs.google.com/spreadsheets/d/1AbC-d_9",
        "https://docs.google.com.evil.example/spreadsheets/d/1AbC-d_9",
        "https://docs.google.com/spreadsheets/d/",
        "https://docs.google.com/spreadsheets/d/../x",
        "https://docs.google.com/spreadsheets/d/1AbC:batchClear",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1v/pubhtml",
        "https://docs.google.com/document/d/1AbC-d_9",
        "https://docs.google.com/spreadsheets/d/1AbC-d_9\nx",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Unreachable, match=r"^OTHER_URL is not the address of a Google sheet: copy it"):
        parse_address(url, "ASINs", setting="OTHER_URL")


def test_a_tab_without_a_name_is_refused() -> None:
    with pytest.raises(Unreachable, match=r"^PORTAL_TAB is not set"):
        parse_address("https://docs.google.com/spreadsheets/d/1AbC-d_9", " ")


def test_two_readings_are_two_requests_and_one_token(google: Google) -> None:
    sheets = google.sheets()
    assert sheets.read(ADDRESS) == ROWS
    assert sheets.read(ADDRESS) == ROWS
    assert google.token_requests == 1
    assert google.scopes == [f"{SCOPE}.readonly"]
    assert [(asked.method, asked.path) for asked in google.asked] == [
        ("GET", f"/v4/spreadsheets/{SPREADSHEET}/values:batchGet")
    ] * 2
    assert google.asked[0].params == {
        "ranges": ["'ASINs'"], "majorDimension": ["ROWS"],
        "valueRenderOption": ["UNFORMATTED_VALUE"], "dateTimeRenderOption": ["SERIAL_NUMBER"],
    }  # fmt: skip


def test_numbers_stay_exact(google: Google) -> None:
    numbers = b'[48, 48.0, 17.94, 0.1000000000000000055, 12345678901234567890.12, 1.2E+9, true, ""]'
    google.answers.append(Reply(body=b'{"valueRanges": [{"values": [' + numbers + b"]}]}"))
    (row,) = google.sheets().read(ADDRESS)
    assert row == [
        48, Decimal("48.0"), Decimal("17.94"), Decimal("0.1000000000000000055"), Decimal("12345678901234567890.12"),
        Decimal("1.2E+9"), True, "",
    ]  # fmt: skip
    assert [type(cell) for cell in row] == [int, *[Decimal] * 5, bool, str]


def test_tabs_with_quotes_and_empty_tabs(google: Google) -> None:
    google.tabs = {"Tom's": [["a"]], "Empty": []}
    sheets = google.sheets()
    assert sheets.read(SheetAddress(SPREADSHEET, "Tom's")) == [["a"]]
    assert sheets.read(SheetAddress(SPREADSHEET, "Empty")) == []
    assert google.asked[0].params["ranges"] == ["'Tom''s'"]


@pytest.mark.parametrize("major", ["COLUMNS", "ROWS"])
def test_columns_come_equally_long_by_whichever_dimension(major: str, google: Google) -> None:
    if major == "ROWS":
        parts = [{"values": [["ASIN"], ["B1"], [], ["B2"]]}, {"values": [["Qty"], [40]]}, {}]
        google.answers.append(Reply(body={"valueRanges": parts}))
    columns = google.sheets().read_columns(ADDRESS, [0, 1, 2])
    first = ["ASIN", "B1", "", "B2"] if major == "ROWS" else ["ASIN", "B000000001", "", "B000000002"]
    assert columns == [first, ["Qty", 40, "", ""], ["", "", "", ""]]
    assert len(google.asked) == 1
    assert google.asked[0].params["ranges"] == ["'ASINs'!A:A", "'ASINs'!B:B", "'ASINs'!C:C"]
    assert google.asked[0].params["majorDimension"] == ["COLUMNS"]


def test_no_columns_and_no_cells_ask_nothing(google: Google) -> None:
    sheets = google.sheets(writable=True)
    assert sheets.read_columns(ADDRESS, []) == []
    sheets.write_cells(ADDRESS, [])
    assert (google.asked, google.token_requests) == ([], 0)


def test_cells_are_written_in_one_request(google: Google) -> None:
    google.sheets(writable=True).write_cells(
        ADDRESS, [(4, 7, 12), (2, 7, 3), (3, 7, 0), (9, 7, 1), (2, 27, 5), (9, 7, 2)]
    )
    (asked,) = google.asked
    assert (asked.method, asked.path) == ("POST", f"/v4/spreadsheets/{SPREADSHEET}/values:batchUpdate")
    assert json.loads(asked.body) == {
        "valueInputOption": "RAW",
        "data": [
            {"range": "'ASINs'!H2:H4", "values": [[3], [0], [12]]},
            {"range": "'ASINs'!H9:H9", "values": [[2]]},
            {"range": "'ASINs'!AB2:AB2", "values": [[5]]},
        ],
    }
    assert google.scopes == [SCOPE]


def test_a_writing_that_is_not_confirmed_in_full_fails(google: Google) -> None:
    google.answers.append(Reply(body={"totalUpdatedCells": 1}))
    error = failure(lambda: google.sheets(writable=True).write_cells(ADDRESS, [(2, 7, 3), (3, 7, 4)]))
    assert str(error) == "Google did not say that it wrote every cell: they are written anew at the next poll."


def test_a_reader_does_not_write(google: Google) -> None:
    with pytest.raises(ValueError, match="for reading only"):
        google.sheets().write_cells(ADDRESS, [(2, 7, 3)])
    assert google.asked == []


def test_a_token_taken_back_is_asked_for_anew_once(google: Google) -> None:
    sheets = google.sheets()
    sheets.read(ADDRESS)
    google.living_token = "ya29.next"
    assert sheets.read(ADDRESS) == ROWS
    assert (google.token_requests, len(google.asked)) == (2, 3)
    google.answers += [Reply(401, {}), Reply(401, {})]
    assert str(failure(lambda: sheets.read(ADDRESS))).startswith(f"Google refuses the service account {EMAIL}. ")


SAYS_NO = [
    (403, "The caller does not have permission", f"not shared with us: share it with {EMAIL} as Viewer."),
    (403, "Google Sheets API has not been used in project 1", f"on in the Google Cloud project of {EMAIL}."),
    (404, "Requested entity was not found.", "The sheet of PORTAL_URL was removed, or PORTAL_URL is wrong"),
    (400, "Unable to parse range: 'ASINs'", "has no tab named 'ASINs': set PORTAL_TAB to its name."),
    (400, "Range ('ASINs'!Z:Z) exceeds grid limits. Max rows: 9", "fewer rows or columns than when it was last read"),
    (400, "This operation is not supported for this document", "PORTAL_URL is an Excel file on Google Drive"),
    (400, "You are trying to edit a protected cell or object.", f"are protected: let {EMAIL} edit them."),
    (400, "hush", "Google Sheets refuses the request (status 400): check PORTAL_URL and GOOGLE_SHEETS_API."),
]  # fmt: skip


@pytest.mark.parametrize(("status", "message", "says"), SAYS_NO)
def test_refusals(status: int, message: str, says: str, google: Google) -> None:
    google.answers.append(Reply(status, refusal(status, message + " hush", "X")))
    assert says in str(failure(lambda: google.sheets().read(ADDRESS)))
    assert len(google.asked) == 1


def test_writing_asks_to_be_an_editor(google: Google) -> None:
    google.answers.append(Reply(403, refusal(403, "The caller does not have permission", "PERMISSION_DENIED")))
    error = failure(lambda: google.sheets(writable=True).write_cells(ADDRESS, [(2, 7, 3)]))
    assert str(error).endswith(f"share it with {EMAIL} as Editor.")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("body", [{"error": "hush"}, b"<html>hush</html>", b"", b"x" * 200_000])
def test_one_passing_fault_is_asked_over(status: int, body: Any, google: Google) -> None:
    google.answers.append(Reply(status, body))
    assert google.sheets(most_bytes=1024).read(ADDRESS) == ROWS
    assert len(google.asked) == 2
    assert [1.0 < wait < 2.0 for wait in google.waits] == [True]


def test_two_passing_faults_are_left_to_the_next_poll(google: Google) -> None:
    google.answers += [Reply(503, b"<html>hush</html>"), Reply(429, {}, {"Retry-After": "7"})]
    error = failure(lambda: google.sheets().read(ADDRESS))
    assert str(error) == "Google Sheets asks us to wait: it was asked too often within a minute."
    assert (error.retry_after, len(google.asked), error.code) == (7.0, 2, "unreachable")


def test_a_short_wait_is_waited_and_a_long_one_passed_on(google: Google) -> None:
    google.answers += [Reply(429, {}, {"Retry-After": "10"})]
    assert google.sheets().read(ADDRESS) == ROWS
    assert [10.0 < wait < 11.0 for wait in google.waits] == [True]
    google.answers += [Reply(503, {}, {"Retry-After": "11"})]
    error = failure(lambda: google.sheets().read(ADDRESS))
    assert (error.retry_after, len(google.asked), len(google.waits)) == (11.0, 3, 1)
    assert "has a fault of its own (status 503)" in str(error)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("Thu, 01 Jan 2032 00:00:00 GMT", 86_400.0), ("999999999999", 86_400.0), ("soon", None), ("-5", None)],
)
def test_other_forms_of_retry_after(asked: str, seconds: float | None, google: Google) -> None:
    google.answers += [Reply(503, {}, {"Retry-After": asked})] * 2
    assert failure(lambda: google.sheets().read(ADDRESS)).retry_after == seconds


def test_no_second_try_beyond_the_deadline(google: Google) -> None:
    google.answers.append(Reply(503, {}, {"Retry-After": "9"}))
    assert failure(lambda: google.sheets(total_seconds=8).read(ADDRESS)).retry_after == 9.0
    assert (len(google.asked), google.waits) == (1, [])
