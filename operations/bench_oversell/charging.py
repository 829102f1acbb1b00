"""The process that has stock and money come in, a little at a time, and the panel charge what is held."""

import random
import time
from collections import Counter
from decimal import Decimal

from django.db.models import F

from allocation.models import Cart
from allocation.states import CartState
from clients.models import Client
from common.fields import amount as sql_amount
from common.money import cents
from inventory.models import Asin
from operations.bench_oversell.feeds import CASE_PACK, Charge, Feeds
from operations.bench_oversell.spending import is_kept

EVERY = 0.4  # seconds between two readings
SCARCE_UNITS = 2 * CASE_PACK
SCARCE_USD = Decimal(200)
MOST_CHARGES = 30  # in one reading
_CHARGED = (CartState.CONFIRMED, CartState.SHIPPED)


def feed_until(feeds: Feeds, end: float, counts: Counter[str], seed: int) -> None:
    """Read the sheet and the panel by turns until the monotonic clock says `end`.

    Raises WrongOutcome where a reading does not do what it should.
    """
    chance = random.Random(f"{seed} feeds")
    while time.monotonic() < end:
        arrivals = _arrivals(chance)
        feeds.arrive(arrivals)
        counts["arrivals"] += len(arrivals)
        time.sleep(EVERY)
        charges, deposits = _charges(chance), _deposits(chance)
        feeds.charge(charges, deposits)
        counts["charges"] += len(charges)
        counts["deposits"] += len(deposits)
        time.sleep(EVERY)


def _arrivals(chance: random.Random) -> dict[str, int]:
    """Units for ASINs of which little is left."""
    scarce = Asin.objects.filter(on_hand__lt=F("reserved") + SCARCE_UNITS).order_by("pk")
    return {code: chance.randint(1, 4 * CASE_PACK) for code in scarce.values_list("code", flat=True)}


def _deposits(chance: random.Random) -> dict[str, Decimal]:
    """USD for clients that have little left."""
    scarce = Client.objects.filter(balance__lt=F("held") + sql_amount(SCARCE_USD)).order_by("pk")
    ids = scarce.values_list("panel_id", flat=True)
    return {panel_id: Decimal(chance.randint(5_000, 60_000)) / 100 for panel_id in ids}


def _charges(chance: random.Random) -> list[Charge]:
    """Charges of carts that nobody cancels any more, most of them whole, some of a part; never of more than is held,
    which would lower a balance below what is held for others.
    """
    carts = Cart.objects.filter(state__in=_CHARGED, hold_open__gt=0).select_related("client").order_by("pk")
    found = []
    for cart in carts:
        if cart.state != CartState.SHIPPED and not is_kept(cart.code):
            continue
        share = Decimal(1) if chance.random() < 0.7 else Decimal("0.4")
        found.append(Charge(cart.client.panel_id, cart.code, max(cents(cart.hold_open * share), Decimal("0.01"))))
    return found[:MOST_CHARGES]
