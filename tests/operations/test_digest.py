"""The daily digest: yesterday's work and what waits this morning, in the local time zone, once a day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from time_machine import travel

from allocation.models import Cart, TransferSuggestion
from common.andon import pull_cord
from notifications.models import Alert, Email
from operations.digest import gather, send_daily_digest
from operations.tasks import digest
from pallets.models import Pallet
from sync.models import SourceState
from tests.factories import default_policy, make_asin, make_store
from ungating.models import UngatingTask

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # seven in the morning in New York
YESTERDAY = date(2026, 11, 22)


def cart(**fields: Any) -> Cart:
    store = fields.pop("store")
    values: dict[str, Any] = {"goods": Decimal("100.00"), "shipping": Decimal("10.50"), "state": "confirmed"}
    return Cart.objects.create(
        client=store.client, store=store, amount=Decimal(500), policy=default_policy(), **(values | fields)
    )


def lines(title: str) -> list[str]:
    return next((list(section.lines) for section in gather(YESTERDAY, now=NOW) if section.title.startswith(title)), [])


def test_a_quiet_day_is_said_in_two_lines() -> None:
    assert [(section.title, list(section.lines)) for section in gather(YESTERDAY, now=NOW)] == [
        ("Yesterday, Sunday November 22", ["0 carts confirmed for 0 clients: $0.00.", "0 pallets shipped to 0 stores."])
    ]


def test_yesterday_is_a_day_of_the_local_time_zone() -> None:
    store = make_store()
    # Midnight in New York was seven hours before NOW; the day before began 31 hours before.
    for hours in (-6.99, -7.01, -30.99, -31.01):
        cart(store=store, confirmed_at=NOW + timedelta(hours=hours))
    assert lines("Yesterday")[0] == "2 carts confirmed for 1 client: $221.00."
    Pallet.objects.create(
        store=store, cartons=2, volume=Decimal(1), weight=Decimal(65), height=Decimal(14), fill=Decimal("0.02"),
        cube=Decimal("0.02"), state="shipped", shipped_on=YESTERDAY,
    )  # fmt: skip
    assert lines("Yesterday")[1] == "1 pallet shipped to 1 store."


def test_what_waits_is_listed_with_how_much_more_there_is(settings: Any) -> None:
    settings.PORTAL_URL = "file:sheet.csv"
    store = make_store(name="Store 1")
    made = cart(store=store)
    TransferSuggestion.objects.create(
        cart=made, units=12, fill=Decimal("0.02"), reason="small", expires_at=NOW + timedelta(days=2)
    )
    for number in range(7):
        UngatingTask.objects.create(store=store, brand=f"Brand {number}", ask="invoice", unlocks=Decimal(900 + number))
    Alert.objects.create(kind="stock_short", title="B000000001: 3 units short", fold_key="k")
    Alert.objects.create(kind="stock_short", title="later", fold_key="l", snoozed_until=NOW + timedelta(days=1))
    SourceState.objects.create(source="portal", as_of=NOW - timedelta(hours=1))
    pull_cord(reason="Wrong prices")
    assert lines("Transfer suggestions to answer (1)") == [f"{made.code}, Client 1: 12 units, open until Nov 25"]
    tasks = lines("Ungating to ask for (7)")
    assert tasks[0] == "Brand 6 at Store 1: ask for invoice, unlocks up to $906.00"
    assert (len(tasks), tasks[-1]) == (6, "and 2 more")
    assert lines("Sources that are not fresh") == [
        "The Andon cord is pulled, everything automatic is stopped: Wrong prices",
        "Buying portal: last read 2026-11-23 06:00",
    ]
    assert lines("Open alerts (1)") == ["B000000001: 3 units short"]


@travel(NOW, tick=False)
def test_it_is_written_once_a_day_however_often_it_is_started() -> None:
    make_asin()
    assert (digest(), digest(), send_daily_digest(now=NOW)) == ("1 e-mails", "0 e-mails", 0)
    email = Email.objects.get()
    assert (email.to, "Sunday November 22" in email.text) == ("allocation@profitzon.net", True)
    assert send_daily_digest(now=NOW + timedelta(days=1)) == 1
