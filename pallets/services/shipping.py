"""Pallets are packed, reopened and leave: stock moves exactly once, and a pooled pallet's price becomes its carts'."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client
from common.errors import Conflict, DomainError
from common.history import note_update
from common.transactions import durable
from inventory.services import ship_units
from pallets.destinations import check_allowed
from pallets.models import FBA_ID, Pallet, PalletLine, Shipment
from pallets.services.following import follow_all
from pallets.services.locking import lock_goods, lock_pallet
from pallets.standing import standing, state_of
from pallets.states import PalletState, ShipmentState


@durable
def pack_pallet(*, code: str, actor: User | None = None) -> Pallet:
    """The pallet stands wrapped on the dock. A pooled one closes: its lines are priced at its fill, and what they cost
    less than max shipping is released to each client.

    Raises NotFound, Conflict where it is not planned or nothing lies on it, InsufficientBalance where lines that were
    parted round up to a cent more than what is held and the client does not have it.
    """
    pallet, carts = lock_pallet(code)
    if not carts:
        raise Conflict(f"Nothing lies on pallet {code}.")
    pallet.move(PalletState.PACKED, actor=actor)
    if pallet.is_pooled:
        follow_all(carts=carts, reason=f"{code} packed", actor=actor)
        # Also of a cart with more goods, which wait still.
        Client.objects.filter(pk__in={cart.client_id for cart in carts}).update(last_pallet_on=timezone.localdate())
    return pallet


@durable
def reopen_pallet(*, code: str, actor: User | None = None) -> Pallet:
    """A packed pallet is planned again. A pooled one takes goods again, and its lines cost max shipping again, which is
    held.

    Raises NotFound, Conflict where it is not packed, InsufficientBalance where a client does not have that any more.
    """
    pallet, carts = lock_pallet(code)
    if pallet.state != PalletState.PACKED:
        raise Conflict(f"Pallet {code} is {pallet.get_state_display().lower()}; only a packed one can be reopened.")
    pallet.move(PalletState.PLANNED, actor=actor)
    if pallet.is_pooled:
        follow_all(carts=carts, reason=f"{code} reopened", actor=actor)
    return pallet


@durable
def ship_pallet(
    *,
    code: str,
    shipped_on: date,
    carrier: str = "",
    tracking: str = "",
    amazon_id: str = "",
    actor: User | None = None,
) -> Pallet:
    """The pallet leaves: its units go from on hand and reserved; what is held waits for the panel's charge.

    With `amazon_id`, Amazon's own shipment ID such as FBA15ABCDEF12, it is a shipment of its own.
    Raises NotFound, DomainError for a wrong ID, a date ahead or before it was planned, Conflict where it has left, was
    cancelled, is a pooled one that is not packed, has goods that its store may not receive, or is on a shipment.
    """
    amazon_id = read_amazon_id(amazon_id)
    pallet, carts = lock_pallet(code)
    check_date([pallet], shipped_on)
    if pallet.shipment_id is not None and pallet.state != PalletState.SHIPPED:
        raise Conflict(f"Pallet {code} is on a shipment: ship that, or take the pallet off it first.", field="shipment")
    leave(pallets=[pallet], carts=carts, shipped_on=shipped_on, carrier=carrier, tracking=tracking, actor=actor)
    if amazon_id:
        shipment = Shipment.objects.create(
            store_id=pallet.store_id,
            state=ShipmentState.SHIPPED,
            amazon_id=amazon_id,
            shipped_on=shipped_on,
            carrier=pallet.carrier,
            tracking=pallet.tracking,
            created_by=actor,
        )
        note_update([pallet], {"shipment": shipment}, actor=actor)
        Pallet.objects.filter(pk=pallet.pk).update(shipment=shipment)
        pallet.shipment = shipment
    return pallet


def read_amazon_id(text: str) -> str:
    """An FBA shipment ID as it is stored, empty where none is given. Raises DomainError where it is none."""
    cleaned = text.strip().upper()
    if cleaned:
        try:
            FBA_ID(cleaned)
        except ValidationError as error:
            raise DomainError(f"“{text[:40]}”: {error.message}", field="amazon_id") from error
    return cleaned


def leave(
    *,
    pallets: list[Pallet],
    carts: Iterable[Cart],
    shipped_on: date,
    carrier: str,
    tracking: str,
    actor: User | None = None,
) -> None:
    """Locked `pallets` leave together, the lines on them those of locked `carts`. Must run in a transaction.

    Raises Conflict naming pooled pallets that are not packed, goods that their store may not receive (any more), or
    where one has left or was cancelled.
    """
    if unpacked := [one.code for one in pallets if one.is_pooled and one.state == PalletState.PLANNED]:
        raise Conflict(f"Pack {', '.join(unpacked)} first: the price of a pooled pallet is fixed when it is packed.")
    check_allowed(pallets)
    lines = list(PalletLine.objects.filter(pallet__in=pallets))
    for pallet in pallets:
        left = {"shipped_on": shipped_on, "carrier": carrier[:80], "tracking": tracking[:80]}
        pallet.move(PalletState.SHIPPED, actor=actor, **left)
    lock_goods([line.asin_id for line in lines], [])
    for pallet in pallets:
        units = Counter[int]()
        for line in lines:
            if line.pallet_id == pallet.pk:
                units[line.asin_id] += line.units
        ship_units(units=units, reference=pallet.code, actor=actor)
    for cart in carts:
        if (state := state_of(standing(cart))) != cart.state:
            cart.move(state, actor=actor)


def check_date(pallets: Iterable[Pallet], shipped_on: date) -> None:
    """Raises DomainError for a date ahead, or before one of the pallets was planned."""
    if shipped_on > timezone.localdate():
        raise DomainError("A pallet cannot have left on a day ahead.", field="shipped_on")
    if any(shipped_on < timezone.localdate(pallet.created_at) for pallet in pallets):
        raise DomainError("A pallet cannot have left before it was planned.", field="shipped_on")
