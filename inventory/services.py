"""Writes of stock. Every change of a total and its movement row go together, in the caller's transaction.

Units everywhere. Nothing here solves or waits: each spend is one conditional UPDATE, rows in id order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F

from common.errors import Conflict, DomainError, NotFound, Problem
from common.transactions import durable
from inventory.bulk import Inserter, batches
from inventory.models import MAX_UNITS, Asin, MovementKind, StockMovement

Units = Mapping[int, int]  # ASIN id -> units


@dataclass(frozen=True)
class Shortage:
    """Units asked for that were not there."""

    asin: str
    wanted: int
    available: int


class InsufficientUnits(Conflict):
    """Some ASINs have fewer units available than wanted; carries every shortage."""

    code = "insufficient_units"
    title = "Not enough units"

    def __init__(self, shortages: list[Shortage]) -> None:
        self.shortages = shortages
        super().__init__(
            [
                Problem("asin", f"{short.asin}: {short.wanted} units wanted, {short.available} available.")
                for short in shortages
            ]
        )


def reserve_units(*, units: Units, reference: str, actor: User | None = None) -> None:
    """Promise `units` (one total per ASIN). Must run in a transaction, which the caller lets roll back on error.

    Raises InsufficientUnits with every shortage.
    """
    wanted = _positive(units)
    short = [
        asin_id
        for asin_id, count in wanted
        if not Asin.objects.filter(pk=asin_id, on_hand__gte=F("reserved") + count).update(
            reserved=F("reserved") + count
        )
    ]
    if short:
        raise InsufficientUnits(_shortages(short, dict(wanted)))
    _record(wanted, MovementKind.RESERVE, reserved=1, reference=reference, actor=actor)


def _shortages(short: list[int], wanted: Mapping[int, int]) -> list[Shortage]:
    """What is available besides what this transaction itself has just reserved (each ASIN is asked for once)."""
    found = Asin.objects.in_bulk(short)
    return [
        Shortage(found[pk].code if pk in found else f"#{pk}", wanted[pk], found[pk].available if pk in found else 0)
        for pk in short
    ]


def release_units(*, units: Units, reference: str, reason: str = "", actor: User | None = None) -> None:
    """Take back promises of `units`. Raises Conflict where less is reserved.

    Units of an open shortage were never there: what is released pays it before anyone can have it again.
    """
    counted = _positive(units)
    rows = Asin.objects.select_for_update().order_by("pk").in_bulk([asin_id for asin_id, _ in counted])
    movements = []
    for asin_id, count in counted:
        paid = min(rows[asin_id].shortage, count)
        if not Asin.objects.filter(pk=asin_id, reserved__gte=count, shortage__gte=paid).update(
            reserved=F("reserved") - count, on_hand=F("on_hand") - paid, shortage=F("shortage") - paid
        ):
            raise Conflict(f"{reference}: fewer than {count} units of {rows[asin_id].code} are reserved.")
        movements.append(
            StockMovement(
                asin_id=asin_id,
                kind=MovementKind.RELEASE,
                on_hand_change=-paid,
                reserved_change=-count,
                shortage_change=-paid,
                reference=reference,
                reason=reason[:200],
                actor=actor,
            )
        )
    StockMovement.objects.bulk_create(movements)


def ship_units(*, units: Units, reference: str, actor: User | None = None) -> None:
    """Reserved `units` leave the house: on hand and reserved fall together. Raises Conflict where less is reserved."""
    counted = _positive(units)
    for asin_id, count in counted:
        if not Asin.objects.filter(pk=asin_id, reserved__gte=count, on_hand__gte=count).update(
            reserved=F("reserved") - count, on_hand=F("on_hand") - count
        ):
            raise Conflict(f"{reference}: fewer than {count} units of ASIN #{asin_id} are reserved.")
    _record(counted, MovementKind.SHIP, on_hand=-1, reserved=-1, reference=reference, actor=actor)


def _positive(units: Units) -> list[tuple[int, int]]:
    """Pairs in id order, the order in which all writers lock rows."""
    if any(count <= 0 for count in units.values()):
        raise ValueError("units must be positive")
    return sorted(units.items())


def _record(
    counted: list[tuple[int, int]],
    kind: MovementKind,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    reference: str = "",
    actor: User | None = None,
) -> None:
    StockMovement.objects.bulk_create(
        StockMovement(
            asin_id=asin_id,
            kind=kind,
            on_hand_change=on_hand * count,
            reserved_change=reserved * count,
            reference=reference,
            actor=actor,
        )
        for asin_id, count in counted
    )


@durable
def adjust_stock(*, asin_id: int, change: int, reason: str, actor: User | None = None) -> None:
    """Correct the units on hand by `change` after a count or a loss.

    Units found pay an open shortage before anyone can have them: they are promised already.
    Raises NotFound, or DomainError where the reason is missing, nothing would change, or stock would fall below
    what is reserved.
    """
    if not reason.strip():
        raise DomainError("Say why the stock is adjusted.", field="reason")
    if change == 0 or abs(change) > MAX_UNITS:
        raise DomainError(f"The change must be between 1 and {MAX_UNITS:,} units, up or down.", field="change")
    asin = Asin.objects.select_for_update().filter(pk=asin_id).first()
    if asin is None:
        raise NotFound("There is no such ASIN.")
    paid = min(asin.shortage, max(change, 0))
    gained = change - paid
    if not Asin.objects.filter(
        pk=asin_id, shortage__gte=paid, on_hand__gte=F("reserved") - gained, on_hand__lte=MAX_UNITS - gained
    ).update(on_hand=F("on_hand") + gained, shortage=F("shortage") - paid):
        raise DomainError(
            f"{asin.code}: {asin.on_hand} on hand and {asin.reserved} reserved; a change of {change:+d} does not fit.",
            field="change",
        )
    StockMovement.objects.create(
        asin=asin,
        kind=MovementKind.ADJUSTMENT,
        on_hand_change=gained,
        shortage_change=-paid,
        reason=reason[:200],
        actor=actor,
    )


def open_stock(*, asins: Iterable[Asin], reference: str) -> None:
    """Store new `asins`, however many, a part at a time; each one's `portal_remaining` is its opening stock.

    Must run in a transaction. Raises IntegrityError where a code is taken. The objects are not told their ids.
    """
    goods, opening = Inserter(Asin), Inserter(StockMovement)
    for some in batches(asins):
        for asin in some:
            asin.set_keys()
            asin.on_hand = asin.portal_remaining or 0
        goods.insert(some)
        stored = Asin.objects.filter(code__in=[asin.code for asin in some])
        ids = dict(stored.order_by().values_list("code", "pk"))
        opening.insert(
            [
                StockMovement(
                    asin_id=ids[asin.code],
                    kind=MovementKind.OPENING,
                    on_hand_change=asin.on_hand,
                    reference=reference,
                    reason=f"Sheet: first seen with {asin.on_hand}",
                )
                for asin in some
                if asin.on_hand
            ]
        )


@dataclass(frozen=True)
class SheetChange:
    """What a change of the sheet's remaining cell did to one ASIN, in units."""

    on_hand: int
    shortage: int


def post_sheet_quantity(*, asin: Asin, remaining: int, reference: str) -> SheetChange:
    """Move the stock of `asin` by the change of its remaining cell since it was last seen or written.

    The first quantity seen is the opening stock. A quantity that we were writing is no change once it is seen there;
    where a person has changed the cell meanwhile, the change counts from whichever of the two gives fewer units, so
    that none is promised that may not be there. A fall below what is reserved stops at reserved; the rest is an
    open shortage that later increases pay first. Must run in a transaction that holds the row (`select_for_update`)
    so that reserved does not grow meanwhile; the conditional UPDATE makes sure of it.
    Raises Conflict where it did.
    """
    first = asin.portal_remaining is None
    before = asin.portal_remaining or 0
    if asin.portal_writing is not None:
        before = remaining if remaining == asin.portal_writing else max(before, asin.portal_writing)
    change = remaining - before
    target = asin.on_hand - asin.shortage + change
    on_hand = max(target, asin.reserved)
    moved = SheetChange(on_hand - asin.on_hand, (on_hand - target) - asin.shortage)
    if not Asin.objects.filter(pk=asin.pk, on_hand=asin.on_hand, reserved__lte=on_hand).update(
        on_hand=on_hand, shortage=asin.shortage + moved.shortage, portal_remaining=remaining, portal_writing=None
    ):
        raise Conflict(f"{asin.code}: its stock moved while the sheet was read.")
    if moved != SheetChange(0, 0):
        StockMovement.objects.create(
            asin=asin,
            kind=MovementKind.OPENING if first else MovementKind.PORTAL,
            on_hand_change=moved.on_hand,
            shortage_change=moved.shortage,
            reference=reference,
            reason=f"Sheet: {'first seen with' if first else f'{asin.portal_remaining} →'} {remaining}",
        )
    asin.on_hand, asin.shortage = on_hand, asin.shortage + moved.shortage
    asin.portal_remaining, asin.portal_writing = remaining, None
    return moved


@durable
def begin_writing(*, remaining: Mapping[int, int]) -> None:
    """Note the quantities (ASIN id -> units) that are about to be written into the sheet, before they are.

    Should the answer never come, the next reading knows what it sees.
    """
    for asin_id, units in sorted(remaining.items()):
        Asin.objects.filter(pk=asin_id).update(portal_writing=units)


@durable
def end_writing(*, remaining: Mapping[int, int], written: bool) -> None:
    """The quantities stand in the sheet now and are remembered as seen there; or they were not `written`."""
    for asin_id, units in sorted(remaining.items()):
        ours = Asin.objects.filter(pk=asin_id, portal_writing=units)
        ours.update(portal_writing=None, **({"portal_remaining": units, "row_hash": ""} if written else {}))
