"""The first start makes tables, schedules, data and a user; the next ones leave everything as it is."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django_q.models import Schedule

from clients.models import Client, LedgerEntry
from inventory.models import Asin, StockMovement
from operations.management.commands.serve import port_number
from operations.schedules import SCHEDULES
from settings import development
from tests.factories import make_client


@pytest.fixture(autouse=True)
def demo_sources(settings: Any) -> None:
    for name in ("PORTAL_URL", "PANEL_URL", "UNGATING_URL", "PREORDERS_URL"):
        setattr(settings, name, getattr(development, name))


def bootstrap() -> str:
    output = StringIO()
    call_command("bootstrap", stdout=output, stderr=output)
    return output.getvalue()


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in (Asin, StockMovement, Client, LedgerEntry)}


@pytest.mark.django_db(transaction=True)
def test_the_first_start_loads_the_demo_and_prints_a_password_that_works() -> None:
    output = bootstrap()
    found = re.search(r"Log in as: +admin +\|\n\| +Password: +(\S+) +\|", output)
    assert found, output
    user = authenticate(username="admin", password=found[1])
    assert user is not None and user.is_superuser
    assert len(found[1]) == 16
    assert "  portal: 943 created; 69 refused, 0 warnings.\n" in output
    assert rows() == {"Asin": 943, "StockMovement": 896, "Client": 41, "LedgerEntry": 39}
    assert set(Schedule.objects.values_list("name", flat=True)) == {planned.name for planned in SCHEDULES}


@pytest.mark.django_db(transaction=True)
def test_the_second_start_keeps_data_and_password() -> None:
    bootstrap()
    before, password = rows(), get_user_model().objects.get().password
    output = bootstrap()
    assert "Data kept as it is." in output
    assert "Password:" not in output
    assert "manage.py changepassword" in output
    assert (rows(), get_user_model().objects.get().password) == (before, password)


@pytest.mark.django_db(transaction=True)
def test_data_that_people_brought_is_left_alone() -> None:
    make_client("L-1", name="Ours")
    bootstrap()
    assert rows() == {"Asin": 0, "StockMovement": 0, "Client": 1, "LedgerEntry": 1}


@pytest.mark.django_db(transaction=True)
def test_an_unreadable_source_does_not_stop_the_start(settings: Any) -> None:
    settings.PORTAL_URL = "file:/no/such/file.csv"
    output = bootstrap()
    assert "Not all of the first data could be loaded" in output
    assert "/no/such/file.csv" in output
    assert Client.objects.exists()
    assert "Log in as:  admin" in output


@pytest.mark.django_db(transaction=True)
def test_another_superuser_is_enough() -> None:
    make_client()
    get_user_model().objects.create_superuser("mary", password="x")
    assert "Log in as" not in bootstrap()
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["mary"]


@pytest.mark.parametrize("value", ["0", "65536", "-1", "80a", "", "８０", "1e3"])
def test_a_port_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(CommandError, match="PORT must be a whole number from 1 to 65535"):
        port_number(value)


def test_a_port() -> None:
    assert (port_number("8000"), port_number("65535")) == (8000, 65535)
