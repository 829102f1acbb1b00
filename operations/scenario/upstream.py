"""The outside systems of the scenario: a copy of the demo's files, changed as the buying team, the panel and the
ungating software would change them.
"""

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync.models import SourceName
from sync.services import SyncReport, sync_source

ASIN, PURCHASED, REMAINING = "ASIN", "Qty Purchased", "Qty Remaining"


class Upstream:
    """The files of the sources in a folder of their own; each change stands in them until the source is read."""

    def __init__(self, demo: Path, folder: Path) -> None:
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(demo, folder)
        self.folder = folder
        self.files: Mapping[SourceName, Path] = {
            SourceName.PORTAL: folder / "buying_portal.csv",
            SourceName.PANEL: folder / "panel",
            SourceName.UNGATING: folder / "ungating",
            SourceName.PREORDERS: folder / "preorders.csv",
        }

    def read(self, source: SourceName) -> SyncReport:
        """Have the product read one source."""
        return sync_source(source=source, file=self.files[source])

    def book(self, client: str, amount: Decimal, *, kind: str, reference: str = "") -> None:
        """A transaction of the panel, which moves the client's balance by `amount` USD."""
        clients, transactions = self._load("panel/clients.json"), self._load("panel/transactions.json")
        for row in clients:
            if row["id"] == client:
                row["balance"], row["updated_at"] = str(Decimal(row["balance"]) + amount), _now()
        transactions.append(
            {
                "id": f"week-{len(transactions) + 1}",
                "client_id": client,
                "kind": kind,
                "amount": str(amount),
                "currency": "USD",
                "reference": reference,
                "created_at": _now(),
            }
        )
        self._save("panel/clients.json", clients)
        self._save("panel/transactions.json", transactions)

    def deliver(self, units: Mapping[str, int]) -> None:
        """The buying team types a delivery: as many more units purchased and remaining of each ASIN (or fewer)."""
        rows, headers = self._sheet()
        for row in rows:
            more = units.get(row[ASIN].strip().upper())
            if more:
                for column in (PURCHASED, REMAINING):
                    row[column] = str(max(int(Decimal(row[column].replace(",", "").strip())) + more, 0))
        self._write(rows, headers)

    def filter_rows(self, keep: int) -> None:
        """Somebody filters the sheet and saves what is left."""
        rows, headers = self._sheet()
        self._write(rows[:keep], headers)

    def ungate(self, store: str, brand: str) -> None:
        """Amazon approves a brand for a store."""
        statuses = self._load("ungating/statuses.json")
        same = [row for row in statuses if (row["store_id"], row["scope"], row["value"]) == (store, "brand", brand)]
        news = {"status": "Yes", "reason": "", "checked_at": _now(), "updated_at": _now()}
        if same:
            same[0].update(news)
        else:
            new = {"id": f"week-{len(statuses) + 1}", "store_id": store, "scope": "brand", "value": brand}
            statuses.append(new | news)
        self._save("ungating/statuses.json", statuses)

    def sheet_text(self) -> str:
        return self.files[SourceName.PORTAL].read_text(encoding="utf-8-sig")

    def restore_sheet(self, text: str) -> None:
        self.files[SourceName.PORTAL].write_text(text, encoding="utf-8")

    def _sheet(self) -> tuple[list[dict[str, str]], list[str]]:
        with self.files[SourceName.PORTAL].open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            return list(reader), list(reader.fieldnames or [])

    def _write(self, rows: list[dict[str, str]], headers: list[str]) -> None:
        with self.files[SourceName.PORTAL].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, headers, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)

    def _load(self, name: str) -> list[dict[str, Any]]:
        return list(json.loads((self.folder / name).read_text(encoding="utf-8")))

    def _save(self, name: str, objects: list[dict[str, Any]]) -> None:
        (self.folder / name).write_text(json.dumps(objects, indent=1), encoding="utf-8")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
