"""Small feeds for the tests of syncing, and what the database holds after them."""

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.models import SourceName
from sync.services import SyncReport, sync_source
from sync.services.guard import ANY_CHANGE

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parent.parent / "data"
DOMAIN = ("inventory", "clients", "ungating", "allocation", "pallets")
HEADERS = (
    "ASIN",
    "Product Title",
    "Brand",
    "Category",
    "Date Added",
    "Qty Purchased",
    "Qty Remaining",
    "Unit Cost",
    "Min Shipping Price",
    "Max Shipping Price",
    "Case Pack",
)

Row = dict[str, str]


def asin_row(number: int, **cells: str) -> Row:
    """One row of the sheet, by header; `remaining` and `cost` name the usual changes."""
    named = {"remaining": "Qty Remaining", "cost": "Unit Cost", "title": "Product Title", "asin": "ASIN"}
    values = (
        f"B{number:09d}",
        f"Lamp {number}",
        "Café Margal",
        "Home & Kitchen",
        "2026-08-22",
        "100",
        "60",
        "10.00",
        "0.50",
        "1.50",
        "6",
    )
    return dict(zip(HEADERS, values, strict=True)) | {named.get(name, name): cell for name, cell in cells.items()}


def sheet(folder: Path, rows: list[Row], *, headers: tuple[str, ...] = HEADERS, encoding: str = "utf-8") -> Path:
    path = folder / "sheet.csv"
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, headers, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def panel_client(id: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": f"Client {id}",
        "email": f"c{id}@example.com",
        "balance": "1000.00",
        "currency": "USD",
        "status": "active",
        "priority": "medium",
        "updated_at": "2026-10-01T08:00:00Z",
    } | fields


def panel_store(id: str = "1", client_id: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "client_id": client_id,
        "name": f"Store {id}",
        "marketplace": "US",
        "mutual": False,
        "status": "active",
        "updated_at": "2026-10-01T08:00:00Z",
    } | fields


def transaction(id: str, amount: str, reference: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "client_id": "1",
        "kind": "charge",
        "amount": amount,
        "currency": "USD",
        "reference": reference,
        "created_at": "2026-11-01T08:00:00Z",
    } | fields


def panel(
    folder: Path,
    clients: list[dict[str, Any]] | None = None,
    stores: list[dict[str, Any]] | None = None,
    transactions: list[dict[str, Any]] | None = None,
) -> Path:
    """A folder as the panel's address names one; by default client 1 with store 1."""
    lists = {
        "clients": [panel_client()] if clients is None else clients,
        "stores": [panel_store()] if stores is None else stores,
        "transactions": transactions or [],
    }
    for name, objects in lists.items():
        (folder / f"{name}.json").write_text(json.dumps(objects), encoding="utf-8")
    return folder


def status(id: str, value: str = "Toys & Games", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "store_id": "1",
        "scope": "category",
        "value": value,
        "status": "No",
        "reason": "APPROVAL_REQUIRED",
        "updated_at": "2026-10-01T08:00:00Z",
    } | fields


def statuses(folder: Path, objects: list[dict[str, Any]]) -> Path:
    path = folder / "statuses.json"
    path.write_text(json.dumps(objects), encoding="utf-8")
    return path


def take(source: SourceName, file: Path, *, now: datetime = NOW, accepted: bool = False) -> SyncReport:
    return sync_source(source=source, file=file, now=now, accepted=ANY_CHANGE if accepted else "")


def portal(file: Path, **options: Any) -> SyncReport:
    return take(SourceName.PORTAL, file, **options)


def digest() -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every row of every domain table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.app_label in DOMAIN
    }


def reasons(report: SyncReport) -> list[tuple[int | None, str]]:
    return [(one.issue.row, one.issue.reason) for one in report.refused]


class DomainWrites(CaptureQueriesContext):
    """The statements that write to a domain table."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def statements(self) -> list[str]:
        tables = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in DOMAIN}
        # Django writes “500 times: ” before one that was sent for many rows at once.
        sent = [re.sub(r"^\S+ times: ", "", query["sql"]) for query in self.captured_queries]
        return [
            sql
            for sql in sent
            if sql.startswith(("INSERT", "UPDATE", "DELETE"))
            and any(f"{quote}{table}{quote}" in sql for table in tables for quote in '"`')
        ]
