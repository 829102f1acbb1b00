"""Two processes confirm carts over the same units and the same balance: never a unit or a cent too much."""

import json
import subprocess
import sys
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client
from inventory.models import Asin
from operations.audit import audit
from pallets.proposal import propose
from pallets.services.carts import save_proposal
from tests.factories import default_policy, make_asin, make_client, make_store, ungate

ROUNDS = 200
CONFIRM = """
import json, os, sys, django
from django.conf import settings
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from common.errors import DomainError
from pallets.services.carts import confirm_cart
outcomes = {}
for code in sys.argv[2:]:
    try:
        confirm_cart(code=code, build_anyway=True)
        outcome = "confirmed"
    except DomainError as error:
        outcome = error.code
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
print(json.dumps(outcomes))
"""


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_two_processes_confirm_overlapping_carts_200_times() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")
    client = make_client(balance="100000.00")
    scarce, plenty = (
        make_asin("B000000001", on_hand=600),
        make_asin("B000000002", on_hand=2400, unit_cost=Decimal("5.00")),
    )
    codes = []
    for number in range(4):
        store = make_store(str(number + 1), client=client)
        ungate(store)
        now = timezone.now()
        proposal = propose(
            store=store, policy=default_policy(), amount=Decimal("400.00"), now=now, today=now.date(), build_anyway=True
        )
        codes += [save_proposal(proposal=proposal, confirm=False).code for _ in range(ROUNDS // 4)]
    # What all drafts want together is a multiple of what there is.
    wanted = sum((cart.total for cart in Cart.objects.all()), Decimal(0))
    assert wanted > Decimal("60000.00")
    Client.objects.filter(pk=client.pk).update(balance=Decimal("5000.00"))
    client.entries.create(kind="panel", balance_change=Decimal("-95000.00"), key="test:less")

    outcomes = _race(codes[0::2], codes[1::2])

    assert sum(outcomes.values()) == ROUNDS
    assert set(outcomes) <= {"confirmed", "insufficient_units", "insufficient_balance"}
    assert 0 < outcomes["confirmed"] < ROUNDS
    client.refresh_from_db()
    assert client.held <= client.balance == Decimal("5000.00")
    for asin in (scarce, plenty):
        asin.refresh_from_db()
        assert 0 <= asin.reserved <= asin.on_hand
    assert Asin.objects.get(pk=scarce.pk).reserved + Asin.objects.get(pk=plenty.pk).reserved == sum(
        line.units for cart in Cart.objects.holding() for line in cart.lines.all()
    )
    assert audit() == []


def _race(*shares: list[str]) -> dict[str, int]:
    """Run one process per share at once; the sum of what came out."""
    name = str(settings.DATABASES["default"]["NAME"])
    processes = [
        subprocess.Popen([sys.executable, "-c", CONFIRM, name, *share], stdout=subprocess.PIPE, text=True)
        for share in shares
    ]
    total: dict[str, int] = {}
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        for outcome, count in json.loads(out).items():
            total[outcome] = total.get(outcome, 0) + count
    return total
