"""The guard taken out: totals are read, compared in Python and then written, as one would without thinking of others.

The bench must see what comes of it, else its zeros would mean nothing.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import F

from clients import services as money
from clients.models import Client, EntryKind, LedgerEntry
from common.fields import amount as sql_amount
from inventory import services as stock
from inventory.models import Asin, MovementKind, StockMovement
from operations.bench_oversell import spending
from pallets.services import carts


def take_guard_out() -> None:
    """In this process both ways of spending read, check and write without a lock. Meant for a worker that ends."""
    for module in (spending, carts):
        for name, unguarded in (
            ("lock_goods", _lock_nothing),
            ("reserve_units", _reserve),
            ("hold_balance", _hold),
        ):
            if not hasattr(module, name):
                raise AssertionError(f"{module.__name__} spends without {name}: the mutant no longer fits")
            setattr(module, name, unguarded)


def _lock_nothing(asin_ids: Iterable[int], client_ids: Iterable[int]) -> None:
    """In place of `pallets.services.locking.lock_goods`."""


def _reserve(*, units: Mapping[int, int], reference: str, actor: User | None = None) -> None:
    """In place of `inventory.services.reserve_units`."""
    rows = Asin.objects.in_bulk(list(units))
    short = [
        stock.Shortage(rows[pk].code, count, rows[pk].available)
        for pk, count in sorted(units.items())
        if rows[pk].available < count
    ]
    if short:
        raise stock.InsufficientUnits(short)
    for pk, count in sorted(units.items()):
        Asin.objects.filter(pk=pk).update(reserved=F("reserved") + count)
    StockMovement.objects.bulk_create(
        StockMovement(asin_id=pk, kind=MovementKind.RESERVE, reserved_change=count, reference=reference, actor=actor)
        for pk, count in sorted(units.items())
    )


def _hold(*, client_id: int, amount: Decimal, key: str, reference: str, actor: User | None = None) -> None:
    """In place of `clients.services.hold_balance`."""
    client = Client.objects.get(pk=client_id)
    if client.available < amount:
        raise money.InsufficientBalance(client, amount)
    Client.objects.filter(pk=client_id).update(held=F("held") + sql_amount(amount))
    LedgerEntry.objects.create(
        client_id=client_id, kind=EntryKind.HOLD, held_change=amount, key=key, reference=reference, actor=actor
    )
