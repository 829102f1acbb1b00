"""Preorders are made, cancelled and credited. Paid money never enters the client's ledger."""

from datetime import date
from decimal import Decimal

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from allocation.models import Preorder, PreorderAllocation
from allocation.services.preorder_payments import open_payments
from allocation.states import HOLDING, ArrivalState, PreorderState
from clients.models import Client, Store
from common.errors import Conflict, DomainError, NotFound, Problem
from common.history import note_update
from common.money import ZERO, cents, usd
from common.transactions import durable
from inventory.models import MAX_COST, MAX_UNITS, Asin
from inventory.services import release_units


def preorder_problems(
    *, client: Client | None, store: Store | None, asin: Asin | None, quantity: int | None
) -> dict[str, str]:
    """What is wrong with a preorder, by field, in words; quantity in units. What is missing is not judged here."""
    found = {}
    if client and store and store.client_id != client.pk:
        found["store"] = f"Store {store} is not a store of {client}."
    if quantity is not None and not 1 <= quantity <= MAX_UNITS:
        found["quantity"] = f"Must be between 1 and {MAX_UNITS:,} units; this is {quantity:,}."
    elif quantity is not None and asin and quantity % asin.case_pack:
        low, pack = quantity // asin.case_pack * asin.case_pack, asin.case_pack
        choice = f"{low:,} or {low + pack:,}" if low else f"{pack:,}"
        found["quantity"] = f"Whole cases only: {asin.code} comes in cases of {pack:,}, so order {choice} units."
    return found


def quantity_problems(stored: Preorder, quantity: int | None) -> dict[str, str]:
    """Why the quantity of a stored preorder cannot become `quantity` units, by field, in words."""
    if quantity is None or quantity == stored.quantity:
        return {}
    if stored.state != PreorderState.PENDING:
        word = stored.get_state_display().lower()
        return {"quantity": f"This preorder is {word}; its quantity stays {stored.quantity:,}."}
    if quantity < stored.arrived:
        return {"quantity": f"{stored.arrived:,} units have arrived already."}
    amount = cents(stored.unit_cost * quantity)
    if amount < stored.paid:
        return {"quantity": f"{quantity:,} units amount to {usd(amount)}, but {usd(stored.paid)} is paid already."}
    return {}


def money_problems(*, unit_cost: Decimal | None, paid: Decimal | None, amount: Decimal | None) -> dict[str, str]:
    """What is wrong with a preorder's money, by field, in words; USD. What is missing is not judged here."""
    found = {}
    if unit_cost is not None and not Decimal("0.01") <= unit_cost <= MAX_COST:
        found["unit_cost"] = f"Must be between $0.01 and ${MAX_COST:,}."
    if paid is not None and paid < 0:
        found["paid"] = "What was paid cannot be negative."
    elif paid is not None and amount is not None and paid > amount:
        found["paid"] = f"The preorder amounts to {usd(amount)}; no more than that can be paid."
    return found


def price_preorder(preorder: Preorder) -> None:
    """Set the amount, quantity x unit cost, which is the ASIN's at creation; flag a store that may not receive."""
    if preorder.unit_cost is None and preorder.asin_id:
        preorder.unit_cost = preorder.asin.unit_cost
    if preorder.unit_cost is not None and preorder.quantity is not None:
        preorder.amount = cents(preorder.unit_cost * preorder.quantity)
    if not preorder.pk and preorder.store_id:
        preorder.flag = flag_of(preorder.store)


def flag_of(store: Store) -> str:
    """What a person should know of a preorder's store before units come; empty where it may receive."""
    if store.may_receive:
        return ""
    return f"{store.name} is {'suspended' if store.is_active else 'no longer in use'}."


@durable
def create_preorder(
    *,
    store: Store,
    asin: Asin,
    quantity: int,
    expected_arrival: date,
    client: Client | None = None,
    unit_cost: Decimal | None = None,
    paid: Decimal = ZERO,
    actor: User | None = None,
) -> Preorder:
    """A preorder made by hand of `quantity` units; the unit cost is the ASIN's unless given, `paid` in USD.

    One for a store that may not receive is accepted and flagged. Raises DomainError naming each field that is wrong,
    Conflict where the client has one of this store, ASIN and expected arrival.
    """
    preorder = Preorder(
        client=client or store.client,
        store=store,
        asin=asin,
        quantity=quantity,
        unit_cost=asin.unit_cost if unit_cost is None else unit_cost,
        paid=paid,
        expected_arrival=expected_arrival,
    )
    price_preorder(preorder)
    found = preorder_problems(client=preorder.client, store=store, asin=asin, quantity=quantity)
    found |= money_problems(unit_cost=preorder.unit_cost, paid=paid, amount=preorder.amount)
    if found:
        raise DomainError([Problem(field, message) for field, message in found.items()])
    try:
        preorder.validate_constraints()
    except ValidationError as error:
        day = f"{expected_arrival:%Y-%m-%d}"
        raise Conflict(f"{preorder.client} has a preorder of {asin.code} for {store} on {day} already.") from error
    preorder.save()
    open_payments(preorder=preorder, actor=actor)
    return preorder


@durable
def cancel_preorder(*, preorder_id: int, reason: str, actor: User | None = None) -> Decimal:
    """Cancel a preorder of which nothing is allocated; the USD paid on it, which is a credit due to the client.

    Units that have arrived are free again. Raises DomainError without a reason, NotFound, Conflict where it is
    cancelled already or units of it are in carts.
    """
    if not reason.strip():
        raise DomainError("Say why the preorder is cancelled.", field="reason")
    preorder = lock_preorder(preorder_id)
    if preorder.is_cancelled:
        raise Conflict("This preorder is cancelled already.")
    check_unallocated(preorder)
    if preorder.promised:
        release_units(
            units={preorder.asin_id: preorder.promised}, reference=preorder.reference, reason=reason, actor=actor
        )
    note_update([preorder], {"state": PreorderState.CANCELLED}, actor=actor, reason=reason)
    Preorder.objects.filter(pk=preorder.pk).update(state=PreorderState.CANCELLED, note=reason[:200])
    _refuse_proposals(preorder, "The preorder was cancelled", actor)
    return preorder.paid


def _refuse_proposals(preorder: Preorder, note: str, actor: User | None) -> None:
    """Nobody has to say any more whether what is proposed has come."""
    preorder.arrivals.filter(state=ArrivalState.PROPOSED).update(
        state=ArrivalState.REFUSED, note=note, actor=actor, decided_at=timezone.now()
    )


def lock_preorder(preorder_id: int) -> Preorder:
    """The preorder, locked after its ASIN, as carts that take its units do. Raises NotFound."""
    asin_id = Preorder.objects.filter(pk=preorder_id).values_list("asin_id", flat=True).first()
    if asin_id is None:
        raise NotFound("There is no such preorder.")
    list(Asin.objects.select_for_update().filter(pk=asin_id).values_list("pk"))
    return Preorder.objects.select_for_update().get(pk=preorder_id)


def check_unallocated(preorder: Preorder) -> None:
    """Raises Conflict, saying what to do, where units of a locked `preorder` are allocated."""
    if not preorder.allocated:
        return
    rest = f" To give up only the {preorder.to_come:,} units to come, lower its quantity." if preorder.to_come else ""
    rows = PreorderAllocation.objects.filter(preorder=preorder, allocated_at__isnull=False, returned__lt=F("units"))
    here = rows.filter(cart_line__cart__state__in=HOLDING)
    codes = sorted(set(here.values_list("cart_line__cart__code", flat=True)))
    if len(here) < len(rows):
        gone = sum(row.kept for row in rows) - sum(row.kept for row in here)
        raise Conflict(f"{gone:,} units of this preorder have gone out already; it cannot be cancelled.{rest}")
    raise Conflict(
        f"{preorder.allocated:,} units of this preorder are allocated to {', '.join(codes)}: "
        f"cancel {'that cart' if len(codes) == 1 else 'those carts'} first.{rest}"
    )


def mark_credited(*, preorder_id: int, reason: str, actor: User | None = None) -> Decimal:
    """Say that what was paid on a cancelled preorder has been given back; the USD.

    Raises DomainError without a reason, Conflict where nothing is due, or it was credited already.
    """
    if not reason.strip():
        raise DomainError("Say how it was credited.", field="reason")
    now, due = timezone.now(), Preorder.objects.with_credit_due().filter(pk=preorder_id)
    with transaction.atomic():
        preorder = due.select_for_update().first()
        if preorder is None:
            raise Conflict("No credit is due on this preorder, or someone else has marked it as credited meanwhile.")
        note_update([preorder], {"credited_at": now}, actor=actor, reason=reason)
        due.update(credited_at=now, credited_by=actor, credit_note=reason[:200])
    return preorder.paid


def settle_state(*, preorder: Preorder, actor: User | None = None) -> None:
    """Bring the state of a preorder in line with its units, after its quantity was changed. Runs in a transaction."""
    if not preorder.is_cancelled:
        state = preorder.state_by_units
        moved = Preorder.objects.filter(pk=preorder.pk).exclude(state=state).update(state=state)
        preorder.state = state
        if moved and not preorder.to_come:
            _refuse_proposals(preorder, "The quantity was lowered to what is here", actor)
