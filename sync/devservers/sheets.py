"""The part of the Google Sheets v4 interface that reads and writes values."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from sync.devservers.calls import Call, CallRefused, Reply, json_reply, only
from sync.devservers.cells import typed, unformatted
from sync.devservers.grid import CsvSheet, Grid
from sync.devservers.ranges import Area, clipped, parse_range, range_text
from sync.devservers.tokens import ServiceAccount

# Google's size of a new sheet: the least that a grid has.
LEAST_ROWS = 1000
LEAST_COLUMNS = 26
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}
FORMATTED, UNFORMATTED = "FORMATTED_VALUE", "UNFORMATTED_VALUE"


class Sheets:
    """One spreadsheet with one tab, whose cells are those of a CSV file."""

    def __init__(self, spreadsheet: str, tab: str, sheet: CsvSheet, account: ServiceAccount) -> None:
        self._id = spreadsheet
        self._tab = tab
        self._sheet = sheet
        self._account = account

    def answer(self, call: Call, trouble: str) -> Reply:
        """Raises CallRefused."""
        may_write = self._account.may_write(call.bearer())
        if may_write is None:
            raise CallRefused(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.")
        match call.segments:
            case ("sheets", "v4", "spreadsheets", id_, *rest):
                if id_ != self._id:
                    raise CallRefused(404, "Requested entity was not found.")
                return self._answer(call, tuple(rest), trouble, may_write=may_write)
        raise CallRefused(404, f"There is no {call.path}.")

    def refuse(self, refused: CallRefused) -> Reply:
        """`{"error": {"code", "message", "status"}}`."""
        status = STATUSES.get(refused.status, "UNKNOWN")
        headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if refused.status == 401 else {}
        error = {"code": refused.status, "message": refused.message, "status": status}
        return json_reply({"error": error}, refused.status, headers)

    def _answer(self, call: Call, rest: tuple[str, ...], trouble: str, *, may_write: bool) -> Reply:
        match rest:
            case ():
                only(call, "GET")
                return self._metadata()
            case ("values:batchGet",):
                only(call, "GET")
                grid = _troubled(self._sheet.read(), trouble)
                ranges = [self._values(call, text, grid) for text in call.query.get("ranges", ())]
                return json_reply({"spreadsheetId": self._id, "valueRanges": ranges})
            case ("values", text):
                only(call, "GET")
                return json_reply(self._values(call, text, _troubled(self._sheet.read(), trouble)))
            case ("values:batchUpdate",):
                only(call, "POST")
                if not may_write:
                    raise CallRefused(403, "Request had insufficient authentication scopes.")
                return self._batch_update(call.json())
        raise CallRefused(404, f"There is no {call.path}.")

    def _metadata(self) -> Reply:
        rows, columns = _size(self._sheet.read())
        grid = {"rowCount": rows, "columnCount": columns}
        properties = {"sheetId": 0, "title": self._tab, "index": 0, "sheetType": "GRID", "gridProperties": grid}
        about = {"title": self._id, "locale": "en_US", "timeZone": "America/New_York"}
        return json_reply({"spreadsheetId": self._id, "properties": about, "sheets": [{"properties": properties}]})

    def _values(self, call: Call, text: str, grid: Grid) -> dict[str, Any]:
        render = _choice(call, "valueRenderOption", (FORMATTED, UNFORMATTED))
        dates = _choice(call, "dateTimeRenderOption", ("SERIAL_NUMBER", "FORMATTED_STRING"))
        major = _choice(call, "majorDimension", ("ROWS", "COLUMNS"))
        area = clipped(parse_range(text, self._tab), *_size(grid), self._tab)
        rows = [list(row[area.first_column : area.end_column]) for row in grid.rows[area.first_row : area.end_row]]
        if render == UNFORMATTED:
            serial = dates == "SERIAL_NUMBER"
            rows = [[unformatted(cell, serial_dates=serial) for cell in row] for row in rows]
        found: dict[str, Any] = {"range": range_text(area, self._tab), "majorDimension": major}
        values = _ragged(rows if major == "ROWS" else _columns(rows))
        if values:  # Google leaves the key out where every cell is blank
            found["values"] = values
        return found

    def _batch_update(self, body: dict[str, Any]) -> Reply:
        if body.get("valueInputOption") not in ("RAW", "USER_ENTERED"):
            raise CallRefused(400, "'valueInputOption' is required but not specified")
        if not isinstance(body.get("data"), list) or not all(isinstance(part, dict) for part in body["data"]):
            raise CallRefused(400, "Invalid value at 'data': a list of value ranges was expected.")
        cells: dict[tuple[int, int], str] = {}
        responses = []
        size = _size(self._sheet.read())
        for part in body["data"]:
            changed = self._cells_of(part, size)
            cells.update(changed)
            responses.append(self._updated(changed, part))
        self._sheet.write(cells)
        totals = {
            "spreadsheetId": self._id,
            "totalUpdatedRows": len({row for row, _ in cells}),
            "totalUpdatedColumns": len({column for _, column in cells}),
            "totalUpdatedCells": len(cells),
            "totalUpdatedSheets": 1 if cells else 0,
        }
        return json_reply({**totals, "responses": responses})

    def _cells_of(self, part: dict[str, Any], size: tuple[int, int]) -> dict[tuple[int, int], str]:
        """The cells that one range of an update sets. One cell is where a block of any size starts."""
        values = part.get("values", [])
        if not isinstance(values, list) or not all(isinstance(row, list) for row in values):
            raise CallRefused(400, "Invalid value at 'data.values': a list of rows was expected.")
        area = parse_range(str(part.get("range", "")), self._tab)
        inside = clipped(area, *size, self._tab)
        if area.is_one_cell:
            inside = Area(area.first_row, area.first_column, *size)
        cells = {}
        for row, line in enumerate(values, inside.first_row):
            for column, value in enumerate(line, inside.first_column):
                if row >= (inside.end_row or 0) or column >= (inside.end_column or 0):
                    shown = range_text(area, self._tab)
                    raise CallRefused(400, f"Requested writing within range [{shown}], but tried writing beyond it")
                if isinstance(value, (dict, list)):
                    raise CallRefused(400, "Invalid value at 'data.values': a cell holds text, a number or a boolean.")
                if value is not None:  # null leaves the cell as it is
                    cells[row, column] = typed(value)
        return cells

    def _updated(self, cells: dict[tuple[int, int], str], part: dict[str, Any]) -> dict[str, Any]:
        if not cells:
            return {"spreadsheetId": self._id, "updatedRange": str(part.get("range", ""))}
        rows, columns = {row for row, _ in cells}, {column for _, column in cells}
        area = Area(min(rows), min(columns), max(rows) + 1, max(columns) + 1)
        return {
            "spreadsheetId": self._id,
            "updatedRange": range_text(area, self._tab),
            "updatedRows": len(rows),
            "updatedColumns": len(columns),
            "updatedCells": len(cells),
        }


def _choice(call: Call, name: str, choices: Sequence[str]) -> str:
    """The option's value, the first of `choices` where it is not given. Raises CallRefused."""
    value = call.one(name) or choices[0]
    if value not in choices:
        raise CallRefused(400, f"Invalid value at '{name}': {value} is none of {', '.join(choices)}.")
    return value


def _size(grid: Grid) -> tuple[int, int]:
    widest = max((len(row) for row in grid.rows), default=0)
    return max(LEAST_ROWS, len(grid.rows)), max(LEAST_COLUMNS, widest)


def _ragged(rows: list[list[Any]]) -> list[list[Any]]:
    """Without the blank cells at the end of each row, and without the blank rows at the end."""
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _columns(rows: list[list[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip_longest(*rows, fillvalue="")]


def _troubled(grid: Grid, trouble: str) -> Grid:
    """The sheet after an accident below its header."""
    header, rows = grid.rows[:1], grid.rows[1:]
    if trouble == "half_gone":
        rows = rows[: len(rows) // 2]
    elif trouble == "duplicates":
        rows = rows * 2
    elif trouble == "shuffled_pages":
        rows = rows[::-1]
    return Grid(header + rows, grid.newline, grid.bom)
