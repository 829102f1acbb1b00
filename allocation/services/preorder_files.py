"""What a file says of preorders becomes payments, arrivals and allocations, as when a person says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from allocation.models import Preorder, PreorderAllocation, PreorderPayment
from allocation.services.arrivals import receive, settle_rows
from allocation.services.preorders import check_unallocated
from allocation.states import ArrivalState, PreorderState
from common.errors import Conflict
from inventory.models import Asin
from inventory.services import release_units


@dataclass(frozen=True)
class FileStatus:
    """The preorder's new `values` by field, or in words why it does not become what the file says (`problem`)."""

    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def follow_payments(*, changes: Mapping[int, Decimal], reference: str) -> None:
    """Record by how many USD a file has changed what was paid on preorders (by id), one row each; `reference` is the
    file's run. Must run in the transaction that changes `paid`.
    """
    PreorderPayment.objects.bulk_create(
        PreorderPayment(preorder_id=pk, amount=change, key=f"{reference}:{pk}", note="As the file says")
        for pk, change in sorted(changes.items())
        if change
    )


def follow_status(*, preorder: Preorder, quantity: int, status: str, reference: str, now: datetime) -> FileStatus:
    """Bring a pending preorder of `quantity` units to the status that a file says, with what belongs to it.

    Arrived: what is still to come is taken of stock and kept for it. Allocated: it went out elsewhere. Cancelled: what
    was kept for it is free. Must run in a transaction that stores the values.
    """
    preorder.quantity = quantity
    if status == PreorderState.ARRIVED:
        return _arrive(preorder, reference, now)
    if status == PreorderState.ALLOCATED:
        return _leave(preorder, reference, now)
    if status == PreorderState.CANCELLED:
        return _cancel(preorder, reference, now)
    if not preorder.to_come:
        _settle(preorder, 0, reference, now)
    return FileStatus({"state": preorder.state_by_units})


def _arrive(preorder: Preorder, reference: str, now: datetime) -> FileStatus:
    units, asin = preorder.to_come, Asin.objects.select_for_update().get(pk=preorder.asin_id)
    if units > asin.available:
        return FileStatus(
            {"state": preorder.state_by_units},
            f"The file says that {units:,} units have come, but only {asin.available:,} of {asin.code} are available; "
            "it stays pending until a person confirms the arrival.",
        )
    _settle(preorder, units, reference, now)
    if units:
        preorder.asin = asin
        # The stored quantity may still be a smaller one, of which so many cannot arrive.
        Preorder.objects.filter(pk=preorder.pk).update(quantity=preorder.quantity)
        receive(preorder=preorder, units=units, key=reference)
    return FileStatus({"state": preorder.state_by_units, "arrived": preorder.arrived})


def _leave(preorder: Preorder, reference: str, now: datetime) -> FileStatus:
    """Its units went out elsewhere: what was kept here is free again."""
    _free(preorder, reference, "Allocated elsewhere, as the file says")
    _settle(preorder, preorder.to_come, reference, now)
    PreorderAllocation.objects.create(preorder=preorder, units=preorder.quantity - preorder.allocated, allocated_at=now)
    whole = {"arrived": preorder.quantity, "allocated": preorder.quantity}
    return FileStatus({"state": PreorderState.ALLOCATED, **whole})


def _cancel(preorder: Preorder, reference: str, now: datetime) -> FileStatus:
    try:
        check_unallocated(preorder)
    except Conflict as conflict:
        return FileStatus({"state": preorder.state_by_units}, str(conflict))
    _free(preorder, reference, "Cancelled in the file")
    _settle(preorder, 0, reference, now)
    return FileStatus({"state": PreorderState.CANCELLED})


def _free(preorder: Preorder, reference: str, reason: str) -> None:
    if preorder.promised:
        units = {preorder.asin_id: preorder.promised}
        release_units(units=units, reference=preorder.reference, reason=f"{reason} ({reference})")


def _settle(preorder: Preorder, units: int, reference: str, now: datetime) -> None:
    """`units` have come, and nothing else of what is proposed: nobody has to say so any more."""
    rows = list(preorder.arrivals.filter(state=ArrivalState.PROPOSED).order_by("pk"))
    settle_rows(preorder, rows, units, key=reference, now=now, note="As the file says")
