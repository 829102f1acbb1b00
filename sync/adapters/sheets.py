"""The values of a Google sheet: one request reads a whole tab or a few of its columns, one writes cells."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gspread.http_client import HTTPClient
from gspread.utils import absolute_range_name, rowcol_to_a1
from requests import Response

from sync.adapters.reading import Unreachable
from sync.adapters.sheets_account import Account
from sync.adapters.sheets_http import Answer, Wire, as_json, checked_base, with_query
from sync.parsing.issues import UnusableFile, shorten
from sync.parsing.strict_json import load_json
from sync.parsing.tables import MAX_BYTES

API_SETTING = "GOOGLE_SHEETS_API"
READ_SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
WRITE_SCOPE = "https://www.googleapis.com/auth/spreadsheets"
AS_STORED = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}

_ADDRESS = re.compile(
    r"https://docs\.google\.com/spreadsheets/(?:u/[0-9]+/)?d/(?!e/)([A-Za-z0-9_-]+)(?:/[^\s?#]*)?(?:\?[^\s#]*)?(?:#\S*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SheetAddress:
    """One tab of a spreadsheet, and the setting that it was read from, for messages."""

    spreadsheet: str
    tab: str
    setting: str = field(default="PORTAL_URL", compare=False)

    @property
    def tab_setting(self) -> str:
        return self.setting.removesuffix("_URL") + "_TAB"


def parse_address(url: str, tab: str, *, setting: str = "PORTAL_URL") -> SheetAddress:
    """The sheet at `https://docs.google.com/spreadsheets/d/<id>`, with or without `/edit#gid=…` behind.

    Raises `Unreachable` naming `setting` for any other address, and its `…_TAB` for a tab without a name.
    """
    match = _ADDRESS.fullmatch(url.strip())
    if match is None:
        raise Unreachable(
            f"{setting} is not the address of a Google sheet: "
            "copy it from the browser, https://docs.google.com/spreadsheets/d/ and the id."
        )
    address = SheetAddress(match[1], tab, setting)
    if not tab.strip():
        raise Unreachable(f"{address.tab_setting} is not set: it has to be the tab's name at the foot of the sheet.")
    return address


class Sheets:
    """Reads and, where `writable`, writes tabs as a service account. An object keeps its token for an hour.

    Each method sends one request (after the token's, when that is old) and ends within `total_seconds`; answers of
    more than `most_bytes` are refused. All of them raise `Unreachable` in the user's words.
    """

    def __init__(
        self,
        credentials_file: Path,
        *,
        api: str = "https://sheets.googleapis.com",
        writable: bool = False,
        total_seconds: float = 30,
        most_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._wire = Wire(total_seconds=total_seconds, most_bytes=most_bytes, sleep=sleep)
        self._writable = writable
        self._account = Account(credentials_file, self._wire, scopes=[WRITE_SCOPE if writable else READ_SCOPE])
        self._client = _Client(self._wire, self._account, checked_base(api, API_SETTING))

    def read(self, address: SheetAddress) -> list[list[object]]:
        """The tab's rows from the first on, trailing blanks left out; exact numbers, dates as serial numbers."""
        (rows,) = self._read(address, [absolute_range_name(address.tab)], "ROWS")
        return rows

    def read_columns(self, address: SheetAddress, columns: Sequence[int]) -> list[list[object]]:
        """The cells of each of these columns (numbered from 0) from row 1 on, blanks `""`, all equally long."""
        if not columns:
            return []
        ranges = [absolute_range_name(address.tab, f"{_letters(column)}:{_letters(column)}") for column in columns]
        found = [lines[0] if lines else [] for lines in self._read(address, ranges, "COLUMNS")]
        longest = max(map(len, found))
        return [cells + [""] * (longest - len(cells)) for cells in found]

    def write_cells(self, address: SheetAddress, cells: Sequence[tuple[int, int, int]]) -> None:
        """Writes (row from 1, column from 0, number) cells as they are; of two for one cell the later one holds."""
        if not self._writable:
            raise ValueError("Sheets was made for reading only")
        numbers = {(column, row): number for row, column, number in cells}
        if not numbers:
            return
        data = [{"range": absolute_range_name(address.tab, place), "values": rows} for place, rows in _runs(numbers)]
        with self._asking(address):
            found = self._client.values_batch_update(address.spreadsheet, {"valueInputOption": "RAW", "data": data})
        if not isinstance(found, dict) or found.get("totalUpdatedCells") != len(numbers):
            raise Unreachable("Google did not say that it wrote every cell: they are written anew at the next poll.")

    def _read(self, address: SheetAddress, ranges: list[str], major: str) -> list[list[list[object]]]:
        with self._asking(address):
            params: dict[str, Any] = {**AS_STORED, "majorDimension": major}
            found = self._client.values_batch_get(address.spreadsheet, ranges, params)
        parts = found.get("valueRanges") if isinstance(found, dict) else None
        if not isinstance(parts, list) or len(parts) != len(ranges) or not all(map(_is_range, parts)):
            raise Unreachable(f"What answers is not Google Sheets: check {API_SETTING} and the network's proxy.")
        return [_lines(part, major) for part in parts]

    @contextmanager
    def _asking(self, address: SheetAddress) -> Iterator[None]:
        try:
            self._wire.start()
            yield
        except _Refused as refused:
            raise _refusal(refused.answer, address, self._account, writing=self._writable) from None


class _Refused(Exception):
    """Google Sheets answered, and not with what was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _Reply(Response):
    """A good answer as gspread reads it, its JSON read strictly: numbers with a point stay exact."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.status_code = answer.status
        self._data = answer.data

    def json(self, **_: Any) -> Any:
        if self._data.lstrip()[:1] == b"<":
            raise Unreachable(
                f"What answers is a web page, not Google Sheets: check {API_SETTING} and the network's proxy."
            )
        try:
            return load_json(self._data, "Google's answer")
        except UnusableFile as error:
            raise Unreachable(str(error)) from None


class _Client(HTTPClient):
    """gspread's requests, sent to `base` by the wire: no redirects, no endless waits, errors told apart by status."""

    def __init__(self, wire: Wire, account: Account, base: str) -> None:
        # Not gspread's own `__init__`: it makes a session of `requests`, which would never be used.
        self._wire = wire
        self._account = account
        self._base = base

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: Any = None,
        headers: Any = None,
    ) -> Response:
        """Sends method, path, `params` and `json`. Raises `Unreachable`, or `_Refused` where the sheet is to blame."""
        url = with_query(self._base + urlsplit(endpoint).path, params)
        answer = self._send(method, url, json)
        if answer.status == 401:  # the token was taken back before its end
            self._account.forget()
            answer = self._send(method, url, json)
        failure = answer.failure("Google Sheets")
        if failure:
            raise failure
        if answer.status != 200:
            raise _Refused(answer)
        return _Reply(answer)

    def _send(self, method: str, url: str, json: Mapping[str, Any] | None) -> Answer:
        body, headers = as_json(json) if json is not None else (None, {})
        return self._wire.send(method.upper(), url, {**headers, "Authorization": self._account.bearer()}, body)


def _refusal(answer: Answer, address: SheetAddress, account: Account, *, writing: bool) -> Unreachable:
    """What a refusal means and what to do about it."""
    status, says, setting = answer.status, answer.says, address.setting
    if status == 401:
        return account.refused()
    if status == 404:
        return Unreachable(f"The sheet of {setting} was removed, or {setting} is wrong: Google does not find it.")
    if "unable to parse range" in says:
        tab = shorten(address.tab)
        return Unreachable(f"The sheet of {setting} has no tab named '{tab}': set {address.tab_setting} to its name.")
    if "exceeds grid limits" in says:
        return Unreachable("The sheet has fewer rows or columns than when it was last read: it is read anew.")
    if "not supported for this document" in says:
        return Unreachable(
            f"{setting} is an Excel file on Google Drive: save it as a Google sheet and set its address."
        )
    if "protected" in says:
        return Unreachable(f"Cells of the sheet are protected: let {account.email} edit them.")
    if status == 403 and ("service_disabled" in says or "has not been used in project" in says):
        return Unreachable(f"The Google Sheets API is off: turn it on in the Google Cloud project of {account.email}.")
    if status == 403:
        role = "Editor" if writing else "Viewer"
        return Unreachable(f"The sheet of {setting} is not shared with us: share it with {account.email} as {role}.")
    return Unreachable(f"Google Sheets refuses the request (status {status}): check {setting} and {API_SETTING}.")


def _is_range(part: object) -> bool:
    values = part.get("values", []) if isinstance(part, dict) else None
    return isinstance(values, list) and all(isinstance(line, list) for line in values)


def _lines(part: Mapping[str, Any], major: str) -> list[list[object]]:
    """The rows or the columns of a range, whichever of them it came by."""
    lines: list[list[object]] = part.get("values", [])
    if part.get("majorDimension", "ROWS") == major:
        return lines
    return [list(line) for line in zip_longest(*lines, fillvalue="")]


def _letters(column: int) -> str:
    """A column's letters: 0 is A."""
    return rowcol_to_a1(1, column + 1)[:-1]


def _runs(numbers: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, list[list[int]]]]:
    """Cells by (column, row) as ranges of rows that follow each other."""
    run: list[list[int]] = []
    start = (0, 0)
    for (column, row), number in sorted(numbers.items()):
        if run and (column, row) != (start[0], start[1] + len(run)):
            yield _place(start, len(run)), run
            run = []
        start = start if run else (column, row)
        run.append([number])
    yield _place(start, len(run)), run


def _place(start: tuple[int, int], rows: int) -> str:
    column, row = start
    return f"{rowcol_to_a1(row, column + 1)}:{rowcol_to_a1(row + rows - 1, column + 1)}"
