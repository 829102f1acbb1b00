"""The panel's transactions meet our holds; balances that no longer cover them are told."""

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.db.models import F

from allocation.models import Cart
from allocation.services.settlement import settle_hold
from clients.models import Client, PanelTransaction
from common.money import ZERO, usd
from notifications.models import AlertKind
from notifications.services import raise_alert
from sync.parsing import panel as parsed
from sync.parsing.feeds import Feed
from sync.services.alerts import close_settled
from sync.services.part import BATCH, Findings

# Money that comes in or goes back; every other kind is a charge, whatever its sign.
NEVER_SETTLE = ("deposit", "refund", "credit")
OUR_CODE = re.compile(r"C-[0-9]+", re.ASCII)
ALERT_PREFIX = "client:"


def lock_carts(rows: Iterable[parsed.PanelTransaction]) -> dict[str, Cart]:
    """The carts that the transactions name, locked in the order of their keys, by code."""
    codes = sorted({code for row in rows if (code := code_of(row))})
    if not codes:
        return {}
    return {cart.code: cart for cart in Cart.objects.select_for_update().filter(code__in=codes).order_by("pk")}


def code_of(row: parsed.PanelTransaction) -> str:
    """The cart that a charge names by its reference, or "" where it names none or is no charge."""
    code = row.reference.strip().upper()
    return code if OUR_CODE.fullmatch(code) and row.kind.lower() not in NEVER_SETTLE else ""


def post_transactions(
    feed: Feed[parsed.PanelTransaction], clients: dict[str, Client], carts: dict[str, Cart], *, unread: Collection[str]
) -> Findings:
    """Take over each transaction once, oldest first, and settle the holds that charges name.

    Those of clients whose balance was not read (`unread`, panel ids) wait: a charge that settles a hold while the
    balance is still the old one would leave the charged money free to be spent again.
    """
    part = Findings("transactions")
    part.take(feed.issues)
    seen = PanelTransaction.objects.in_bulk([row.id for row in feed.rows], field_name="panel_id")
    new = []
    for row in sorted(feed.rows, key=lambda row: (row.created_at, row.id)):
        client = clients[row.client_id]
        if row.id in seen:
            _check_same(part, row, seen[row.id], client)
            continue
        if row.client_id in unread:
            _wait(part, row)
            continue
        settled = _settle(part, row, client, carts)
        new.append(_transaction(row, client, settled))
        part.created(
            f"transaction {row.id} of client {row.client_id}",
            f"{row.kind} {usd(row.amount)}{_told(row, settled)}",
        )
    PanelTransaction.objects.bulk_create(new, batch_size=BATCH)
    return part


def _wait(part: Findings, row: parsed.PanelTransaction) -> None:
    part.warn(
        row.row,
        key=row.id,
        field="client_id",
        value=row.client_id,
        reason="client_refused",
        message=f"Client {row.client_id} was refused, so its balance is not known; transaction {row.id} waits for it.",
    )


def _told(row: parsed.PanelTransaction, settled: Decimal) -> str:
    return f", {usd(settled)} of {code_of(row)} settled" if settled else ""


def _transaction(row: parsed.PanelTransaction, client: Client, settled: Decimal) -> PanelTransaction:
    return PanelTransaction(
        panel_id=row.id,
        client=client,
        kind=row.kind,
        amount=row.amount,
        reference=row.reference,
        occurred_at=row.created_at,
        settled=settled,
    )


def _check_same(part: Findings, row: parsed.PanelTransaction, stored: PanelTransaction, client: Client) -> None:
    """A transaction that was taken over stays as it was; the panel must correct it by another one."""
    part.counts.unchanged += 1
    if (row.amount, client.pk) == (stored.amount, stored.client_id):
        return
    part.refuse(
        row.row,
        key=row.id,
        field="amount",
        value=row.amount,
        reason="changed_transaction",
        message=f"Transaction {row.id} was first read as {usd(stored.amount)} of client "
        f"{stored.client.panel_id}; that stays. It can only be corrected by another transaction.",
    )


def _settle(part: Findings, row: parsed.PanelTransaction, client: Client, carts: dict[str, Cart]) -> Decimal:
    """USD of the named cart's hold that this charge settles; what does not fit becomes an issue."""
    code = code_of(row)
    if not code:
        return ZERO
    charge = abs(row.amount)
    settlement = settle_hold(code=code, client_id=client.pk, charge=charge, key=row.id) if code in carts else None
    if settlement is None:
        message = f"{row.kind} of {usd(charge)}: client {row.client_id} has no cart {code}; nothing was settled."
        part.warn(
            row.row,
            key=row.id,
            field="reference",
            value=row.reference,
            reason="unknown_reference",
            message=message,
        )
        return ZERO
    if settlement.problem:
        part.warn(
            row.row,
            key=row.id,
            field="amount",
            value=row.amount,
            reason="charge_above_hold",
            message=settlement.problem,
        )
        raise_alert(
            kind=AlertKind.SETTLEMENT,
            title=f"{code}: the charge {row.id} is larger than what is held",
            body=settlement.problem,
            link=f"/admin/allocation/cart/{carts[code].pk}/change/",
            fold_key=f"transaction:{row.id}",
        )
    return settlement.settled


def alert_short_balances(moved: Sequence[int]) -> None:
    """Tell of clients (keys) whose new balance is below what is held, and take back what is over."""
    short = {client.pk: client for client in Client.objects.filter(balance__lt=F("held"))}
    for pk in sorted(set(moved) & set(short)):
        client = short[pk]
        raise_alert(
            kind=AlertKind.BALANCE_SHORT,
            title=f"{client.name}: {usd(client.balance)} in the panel, {usd(client.held)} held",
            body=f"The panel lowered the balance of {client}; {usd(client.held - client.balance)} of what is "
            "held is not covered. Nothing was undone: ask the client for it, or cancel a cart.",
            link=f"/admin/clients/client/{client.pk}/change/",
            fold_key=f"{ALERT_PREFIX}{client.panel_id}",
        )
    close_settled(
        kind=AlertKind.BALANCE_SHORT,
        prefix=ALERT_PREFIX,
        still={client.panel_id for client in short.values()},
    )
