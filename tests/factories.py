"""A named cast for tests: plain functions, each with the least that makes sense."""

from datetime import date
from decimal import Decimal
from typing import Any

from allocation.models import Policy
from clients.models import Client, EntryKind, LedgerEntry, Store
from inventory.models import Asin, MovementKind, StockMovement
from ungating.models import Scope, Status, UngatingStatus

TODAY = date(2026, 11, 22)


def make_client(panel_id: str = "1", *, balance: str = "1000.00", **fields: Any) -> Client:
    """An active client whose balance came through the ledger."""
    client = Client.objects.create(panel_id=panel_id, name=fields.pop("name", f"Client {panel_id}"), **fields)
    if Decimal(balance):
        LedgerEntry.objects.create(
            client=client, kind=EntryKind.PANEL, balance_change=Decimal(balance), key=f"test:{panel_id}"
        )
        Client.objects.filter(pk=client.pk).update(balance=Decimal(balance))
        client.refresh_from_db()
    return client


def make_store(panel_id: str = "1", *, client: Client | None = None, **fields: Any) -> Store:
    return Store.objects.create(
        panel_id=panel_id, name=fields.pop("name", f"Store {panel_id}"), client=client or make_client(), **fields
    )


def make_asin(code: str = "B000000001", *, on_hand: int = 120, **fields: Any) -> Asin:
    """An ASIN with stock that came through a movement; cases of 12 x 10 x 8 inches and 10 lb."""
    values: dict[str, Any] = {
        "title": f"Product {code}",
        "brand": "Acme",
        "category": "Toys & Games",
        "date_added": date(2026, 8, 22),
        "quantity_purchased": max(on_hand, 0),
        "unit_cost": Decimal("10.00"),
        "min_shipping": Decimal("0.50"),
        "max_shipping": Decimal("1.50"),
        "case_pack": 6,
        "case_length": Decimal(12),
        "case_width": Decimal(10),
        "case_height": Decimal(8),
        "case_weight": Decimal(10),
    }
    asin = Asin.objects.create(code=code, **(values | fields))
    if on_hand:
        StockMovement.objects.create(asin=asin, kind=MovementKind.OPENING, on_hand_change=on_hand)
        Asin.objects.filter(pk=asin.pk).update(on_hand=on_hand)
        asin.refresh_from_db()
    return asin


def ungate(store: Store, value: str = "Toys & Games", scope: str = Scope.CATEGORY, **fields: Any) -> UngatingStatus:
    return UngatingStatus.objects.create(store=store, scope=scope, value=value, **({"status": Status.UNGATED} | fields))


def default_policy() -> Policy:
    return Policy.objects.get(slug="oldest-first")
