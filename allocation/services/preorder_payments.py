"""What is paid on preorders and given back: rows of their own, which never enter the client's ledger."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from allocation.models import Preorder, PreorderPayment
from allocation.services.preorder_allocations import prepaid_used
from allocation.states import OPEN_PREORDERS
from common.errors import Conflict, DomainError
from common.fields import amount as sql_amount
from common.money import ZERO, usd


def open_payments(*, preorder: Preorder, actor: User | None = None) -> None:
    """Record what a new preorder says was paid already as its first payment. Must run in the transaction that made it.

    Safe to repeat.
    """
    if preorder.paid:
        PreorderPayment.objects.get_or_create(
            key=f"opening:{preorder.pk}",
            defaults={"preorder": preorder, "amount": preorder.paid, "note": "Paid when it was made", "actor": actor},
        )


def held_of(preorder: Preorder) -> Decimal:
    """USD that confirmed carts hold or have charged for units of `preorder`: what was still due when they took them."""
    rows = preorder.allocations.filter(allocated_at__isnull=False, cart_line__isnull=False)
    return sum((row.owed for row in rows), ZERO)


def record_payment(
    *, preorder: Preorder, amount: Decimal, key: str = "", note: str = "", actor: User | None = None
) -> None:
    """Add `amount` USD to what was paid on `preorder`, as a row of its own. The same `key` again does nothing.

    Raises DomainError where the amount is not positive or more than what is due and not held for a cart, Conflict where
    another payment came first or the preorder is no longer open.
    """
    _check_by_hand(preorder, amount, "A payment")
    with transaction.atomic():
        locked = _lock_seen(preorder, key)
        if locked is None:
            return
        held = held_of(locked)
        if amount > locked.due - held:
            where = f", as {usd(held)} is held for units in a cart" if held else ""
            raise DomainError(f"Only {usd(locked.due - held)} is due{where}.", field="amount")
        _post(locked, amount, key, note, actor)


def record_refund(*, preorder: Preorder, amount: Decimal, note: str, key: str = "", actor: User | None = None) -> None:
    """Take `amount` USD, which was given back to the client as `note` says, off what was paid on an open `preorder`.

    Raises DomainError without a note, or where the amount is not positive or more than what was paid and counts for no
    units in carts; Conflict as `record_payment`. The same `key` again does nothing.
    """
    _check_by_hand(preorder, amount, "A refund")
    if not note.strip():
        raise DomainError("Say how the money was given back.", field="note")
    with transaction.atomic():
        locked = _lock_seen(preorder, key)
        if locked is None:
            return
        used = prepaid_used([locked.pk]).get(locked.pk, ZERO)
        if amount > locked.paid - used:
            where = f", as {usd(used)} counts for units in carts" if used else ""
            raise DomainError(f"Only {usd(locked.paid - used)} can be given back{where}.", field="amount")
        _post(locked, -amount, key, note.strip(), actor)


def _check_by_hand(preorder: Preorder, amount: Decimal, what: str) -> None:
    if preorder.from_feed:
        raise DomainError("This preorder comes from a file; its payments are recorded there.", field="amount")
    if not amount.is_finite() or amount <= 0:
        raise DomainError(f"{what} is more than $0.00.", field="amount")


def _lock_seen(preorder: Preorder, key: str) -> Preorder | None:
    """The preorder, locked and paid as it was seen; None where `key` was posted already."""
    locked = Preorder.objects.select_for_update().get(pk=preorder.pk)
    if key and PreorderPayment.objects.filter(key=key).exists():
        return None
    if locked.state not in OPEN_PREORDERS or locked.paid != preorder.paid:
        raise Conflict("This preorder was changed meanwhile, or is no longer open. Open it again.")
    return locked


def _post(preorder: Preorder, amount: Decimal, key: str, note: str, actor: User | None) -> None:
    """A row for a locked preorder; nobody else posts for it."""
    Preorder.objects.filter(pk=preorder.pk).update(paid=F("paid") + sql_amount(amount))
    own_key = key or f"payment:{preorder.pk}:{preorder.payments.count() + 1}"
    PreorderPayment.objects.create(preorder=preorder, amount=amount, key=own_key, note=note[:200], actor=actor)
