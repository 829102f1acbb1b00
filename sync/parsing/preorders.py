"""Preorders from a table: clients' claims on units that are not here yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.parsing.cells import BadCell, cell_text, parse_asin, parse_date, parse_id, parse_money, parse_whole
from sync.parsing.columns import (
    NO_ALIASES,
    PREORDER_COLUMNS,
    PREORDER_REQUIRED,
    Aliases,
    Columns,
    header_hash,
    match_columns,
)
from sync.parsing.issues import RowFaults, RowIssue, shorten
from sync.parsing.sheets import SheetFeed
from sync.parsing.tables import Table

STATUSES = ("pending", "arrived", "allocated", "cancelled")
MOST_UNITS = 10_000_000
MOST_PAID = Decimal(100_000_000)


@dataclass(frozen=True, slots=True)
class PreorderRow:
    """One accepted preorder: `quantity` in units, whole cases; `amount_paid` in USD, blank = 0.00."""

    row: int
    client_id: str
    store_id: str
    asin: str
    quantity: int
    amount_paid: Decimal
    expected_arrival: date
    status: str


PreorderFeed = SheetFeed[PreorderRow]


@dataclass(frozen=True, slots=True)
class Lookups:
    """What is known here: clients' panel ids, each store's client, and each ASIN's units per case."""

    clients: Collection[str]
    stores: Mapping[str, str]
    case_packs: Mapping[str, int]


def parse_preorders(table: Table, *, today: date, lookups: Lookups, aliases: Aliases = NO_ALIASES) -> PreorderFeed:
    """Every row of the table, accepted or refused. Raises `UnusableFile` for its header alone."""
    columns = match_columns(table, PREORDER_COLUMNS, PREORDER_REQUIRED, aliases)
    accepted: dict[tuple[str, str, str, date], PreorderRow] = {}
    issues: list[RowIssue] = []
    for number, cells in table.rows:
        reading = _Reading(number, cells, columns, lookups)
        row = reading.row(today)
        if row is not None:
            same = (row.client_id, row.store_id, row.asin, row.expected_arrival)
            reading.check_new(accepted.get(same))
            accepted.setdefault(same, row)
        issues += reading.faults.issues()
    return SheetFeed(
        tuple(accepted.values()), tuple(issues), table.data_rows, header_hash(table.header), columns.unknown
    )


class _Reading:
    """The reading of one row: each method takes its cells and notes their faults."""

    def __init__(self, number: int, cells: tuple[object, ...], columns: Columns, lookups: Lookups) -> None:
        self.number = number
        self.cells = cells
        self.columns = columns
        self.lookups = lookups
        self.faults = RowFaults(number)

    def row(self, today: date) -> PreorderRow | None:
        """The row, or `None` where it is refused."""
        client_id = self._client()
        store_id = self._store(client_id)
        asin = self._asin()
        self.faults.key = " ".join(shorten(part) for part in (client_id, store_id, asin) if part)
        quantity = self._quantity(asin)
        paid = self._paid()
        arrival = self._arrival(today)
        status = self._status()
        if self.faults.faults or quantity is None or paid is None or arrival is None:
            return None
        return PreorderRow(self.number, client_id, store_id, asin, quantity, paid, arrival, status)

    def check_new(self, earlier: PreorderRow | None) -> None:
        if earlier is not None:
            problem = f"with this client, store and expected arrival is already in row {earlier.row}"
            self._refuse("asin", "duplicate_preorder", problem)

    def _cell(self, field: str) -> object:
        return self.columns.cell(self.cells, field)

    def _refuse(self, field: str, reason: str, problem: str) -> None:
        value = shorten(self._cell(field))
        shown = f" '{value}'" if value else ""
        self.faults.refuse(field, value, reason, f"{shorten(self.columns.labels[field])}{shown} {problem}")

    def _client(self) -> str:
        client_id = parse_id(self._cell("client_id"))
        if client_id not in self.lookups.clients:
            self._refuse(
                "client_id",
                "unknown_client",
                "is a client that we do not know" if client_id else "is missing",
            )
        return client_id

    def _store(self, client_id: str) -> str:
        store_id = parse_id(self._cell("store_id"))
        owner = self.lookups.stores.get(store_id)
        if owner is None:
            self._refuse("store_id", "unknown_store", "is a store that we do not know" if store_id else "is missing")
        elif owner != client_id:
            self._refuse("store_id", "unknown_store", f"belongs to client '{shorten(owner)}'")
        return store_id

    def _asin(self) -> str:
        try:
            asin = parse_asin(self._cell("asin"))
        except BadCell as bad:
            self._refuse("asin", "unknown_asin", bad.problem)
            return ""
        if asin not in self.lookups.case_packs:
            self._refuse("asin", "unknown_asin", "is an ASIN that we do not know")
        return asin

    def _quantity(self, asin: str) -> int | None:
        try:
            quantity = parse_whole(self._cell("quantity"), low=1, high=MOST_UNITS)
        except BadCell as bad:
            self._refuse("quantity", "invalid_quantity", bad.problem)
            return None
        case_pack = self.lookups.case_packs.get(asin)
        if quantity is None:
            self._refuse("quantity", "invalid_quantity", "is missing")
        elif case_pack and quantity % case_pack:
            self._refuse("quantity", "invalid_quantity", f"is not whole cases of {case_pack}")
        return quantity

    def _paid(self) -> Decimal | None:
        try:
            paid = parse_money(self._cell("amount_paid"), low=Decimal(0), high=MOST_PAID)
        except BadCell as bad:
            self._refuse("amount_paid", "invalid_amount", bad.problem)
            return None
        return Decimal("0.00") if paid is None else paid

    def _arrival(self, today: date) -> date | None:
        try:
            arrival = parse_date(self._cell("expected_arrival"), today=today)
        except BadCell as bad:
            self._refuse("expected_arrival", "invalid_date", bad.problem)
            return None
        if arrival is None:
            self._refuse("expected_arrival", "invalid_date", "is missing")
        return arrival

    def _status(self) -> str:
        word = cell_text(self._cell("status")).lower() or "pending"
        if word not in STATUSES:
            self._refuse("status", "unknown_status", f"is none of {', '.join(STATUSES)}")
        return word
