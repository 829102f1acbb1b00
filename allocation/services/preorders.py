"""Writes of preorders by staff."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from allocation.models import Preorder
from allocation.states import PreorderState
from common.errors import Conflict, DomainError
from common.fields import amount as sql_amount
from common.money import ZERO, usd


def record_payment(*, preorder: Preorder, amount: Decimal) -> None:
    """Add `amount` USD to what was paid on `preorder`.

    Raises DomainError where the amount is not positive or more than what is due, Conflict where another payment came
    first or the preorder is no longer open.
    """
    if preorder.from_feed:
        raise DomainError("This preorder comes from a file; its payments are recorded there.", field="amount")
    if amount <= 0:
        raise DomainError("A payment is more than $0.00.", field="amount")
    if amount > preorder.due:
        raise DomainError(f"Only {usd(preorder.due)} is due.", field="amount")
    changed = Preorder.objects.filter(
        pk=preorder.pk, paid=preorder.paid, state__in=[PreorderState.PENDING, PreorderState.ARRIVED]
    ).update(paid=F("paid") + sql_amount(amount), updated_at=timezone.now())
    if not changed:
        raise Conflict("This preorder was changed meanwhile, or is no longer open. Open it again.")


@transaction.atomic
def cancel_preorders(*, preorders: Iterable[Preorder]) -> tuple[int, Decimal]:
    """Cancel those of `preorders` that are pending; how many, and the USD paid on them, which is a credit due.

    An arrived or allocated preorder stays: its units are the client's.
    """
    rows = Preorder.objects.select_for_update().filter(pk__in=[row.pk for row in preorders]).order_by("pk")
    pending = [row for row in rows if row.state == PreorderState.PENDING]
    Preorder.objects.filter(pk__in=[row.pk for row in pending]).update(
        state=PreorderState.CANCELLED, updated_at=timezone.now()
    )
    return len(pending), sum((row.paid for row in pending), ZERO)
