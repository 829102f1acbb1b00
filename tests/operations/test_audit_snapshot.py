"""The audit of a live system: what is confirmed while it reads is no difference."""

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection

from allocation.models import Cart
from operations import audit as module
from operations.audit import Difference, audit
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client, make_store, ungate


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_a_cart_confirmed_between_two_of_its_reads_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite lets nobody write meanwhile")
    ungate(make_store(client=make_client(balance="10000.00")))
    make_asin(on_hand=600)
    reserved = module._reserved

    def confirm() -> None:
        generate_pallets(store_id="1", amount=Decimal("1000.00"), build_anyway=True)
        connection.close()

    def meanwhile() -> Iterator[Difference]:
        thread = threading.Thread(target=confirm)
        thread.start()
        thread.join(timeout=30)
        yield from reserved()

    monkeypatch.setattr(module, "_reserved", meanwhile)

    assert audit() == []
    assert Cart.objects.holding().count() == 1
