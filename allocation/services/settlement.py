"""Holds meet the panel's charges."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from allocation.models import Cart
from clients.models import EntryKind
from clients.services import release_hold
from common.errors import Conflict
from common.fields import amount as sql_amount
from common.money import ZERO, usd


@dataclass(frozen=True)
class Settlement:
    """What a charge did: USD settled of the hold, and what does not fit in words (empty where all does)."""

    settled: Decimal
    problem: str = ""


def settle_hold(*, code: str, client_id: int, charge: Decimal, key: str) -> Settlement | None:
    """Settle the hold of cart `code` by a charge of `charge` USD (positive) of the panel; None: no such cart.

    A smaller charge settles a part; a larger one settles all that is still held and says so. Must run in a
    transaction; `key` is the panel's transaction, which is posted once by its caller.
    """
    cart = Cart.objects.select_for_update().filter(code=code, client_id=client_id).first()
    if cart is None:
        return None
    settled = min(charge, cart.hold_open)
    problem = ""
    if charge > cart.hold_open:
        problem = f"The panel charged {usd(charge)} for {code}, of which only {usd(cart.hold_open)} was still held."
    if settled > ZERO:
        release_hold(
            client_id=client_id, amount=settled, key=f"settle:{key}", reference=code, kind=EntryKind.SETTLEMENT
        )
        if not Cart.objects.filter(pk=cart.pk, hold_open__gte=sql_amount(settled)).update(
            hold_open=F("hold_open") - sql_amount(settled)
        ):
            raise Conflict(f"{code}: its hold moved while the panel was read.")
    return Settlement(settled, problem)
