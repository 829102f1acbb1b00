"""Totals move by services only, whatever a form that was opened earlier saves."""

from decimal import Decimal

import pytest

from clients.models import Client
from clients.services import hold_balance
from inventory.models import Asin
from inventory.services import reserve_units
from tests.factories import make_asin, make_client

pytestmark = pytest.mark.django_db


def test_saving_an_asin_read_earlier_keeps_the_stock_moved_meanwhile() -> None:
    asin = make_asin(on_hand=120)
    opened = Asin.objects.get(pk=asin.pk)
    reserve_units(units={asin.pk: 50}, reference="C-1")
    opened.title, opened.on_hand, opened.reserved = "New title", 1, 0
    opened.save()
    asin.refresh_from_db()
    assert (asin.title, asin.on_hand, asin.reserved) == ("New title", 120, 50)


def test_saving_a_client_read_earlier_keeps_the_money_moved_meanwhile() -> None:
    client = make_client(balance="100.00")
    opened = Client.objects.get(pk=client.pk)
    hold_balance(client_id=client.pk, amount=Decimal("60.00"), key="hold:1", reference="C-1")
    opened.name, opened.held = "New name", Decimal(0)
    opened.save()
    client.refresh_from_db()
    assert (client.name, client.name_key, client.held) == ("New name", "new name", Decimal("60.00"))


def test_an_update_moves_the_time_of_change() -> None:
    client = make_client()
    Client.objects.filter(pk=client.pk).update(email="a@example.com")
    assert Client.objects.get(pk=client.pk).updated_at > client.updated_at
