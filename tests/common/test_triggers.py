"""The database itself keeps ledger and movements append-only, on SQLite and on MariaDB."""

import pytest
from django.db import DatabaseError, connection, transaction

from clients.models import LedgerEntry
from inventory.models import StockMovement
from tests.factories import make_asin, make_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [LedgerEntry, StockMovement])
def test_a_row_cannot_be_changed_or_deleted(model: type[LedgerEntry] | type[StockMovement]) -> None:
    make_client()
    make_asin()
    assert model.objects.count() == 1
    table = model._meta.db_table
    for sql in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert list(model.objects.values_list("reason", flat=True)) == [""]
