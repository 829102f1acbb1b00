"""Shipments: pallets of one store are put together, taken off, and leave all or none."""

from collections.abc import Collection
from datetime import date

from django.contrib.auth.models import User

from common.errors import Conflict, DomainError, NotFound, Problem
from common.history import note_update
from common.transactions import durable
from pallets.models import Pallet, Shipment
from pallets.services.locking import lock_pallets
from pallets.services.shipping import check_date, leave, read_amazon_id
from pallets.states import PalletState, ShipmentState

# Amazon partnered carriers, less than truckload and full truckload: one shipment weighs at least 150 lb and has at most
# 26 pallets and 5,000 boxes (seller guides on partnered LTL/FTL, such as Flexport's, 2026).
LEAST_POUNDS = 150
MOST_PALLETS = 26
MOST_CARTONS = 5_000


@durable
def make_shipment(*, pallets: Collection[str], actor: User | None = None) -> Shipment:
    """A shipment of the pallets with these codes. Raises NotFound, DomainError naming every pallet that cannot go on it
    and why: another store's, closed, on a shipment already, or too many.
    """
    if not pallets:
        raise DomainError("Choose at least one pallet.", field="pallets")
    locked = _locked(pallets)
    shipment = Shipment(store=locked[0].store, created_by=actor)
    _check(shipment, [], locked)
    shipment.save()
    _put(locked, shipment, actor)
    return shipment


@durable
def add_pallets(*, code: str, pallets: Collection[str], actor: User | None = None) -> Shipment:
    """Put more pallets on an open shipment. Raises as `make_shipment`, or Conflict where it is not open."""
    shipment = _open(code)
    if not pallets:
        raise DomainError("Choose at least one pallet.", field="pallets")
    locked = _locked(pallets)
    _check(shipment, list(shipment.pallets.all()), locked)
    _put(locked, shipment, actor)
    return shipment


@durable
def remove_pallets(*, code: str, pallets: Collection[str], actor: User | None = None) -> Shipment:
    """Take pallets off an open shipment. Raises NotFound, Conflict where it is not open or one is not on it."""
    shipment = _open(code)
    locked = _locked(pallets)
    if strangers := [pallet.code for pallet in locked if pallet.shipment_id != shipment.pk]:
        raise Conflict(f"{', '.join(strangers)}: not on shipment {code}.", field="pallets")
    _put(locked, None, actor)
    return shipment


@durable
def cancel_shipment(*, code: str, actor: User | None = None) -> Shipment:
    """The pallets stand by themselves again. Raises NotFound, Conflict where it is not open."""
    shipment = _open(code)
    shipment.move(ShipmentState.CANCELLED, actor=actor)
    _put(list(shipment.pallets.defer("placements", "steps")), None, actor)
    return shipment


@durable
def ship_shipment(
    *,
    code: str,
    shipped_on: date,
    carrier: str = "",
    tracking: str = "",
    amazon_id: str = "",
    actor: User | None = None,
) -> Shipment:
    """Every pallet of the shipment leaves, or none does. `amazon_id`: Amazon's own shipment ID, such as FBA15ABCDEF12.

    Raises NotFound, Conflict where it is not open or a pooled pallet is not packed, DomainError for a wrong ID or date
    or a shipment that is too light, too large or empty.
    """
    amazon_id = read_amazon_id(amazon_id)
    shipment = _open(code)
    pallets, carts = lock_pallets(list(shipment.pallets.values_list("code", flat=True)))
    check_date(pallets, shipped_on)
    _check_size(pallets)
    leave(pallets=pallets, carts=carts, shipped_on=shipped_on, carrier=carrier, tracking=tracking, actor=actor)
    shipment.move(
        ShipmentState.SHIPPED,
        actor=actor,
        shipped_on=shipped_on,
        carrier=carrier[:80],
        tracking=tracking[:80],
        amazon_id=amazon_id,
    )
    return shipment


def _put(pallets: list[Pallet], shipment: Shipment | None, actor: User | None = None) -> None:
    """On `shipment`, or on none."""
    note_update(pallets, {"shipment": shipment}, actor=actor)
    Pallet.objects.filter(pk__in=[pallet.pk for pallet in pallets]).update(shipment=shipment)


def _open(code: str) -> Shipment:
    shipment = Shipment.objects.select_for_update().filter(code=code).first()
    if shipment is None:
        raise NotFound(f"There is no shipment “{code}”.")
    if shipment.state != ShipmentState.OPEN:
        raise Conflict(f"Shipment {code} is {shipment.get_state_display().lower()} already.")
    return shipment


def _locked(codes: Collection[str]) -> list[Pallet]:
    """Pallets in id order. Raises NotFound naming those that are unknown."""
    found = Pallet.objects.select_for_update().filter(code__in=codes).order_by("pk")
    pallets = list(found.defer("placements", "steps"))
    if missing := sorted(set(codes) - {pallet.code for pallet in pallets}):
        raise NotFound(f"There is no pallet {', '.join(missing)}.", field="pallets")
    return pallets


def _check(shipment: Shipment, there: list[Pallet], more: list[Pallet]) -> None:
    """Raises DomainError with everything that keeps `more` off the shipment."""
    problems = []
    for pallet in more:
        if pallet.state not in (PalletState.PLANNED, PalletState.PACKED):
            problems.append(f"{pallet.code} is {pallet.get_state_display().lower()}.")
        elif pallet.shipment_id is not None:
            problems.append(f"{pallet.code} is on a shipment already.")
        elif pallet.store_id != shipment.store_id:
            problems.append(f"{pallet.code} goes to another store than {shipment.store}.")
    together = [*there, *more]
    if len(together) > MOST_PALLETS:
        problems.append(f"{len(together)} pallets are too many: a shipment has at most {MOST_PALLETS}.")
    if (cartons := sum(pallet.cartons for pallet in together)) > MOST_CARTONS:
        problems.append(_too_many_cartons(cartons))
    if problems:
        raise DomainError([Problem("pallets", problem) for problem in problems])


def _check_size(pallets: list[Pallet]) -> None:
    if not pallets:
        raise DomainError("The shipment is empty: put pallets on it first.", field="pallets")
    weight = sum(pallet.weight for pallet in pallets)
    if weight < LEAST_POUNDS:
        raise DomainError(
            f"The shipment weighs {weight:,.1f} lb; a freight shipment weighs at least {LEAST_POUNDS} lb.",
            field="pallets",
        )
    if (cartons := sum(pallet.cartons for pallet in pallets)) > MOST_CARTONS:
        raise DomainError(_too_many_cartons(cartons), field="pallets")


def _too_many_cartons(cartons: int) -> str:
    return f"{cartons:,} cartons are too many: a shipment has at most {MOST_CARTONS:,}."
