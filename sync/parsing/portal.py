"""The buying portal: rows of the sheet as ASINs, each refused row with its faults in the design's order."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sync.parsing.cells import (
    BadCell,
    parse_asin,
    parse_date,
    parse_money,
    parse_priority,
    parse_text,
    parse_whole,
)
from sync.parsing.columns import (
    NO_ALIASES,
    PORTAL_COLUMNS,
    PORTAL_REQUIRED,
    Aliases,
    Columns,
    header_hash,
    match_columns,
)
from sync.parsing.fingerprints import RowFingerprints
from sync.parsing.issues import RowFaults, RowIssue, shorten
from sync.parsing.measures import Dimensions, parse_dimensions, parse_weight
from sync.parsing.portal_feed import PortalFeed, PortalRow
from sync.parsing.tables import Table

T = TypeVar("T")

# To be raised whenever the same cells are read as other values than before: rows taken over under older rules are
# then read again, though nobody has changed them.
PARSER_VERSION = 1
MOST_UNITS = 10_000_000
MOST_UNITS_PER_CASE = 10_000
LEAST_PRICE, MOST_PRICE = Decimal("0.01"), Decimal(1_000_000)
MOST_SHIPPING = Decimal(10_000)
SHIPPING_PLACES = 4
TEXT_LIMITS = {"title": 500, "brand": 200, "category": 200, "supplier": 200}
# Fewer rows than this prove nothing about the sheet.
LEAST_ROWS_TO_JUDGE = 10
NO_ROWS: Mapping[str, str] = {}


def parse_portal(
    table: Table, *, today: date, aliases: Aliases = NO_ALIASES, known: Mapping[str, str] = NO_ROWS
) -> PortalFeed:
    """Every row of the portal's sheet, accepted or refused. Raises `UnusableFile` for its header alone.

    `known`: row hash -> ASIN of the rows that are stored as they say. Such a row is not read again, unless an earlier
    row of its ASIN was accepted.
    """
    columns = match_columns(table, PORTAL_COLUMNS, PORTAL_REQUIRED, aliases)
    sheet = _Sheet(columns, today, RowFingerprints(columns, PARSER_VERSION), len(table.header))
    rows: list[PortalRow] = []
    unchanged: list[str] = []
    hashes: dict[str, str] = {}
    issues: list[RowIssue] = []
    for number, cells in table.rows:
        row_hash = sheet.hash(cells)
        same = known.get(row_hash)
        if same is not None and same not in sheet.accepted:
            sheet.accepted[same] = number
            unchanged.append(same)
            continue
        reading = _Reading(number, cells, sheet)
        row = reading.row()
        if row is not None:
            sheet.accepted[row.asin] = number
            rows.append(row)
            if not reading.faults.warnings:
                hashes[row.asin] = row_hash
        issues += reading.faults.issues()
    said = header_hash(table.header), columns.unknown
    where = {field: columns.places[field] for field in ("asin", "remaining_quantity")}
    return PortalFeed(
        tuple(rows), tuple(issues), table.data_rows, *said, tuple(unchanged), hashes, where, table.header_row
    )


def looks_shifted(feed: PortalFeed) -> str | None:
    """A message where more than half of at least ten rows were refused, as after a shifted column."""
    refused = feed.refused
    rows = len(feed.rows) + len(feed.unchanged) + len(refused)
    if rows < LEAST_ROWS_TO_JUDGE or 2 * len(refused) <= rows:
        return None
    reason, count = min(Counter(issue.reason for issue in refused).items(), key=lambda item: (-item[1], item[0]))
    return (
        f"{len(refused)} of {rows} rows would be refused, {count} of them as {reason}: the sheet looks "
        f"damaged, for example by a shifted column. First one: row {refused[0].row}. {refused[0].message}"
    )


@dataclass(slots=True)
class _Sheet:
    """What the readings of all rows share. `values` holds by field what each text was read as: most texts repeat."""

    columns: Columns
    today: date
    fingerprints: RowFingerprints
    width: int
    accepted: dict[str, int] = field(default_factory=dict)  # ASIN -> its row
    values: defaultdict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    sides: dict[Decimal, Decimal] = field(default_factory=dict)

    def hash(self, cells: tuple[object, ...]) -> str:
        """Empty for a row that is warned of whatever its cells say."""
        return "" if len(cells) > self.width else self.fingerprints.of(cells)


class _Reading:
    """The reading of one row: each method takes its cells and notes their faults."""

    __slots__ = ("cells", "columns", "faults", "number", "sheet")

    def __init__(self, number: int, cells: tuple[object, ...], sheet: _Sheet) -> None:
        self.number = number
        self.cells = cells
        self.sheet = sheet
        self.columns = sheet.columns
        self.faults = RowFaults(number)

    def row(self) -> PortalRow | None:
        """The row, or `None` where it is refused; required fields in the order in which faults are named."""
        asin = self._asin()
        purchased, remaining = self._quantities()
        cost = self._money("unit_cost", "invalid_unit_cost", LEAST_PRICE, MOST_PRICE)
        least, most = self._shipping()
        case_pack = self._whole("case_pack", "invalid_case_pack", 1, MOST_UNITS_PER_CASE)
        added = self._date()
        if (
            self.faults.faults or asin is None or purchased is None or remaining is None or cost is None
            or least is None or most is None or case_pack is None or added is None
        ):  # fmt: skip
            return None
        texts = {name: self._text(name, limit) for name, limit in TEXT_LIMITS.items()}
        unit_in, unit_lb = self._dimensions("unit_in"), self._weight("unit_lb")
        case_in, case_lb = self._dimensions("case_in"), self._weight("case_lb")
        sale_price, fees = self._optional_price("sale_price"), self._optional_price("amazon_fees")
        priority = self._priority()
        if len(self.cells) > self.sheet.width:
            self.faults.warn("", self.cells[-1], "extra_cells", "The row has more cells than the header")
        return PortalRow(
            row=self.number, asin=asin, title=texts["title"], brand=texts["brand"],
            category=texts["category"], supplier=texts["supplier"], date_added=added,
            quantity_purchased=purchased, remaining_quantity=remaining, unit_cost=cost,
            min_shipping=least, max_shipping=most, unit_in=unit_in, unit_lb=unit_lb, case_pack=case_pack,
            case_in=case_in, case_lb=case_lb,
            estimated=(unit_in is None and case_in is None) or (unit_lb is None and case_lb is None),
            sale_price=sale_price, amazon_fees=fees, priority=priority,
        )  # fmt: skip

    def _cell(self, field: str) -> object:
        return self.columns.cell(self.cells, field)

    def _value(self, field: str, parse: Callable[[object], T]) -> T:
        """The cell of `field` as read by `parse`, which is the same for every row. Raises BadCell."""
        cell = self._cell(field)
        if type(cell) is not str:  # 1, 1.0 and True are one key
            return parse(cell)
        values: dict[str, T] = self.sheet.values[field]
        if cell not in values:
            values[cell] = parse(cell)
        return values[cell]

    def _refuse(self, field: str, reason: str, problem: str) -> None:
        self.faults.refuse(field, self._cell(field), reason, self._says(field, problem))

    def _warn(self, field: str, reason: str, problem: str) -> None:
        self.faults.warn(field, self._cell(field), reason, self._says(field, problem))

    def _says(self, field: str, problem: str) -> str:
        value = shorten(self._cell(field))
        return f"{shorten(self.columns.labels[field])} {problem}" if not value else (
            f"{shorten(self.columns.labels[field])} '{value}' {problem}"
        )  # fmt: skip

    def _asin(self) -> str | None:
        try:
            asin = parse_asin(self._cell("asin"))
        except BadCell as bad:
            self.faults.key = shorten(self._cell("asin"))
            self._refuse("asin", "invalid_asin", bad.problem)
            return None
        self.faults.key = asin
        if asin in self.sheet.accepted:
            self._refuse("asin", "duplicate_asin", f"is already in row {self.sheet.accepted[asin]}")
        return asin

    def _quantities(self) -> tuple[int | None, int | None]:
        purchased = self._whole("quantity_purchased", "invalid_quantity", 0, MOST_UNITS)
        remaining = self._whole("remaining_quantity", "invalid_quantity", 0, MOST_UNITS)
        if purchased is not None and remaining is not None and remaining > purchased:
            self._refuse("remaining_quantity", "invalid_quantity", f"is more than the {purchased:,} purchased")
        return purchased, remaining

    def _shipping(self) -> tuple[Decimal | None, Decimal | None]:
        least = self._money("min_shipping", "invalid_shipping", Decimal(0), MOST_SHIPPING, SHIPPING_PLACES)
        most = self._money("max_shipping", "invalid_shipping", Decimal(0), MOST_SHIPPING, SHIPPING_PLACES)
        if least is not None and most is not None and least > most:
            label = shorten(self.columns.labels["max_shipping"])
            problem = f"is above {label} '{shorten(self._cell('max_shipping'))}'"
            self._refuse("min_shipping", "min_shipping_above_max", problem)
        return least, most

    def _whole(self, field: str, reason: str, low: int, high: int) -> int | None:
        try:
            number = self._value(field, lambda cell: parse_whole(cell, low=low, high=high))
        except BadCell as bad:
            self._refuse(field, reason, bad.problem)
            return None
        if number is None:
            self._refuse(field, reason, "is missing")
        return number

    def _money(self, field: str, reason: str, low: Decimal, high: Decimal, places: int = 2) -> Decimal | None:
        try:
            amount = self._value(field, lambda cell: parse_money(cell, low=low, high=high, places=places))
        except BadCell as bad:
            self._refuse(field, reason, bad.problem)
            return None
        if amount is None:
            self._refuse(field, reason, "is missing")
        return amount

    def _date(self) -> date | None:
        try:
            added = self._value("date_added", lambda cell: parse_date(cell, today=self.sheet.today))
        except BadCell as bad:
            self._refuse("date_added", "invalid_date", bad.problem)
            return None
        if added is None:
            self._refuse("date_added", "invalid_date", "is missing")
        return added

    def _text(self, field: str, limit: int) -> str:
        if field == "title":  # hardly ever the same twice
            text, cut = parse_text(self._cell(field), limit=limit)
        else:
            text, cut = self._value(field, lambda cell: parse_text(cell, limit=limit))
        if cut:
            self._warn(field, "text_cut", f"is longer than {limit} characters and was cut")
        return text

    def _dimensions(self, field: str) -> Dimensions | None:
        try:
            sides = parse_dimensions(self._cell(field))
        except BadCell as bad:
            self._warn(field, "invalid_dimensions", f"{bad.problem} and was left out")
            return None
        if sides is None:
            return None
        # Sides repeat from row to row where the three together do not.
        length, width, height = (self.sheet.sides.setdefault(side, side) for side in sides)
        return length, width, height

    def _weight(self, field: str) -> Decimal | None:
        try:
            return self._value(field, parse_weight)
        except BadCell as bad:
            self._warn(field, "invalid_weight", f"{bad.problem} and was left out")
            return None

    def _optional_price(self, field: str) -> Decimal | None:
        try:
            return self._value(field, lambda cell: parse_money(cell, low=LEAST_PRICE, high=MOST_PRICE))
        except BadCell as bad:
            self._warn(field, f"invalid_{field}", f"{bad.problem} and was left out")
            return None

    def _priority(self) -> str:
        try:
            return self._value("priority", parse_priority)
        except BadCell as bad:
            self._warn("priority", "invalid_priority", f"{bad.problem} and was left out")
            return ""
