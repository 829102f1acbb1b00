"""Clients as the panel describes them, and what it says they have."""

from collections.abc import Iterable, Sequence
from typing import Any

from clients.models import Client
from clients.services import post_panel_balance
from common.money import ZERO, usd
from common.sources import Source
from common.text import text_key
from sync.parsing.feeds import Feed
from sync.parsing.panel import PanelClient
from sync.services.context import Context
from sync.services.part import BATCH, Part


def write_clients(
    feed: Feed[PanelClient], stored: dict[str, Client], gone: Iterable[Client], context: Context
) -> tuple[Part[Client], list[int]]:
    """Create, update and deactivate, and post what the panel says each client has.

    New clients are added to `stored`. Gives the part and the keys of the clients whose balance moved.
    """
    part = Part(Client, "clients", run=context.run, now=context.now)
    part.take(feed.issues)
    new = [row for row in feed.rows if row.id not in stored]
    old = [row for row in feed.rows if row.id in stored and _counts(part, row, stored[row.id])]
    _create(part, new, stored)
    told = _post_balances([row for row in (*new, *old) if row.balance != stored[row.id].balance], stored, context)
    for row in old:
        part.compare(stored[row.id], _values(row), label=f"client {row.id}", also=told.get(row.id, ""))
    for client in gone:
        part.deactivate(client, label=f"client {client.panel_id}")
    part.save()
    return part, [stored[panel_id].pk for panel_id in told]


def _counts(part: Part[Client], row: PanelClient, client: Client) -> bool:
    """Whether the row is to be taken over; where not, the part says why."""
    if not client.from_feed:
        part.refuse_manual(row.row, key=row.id, field="id")
        return False
    return not part.is_older(row.row, key=row.id, updated_at=row.updated_at, known=client.feed_updated_at)


def _create(part: Part[Client], rows: Sequence[PanelClient], stored: dict[str, Client]) -> None:
    Client.objects.bulk_create(
        [Client(panel_id=row.id, source=Source.FEED, **_values(row)) for row in rows], batch_size=BATCH
    )
    stored.update(Client.objects.in_bulk([row.id for row in rows], field_name="panel_id"))
    for row in rows:
        part.created(f"client {row.id}", f"{row.name}, {usd(row.balance)}")


def _post_balances(rows: Sequence[PanelClient], stored: dict[str, Client], context: Context) -> dict[str, str]:
    """Post the balances that differ, the clients' rows held; the changes in words, by panel id."""
    pks = [stored[row.id].pk for row in rows]
    locked = Client.objects.select_for_update().order_by("pk").in_bulk(pks)
    told = {}
    for row in sorted(rows, key=lambda row: stored[row.id].pk):
        client = locked[stored[row.id].pk]
        before = client.balance
        change = post_panel_balance(
            client=client,
            balance=row.balance,
            key=f"panel:{row.id}:{context.run.pk}",
            reason=f"Panel: {usd(before)} → {usd(row.balance)}",
        )
        if change != ZERO:
            told[row.id] = f"balance {usd(before)} → {usd(row.balance)}"
    return told


def _values(row: PanelClient) -> dict[str, Any]:
    """The columns that the panel owns, but money; a priority that it does not give stays as it is."""
    values = {
        "name": row.name,
        "name_key": text_key(row.name),
        "email": row.email,
        "status": row.status,
        "feed_updated_at": row.updated_at,
    }
    return values | ({"priority": row.priority} if row.priority else {})
