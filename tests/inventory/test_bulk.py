"""Rows stored by the thousand are the rows that bulk_create stores."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.sources import Source
from inventory.bulk import BATCH, Inserter, batches
from inventory.models import Asin, MovementKind, Priority, StockMovement

pytestmark = pytest.mark.django_db


def asin(number: int, **values: Any) -> Asin:
    required = {
        "date_added": date(2026, 8, 21),
        "unit_cost": Decimal("5"),
        "min_shipping": Decimal("0.3"),
        "max_shipping": Decimal("0.80"),
    }
    return Asin(code=f"B{number:09d}", **(required | values))


def raw(model: Any, *left_out: str) -> list[tuple[Any, ...]]:
    """The rows as the database has them, in the order in which they came."""
    columns = [field.column for field in model._meta.local_concrete_fields if field.name not in ("id", *left_out)]
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        names = ", ".join(map(quoted, columns))
        cursor.execute(f"SELECT {names} FROM {quoted(model._meta.db_table)} ORDER BY id")
        return list(cursor.fetchall())


VARIETY = [
    {},
    {"title": "Café “Pot” 100% %s 📦", "brand": "'); DROP TABLE x; --"},
    {"source": Source.FEED, "priority": Priority.HIGH, "category": ""},
    {"unit_cost": Decimal("1000000.00"), "sale_price": Decimal("0.01"), "amazon_fees": Decimal("9.9")},
    {"min_shipping": Decimal("0.1234"), "max_shipping": Decimal(10_000), "date_added": date(2000, 1, 1)},
    {"unit_length": Decimal("12.90"), "unit_width": Decimal("12.9"), "unit_weight": Decimal("2.5300")},
    {"case_length": Decimal("120"), "case_weight": Decimal("0.0001"), "estimated": True, "fragile": True},
    {"is_active": False, "retired_at": datetime(2026, 11, 1, 23, 30, 5, 123456, tzinfo=ZoneInfo("America/New_York"))},
    {"on_hand": 10_000_000, "reserved": 3, "portal_remaining": 0, "portal_writing": 7, "row_hash": "f" * 32},
]  # fmt: skip


def test_the_database_holds_what_bulk_create_stores() -> None:
    Asin.objects.bulk_create([asin(number, **values) for number, values in enumerate(VARIETY)])
    wanted = raw(Asin, "created_at", "updated_at")
    Asin.objects.all().delete()
    started = datetime.now(tz=ZoneInfo("UTC"))
    Inserter(Asin).insert([asin(number, **values) for number, values in enumerate(VARIETY)])
    assert raw(Asin, "created_at", "updated_at") == wanted
    for stored in Asin.objects.all():
        assert timedelta(0) <= stored.created_at - started < timedelta(minutes=1)
        assert stored.updated_at >= stored.created_at


def test_movements_too() -> None:
    Inserter(Asin).insert([asin(1), asin(2)])
    first, second = Asin.objects.order_by("code")
    movements = [
        StockMovement(asin=first, kind=MovementKind.OPENING, on_hand_change=5, reference="run 1", reason="é" * 200),
        StockMovement(asin_id=second.pk, kind="ship", on_hand_change=-5, reserved_change=-5),
    ]
    Inserter(StockMovement).insert(movements)
    StockMovement.objects.bulk_create(movements)
    once, again = raw(StockMovement, "created_at")[:2], raw(StockMovement, "created_at")[2:]
    assert once == again


def test_what_the_database_refuses_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Inserter(Asin).insert([asin(1), asin(1)])
    with pytest.raises(DatabaseError, match="asin_unit_cost_in_range"), transaction.atomic():
        Inserter(Asin).insert([asin(1), asin(2, unit_cost=Decimal(0))])
    assert Asin.objects.count() == 0


def test_objects_are_made_as_they_are_asked_for() -> None:
    made = []

    def numbers() -> Any:
        for number in range(2 * BATCH + 1):
            made.append(number)
            yield number

    parts = batches(numbers())
    assert made == []
    assert next(parts) == list(range(BATCH))
    assert len(made) == BATCH
    assert [len(part) for part in parts] == [BATCH, 1]
    assert list(batches([])) == []
