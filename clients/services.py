"""Writes of money. Every change of a total and its ledger entry go together, in the caller's transaction.

USD as Decimal. An entry's key makes a replay do nothing.
"""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import F

from clients.models import Client, EntryKind, LedgerEntry
from common.errors import Conflict, DomainError, NotFound
from common.fields import amount as sql_amount
from common.money import ZERO, usd
from common.transactions import durable

MAX_CHANGE = Decimal("99999999.99")


class InsufficientBalance(Conflict):
    """The client's available balance does not cover an amount; `missing` says by how much."""

    code = "insufficient_balance"
    title = "Not enough balance"

    def __init__(self, client: Client, wanted: Decimal) -> None:
        self.missing = wanted - client.available
        super().__init__(
            f"{client.name} has {usd(client.available)} available; {usd(wanted)} is needed, "
            f"{usd(self.missing)} is missing.",
            field="amount",
        )


def hold_balance(*, client_id: int, amount: Decimal, key: str, reference: str, actor: User | None = None) -> None:
    """Set `amount` aside for `reference`. Raises InsufficientBalance. Must run in a transaction."""
    if amount <= 0:
        raise ValueError("a hold must be positive")
    held = F("held") + sql_amount(amount)
    if not Client.objects.filter(pk=client_id, balance__gte=held).update(held=held):
        raise InsufficientBalance(Client.objects.get(pk=client_id), amount)
    LedgerEntry.objects.create(
        client_id=client_id, kind=EntryKind.HOLD, held_change=amount, key=key, reference=reference, actor=actor
    )


def release_hold(
    *,
    client_id: int,
    amount: Decimal,
    key: str,
    reference: str,
    reason: str = "",
    kind: EntryKind = EntryKind.RELEASE,
    actor: User | None = None,
) -> None:
    """Give back, or settle (`kind`), `amount` of what is held. Raises Conflict where less is held.

    Must run in a transaction.
    """
    if amount <= 0:
        raise ValueError("a release must be positive")
    if not Client.objects.filter(pk=client_id, held__gte=sql_amount(amount)).update(
        held=F("held") - sql_amount(amount)
    ):
        raise Conflict(f"{reference}: less than {usd(amount)} is held.")
    LedgerEntry.objects.create(
        client_id=client_id,
        kind=kind,
        held_change=-amount,
        key=key,
        reference=reference,
        reason=reason[:200],
        actor=actor,
    )


def post_panel_balance(*, client: Client, balance: Decimal, key: str, reason: str = "") -> Decimal:
    """Make the client's balance what the panel says; the entry carries the difference, which is returned.

    Must run in a transaction that holds the client's row, so that two runs cannot both post the same difference.
    """
    change = balance - client.balance
    if change == ZERO:
        return ZERO
    if not Client.objects.filter(pk=client.pk, balance=client.balance).update(balance=balance):
        raise Conflict(f"{client.name}: the balance moved while the panel was read.")
    LedgerEntry.objects.create(client=client, kind=EntryKind.PANEL, balance_change=change, key=key, reason=reason[:200])
    client.balance = balance
    return change


@durable
def adjust_balance(*, client_id: int, change: Decimal, reason: str, actor: User | None = None) -> None:
    """Correct the balance of a client made by hand by `change` USD.

    Raises NotFound, or DomainError where the reason is missing, the change is out of range, or the client is the
    panel's.
    """
    client = Client.objects.select_for_update().filter(pk=client_id).first()
    if client is None:
        raise NotFound("There is no such client.")
    if client.from_feed:
        raise DomainError(f"{client.name} comes from the AutoFBA panel; its balance is changed there.", field="change")
    if not reason.strip():
        raise DomainError("Say why the balance is adjusted.", field="reason")
    if change == 0 or abs(change) > MAX_CHANGE:
        raise DomainError(f"The change must be between $0.01 and {usd(MAX_CHANGE)}, up or down.", field="change")
    LedgerEntry.objects.create(
        client=client,
        kind=EntryKind.CORRECTION,
        balance_change=change,
        key=f"correction:{client.pk}:{client.entries.count()}",
        reason=reason[:200],
        actor=actor,
    )
    Client.objects.filter(pk=client.pk).update(balance=F("balance") + sql_amount(change))
