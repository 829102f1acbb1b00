"""manage.py scenario week: seven days through the services that staff use, and the audit at their end."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allocation.models import Cart, TransferSuggestion
from clients.models import Client
from inventory.models import Asin
from notifications.models import Email
from pallets.models import Pallet
from tests.factories import make_client

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_the_week_ends_with_a_clean_audit() -> None:
    out = StringIO()
    call_command("scenario", "week", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith(DAYS)] == list(DAYS)
    assert lines[-1].startswith("Audit: clean. 943 ASINs, ")
    told = {line[2:14].strip(): line[14:] for line in lines[lines.index("The week:") + 1 : -1]}
    assert {"Money", "Stock", "Carts", "Pallets", "Suggestions", "Preorders", "To do"} <= told.keys()
    assert told["Money"].startswith("$24,000.00 deposited, $")
    stock = list(Asin.objects.values_list("on_hand", "unit_cost"))
    worth = sum(units * cost for units, cost in stock)
    assert told["Stock"].startswith(
        f"{sum(units for units, _ in stock):,} units worth ${worth:,.2f}, 56 reserved, 0 short"
    )
    shipped = Pallet.objects.filter(state="shipped").count()
    assert told["Pallets"].startswith(f"{shipped} pallets shipped, ")
    assert shipped > 20 and Cart.objects.filter(state="shipped").count() > 20
    assert {"accepted", "dismissed", "expired"} == set(TransferSuggestion.objects.values_list("state", flat=True))
    assert Asin.objects.filter(shortage__gt=0).count() == 0
    assert Client.objects.filter(balance__lt=0).count() == 0
    assert Email.objects.filter(kind="digest").count() == 1


@pytest.mark.django_db
def test_data_of_others_are_refused() -> None:
    make_client("mine")
    with pytest.raises(CommandError, match="This database holds carts or other clients than the demo's"):
        call_command("scenario", "week", stdout=StringIO())
    assert Cart.objects.count() == 0
