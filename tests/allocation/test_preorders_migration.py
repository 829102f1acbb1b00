"""Preorders of before their payments and arrivals were rows."""

from datetime import date
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from allocation.models import Preorder
from tests.allocation.preorders import all_is_well, standing
from tests.factories import make_asin, make_store

pytestmark = pytest.mark.django_db


def test_what_is_known_is_kept_and_arrivals_are_asked_for_again() -> None:
    migration, store, asin = import_module("allocation.migrations.0007_preorder_life"), make_store(), make_asin()

    def old(day: int, **fields: Any) -> Preorder:
        values: dict[str, Any] = {"quantity": 12, "unit_cost": Decimal(10), "amount": Decimal(120)} | fields
        when = date(2026, 12, day)
        return Preorder.objects.create(client=store.client, store=store, asin=asin, expected_arrival=when, **values)

    paid = old(1, paid=Decimal("10.05"))
    came, part = old(2, state="arrived", arrived=12), old(3, arrived=6)
    gone, cancelled = old(4, state="allocated", arrived=12), old(5, state="cancelled", arrived=12)
    migration.keep_what_is_known(apps, SimpleNamespace(connection=connection))
    assert [row.amount for row in paid.payments.all()] == [Decimal("10.05")]
    assert [standing(one) for one in (paid, came, part, gone, cancelled)] == [
        ("pending", 0, 0), ("pending", 0, 0), ("pending", 0, 0), ("allocated", 12, 12), ("cancelled", 0, 0)
    ]  # fmt: skip
    asked = Preorder.objects.filter(flag=migration.ASK_AGAIN).order_by("pk")
    assert list(asked) == [came, part]
    assert all_is_well()
