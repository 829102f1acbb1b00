"""A cart follows its pallets: what it costs, what it holds and its state are theirs, to the cent."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Sum
from django.utils import timezone

from allocation.models import Cart, CartLine
from allocation.models.cart import CartChangeKind
from allocation.services.preorder_allocations import bring_back, credit_of
from allocation.states import CartState
from clients.models import Client, EntryKind, LedgerEntry
from clients.services import hold_balance, release_hold
from common.errors import Conflict
from common.fields import amount as sql_amount
from common.money import ZERO
from inventory.services import release_units
from pallets.services.locking import lock_goods
from pallets.services.suggesting import follow_waiting
from pallets.standing import LineStanding, standing, state_of


def follow_all(*, carts: Iterable[Cart], reason: str, actor: User | None = None) -> None:
    """`follow` for locked carts, clients in id order."""
    for cart in sorted(carts, key=lambda cart: (cart.client_id, cart.pk)):
        follow(cart=cart, reason=reason, actor=actor)


def follow(*, cart: Cart, reason: str, actor: User | None = None) -> None:
    """Make lines, totals, hold, state and suggestion of a locked, open `cart` what its pallets say.

    What it costs less is released, what it costs more is held. Must run in a transaction.
    Raises InsufficientBalance where the client does not have what must be held more.
    """
    lines = standing(cart)
    before, priced = cart.total, _price_lines(lines)
    cart.goods = sum((one.cost for one in lines), ZERO)
    cart.shipping = sum((one.shipping for one in lines), ZERO)
    changes = _hold(cart, reason, actor)
    changes |= {"goods": cart.goods, "shipping": cart.shipping}
    state, was = state_of(lines), cart.state
    if state != was:
        cart.move(state, actor=actor, **changes)
    elif priced:
        cart.record(CartChangeKind.FOLLOWED, actor=actor, **changes)
    else:
        Cart.objects.filter(pk=cart.pk).update(**changes)
    _tell_client(cart, cart.total - before, palletised=state == CartState.PALLETISED != was)
    follow_waiting(cart=cart, waiting=sum(one.waiting for one in lines), actor=actor)


def _price_lines(lines: Iterable[LineStanding]) -> bool:
    """Whether any line costs something else now."""
    changed = [one for one in lines if (one.line.cost, one.line.shipping) != (one.cost, one.shipping)]
    for one in changed:
        CartLine.objects.filter(pk=one.line.pk).update(cost=one.cost, shipping=one.shipping)
    return bool(changed)


def _hold(cart: Cart, reason: str, actor: User | None) -> dict[str, Any]:
    """Hold the cart's total but what preorders bring and what the panel has charged of it; the cart's changes."""
    entries = LedgerEntry.objects.filter(reference=cart.code)
    charged = entries.filter(kind=EntryKind.SETTLEMENT).aggregate(usd=Sum("held_change"))["usd"] or ZERO
    target = max(cart.total - credit_of(cart) + charged, ZERO)
    change = target - cart.hold_open
    if change == ZERO:
        return {}
    place: dict[str, Any] = {"client_id": cart.client_id, "reference": cart.code, "actor": actor}
    number = entries.count() + 1  # nobody else posts for a locked cart
    if change > ZERO:
        hold_balance(amount=change, key=f"hold:{cart.code}:{number}", **place)
    else:
        release_hold(amount=-change, key=f"release:{cart.code}:{number}", reason=reason, **place)
    cart.hold_open = target
    return {"hold_open": target, "hold": max(cart.hold, target)}


def _tell_client(cart: Cart, change: Decimal, *, palletised: bool) -> None:
    changes: dict[str, Any] = {"last_pallet_on": timezone.localdate()} if palletised else {}
    if change:
        changes["total_allocated"] = F("total_allocated") + sql_amount(change)
    if changes:
        Client.objects.filter(pk=cart.client_id).update(**changes)


def give_back(*, cart: Cart, units: Mapping[int, int], reason: str, actor: User | None = None) -> None:
    """Release `units` (by cart line id) of a locked cart that goes on without them, and what is held for them.

    The pallets they stood on are cancelled before. Must run in a transaction.
    Raises Conflict where a line has fewer.
    """
    lines = list(CartLine.objects.filter(pk__in=units))
    lock_goods([line.asin_id for line in lines], [])
    back = bring_back(cart=cart, kept={line.pk: line.kept - units[line.pk] for line in lines})
    # What came for preorders goes back last, and stays reserved for them.
    if released := back.beyond({line.asin_id: units[line.pk] for line in lines}):
        release_units(units=released, reference=cart.code, reason=reason, actor=actor)
    for pk, count in units.items():
        if not CartLine.objects.filter(pk=pk, units__gte=F("returned") + count).update(returned=F("returned") + count):
            raise Conflict(f"{cart.code}: fewer than {count} units of a line are left.")
    follow(cart=cart, reason=reason, actor=actor)
