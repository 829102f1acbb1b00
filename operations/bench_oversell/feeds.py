"""The sheet and the panel as files, read as in production: what is there, what comes in, what is charged."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from clients.models import Client, Store
from common.money import ZERO
from sync.models import SourceName
from sync.services import sync_source
from ungating.models import Scope, Status, UngatingStatus

CATEGORY = "Toys & Games"
CASE_PACK = 6
OPENING_UNITS = 60  # of each ASIN
PURCHASED = 1_000_000  # units of each ASIN, most of which come in later
OPENING_BALANCE = Decimal("1100.00")
_HEADERS = (
    "ASIN", "Product Title", "Category", "Date Added", "Qty Purchased", "Qty Remaining", "Unit Cost",
    "Min Shipping Price", "Max Shipping Price", "Case Pack", "Case Dimensions (in)", "Case Weight",
)  # fmt: skip


class WrongOutcome(Exception):
    """A reading did not do what its feed asked for, so the bench says nothing."""


@dataclass(frozen=True)
class Charge:
    """The panel charges `client` (panel id) `amount` USD for cart `code`."""

    client: str
    code: str
    amount: Decimal


@dataclass
class Feeds:
    """`remaining` units by ASIN as the sheet has them; `charges` were told last, and are told again once."""

    folder: Path
    remaining: dict[str, int]
    clients: Sequence[str]
    charges: list[dict[str, Any]] = field(default_factory=list)
    told: int = 0

    def open(self) -> None:
        """The goods, the clients with a store each, what these may receive. Raises WrongOutcome."""
        self.arrive({})
        self.charge([], dict.fromkeys(self.clients, OPENING_BALANCE))
        for store in Store.objects.order_by("pk"):
            UngatingStatus.objects.create(store=store, scope=Scope.CATEGORY, value=CATEGORY, status=Status.UNGATED)

    def arrive(self, units: Mapping[str, int]) -> None:
        """`units` by ASIN come in. Raises WrongOutcome."""
        for code, count in units.items():
            self.remaining[code] += count
        path = self.folder / "sheet.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADERS)
            writer.writerows(_row(code, count) for code, count in self.remaining.items())
        _take(SourceName.PORTAL, path)

    def charge(self, charges: Sequence[Charge], deposits: Mapping[str, Decimal]) -> None:
        """The panel charges, and takes `deposits` (USD by client) in. Nobody else may move balances meanwhile.

        Raises WrongOutcome.
        """
        balances = dict.fromkeys(self.clients, ZERO) | dict(Client.objects.values_list("panel_id", "balance"))
        for panel_id, amount in deposits.items():
            balances[panel_id] += amount
        for one in charges:
            balances[one.client] -= one.amount
        new = [self._transaction(one) for one in charges]
        now = timezone.now().isoformat()
        lists = {
            "clients": [_client(one, balances[one], now) for one in self.clients],
            "stores": [_store(one, now) for one in self.clients],
            "transactions": [*self.charges, *new],
        }
        for name, objects in lists.items():
            (self.folder / f"{name}.json").write_text(json.dumps(objects), encoding="utf-8")
        _take(SourceName.PANEL, self.folder)
        self.charges = new

    def _transaction(self, charge: Charge) -> dict[str, Any]:
        self.told += 1
        return {
            "id": f"t{self.told}",
            "client_id": charge.client,
            "kind": "charge",
            "amount": str(-charge.amount),
            "currency": "USD",
            "reference": charge.code,
            "created_at": timezone.now().isoformat(),
        }


def make_feeds(folder: Path, *, asins: int, clients: int) -> Feeds:
    """Feeds of so many ASINs and clients, nothing of which is read yet."""
    codes = {f"B{number:09d}": OPENING_UNITS for number in range(1, asins + 1)}
    return Feeds(folder, codes, [str(number) for number in range(1, clients + 1)])


def _take(source: SourceName, path: Path) -> None:
    report = sync_source(source=source, file=path)
    if not report.ok or report.refused:
        raise WrongOutcome(f"The reading of the {source} ended as {report.state}: {report.error or report.refused}")


def _row(code: str, remaining: int) -> list[str]:
    number = int(code[1:])
    cost, added = f"{8 + number % 5}.00", date(2026, 8, 1 + number % 28)
    return [
        code, f"Product {number}", CATEGORY, added.isoformat(), str(PURCHASED), str(remaining), cost,
        "0.50", "1.50", str(CASE_PACK), "12 x 10 x 8", "10 lb",
    ]  # fmt: skip


def _client(panel_id: str, balance: Decimal, now: str) -> dict[str, str]:
    return {
        "id": panel_id,
        "name": f"Client {panel_id}",
        "email": "",
        "balance": str(balance),
        "currency": "USD",
        "status": "active",
        "priority": "medium",
        "updated_at": now,
    }


def _store(panel_id: str, now: str) -> dict[str, Any]:
    return {
        "id": panel_id,
        "client_id": panel_id,
        "name": f"Store {panel_id}",
        "marketplace": "US",
        "mutual": False,
        "status": "active",
        "updated_at": now,
    }
