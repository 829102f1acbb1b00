"""The AutoFBA panel: clients with their balances, their stores and their transactions, in one transaction.

Balances and transactions are posted together, so that a charge is never counted twice: once as a lower
balance and once more as a hold that is still open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from clients.models import Client, Store
from common.sources import Source
from sync import sources
from sync.parsing.feeds import Feed
from sync.parsing.panel import (
    PanelClient,
    PanelStore,
    PanelTransaction,
    parse_clients,
    parse_stores,
    parse_transactions,
)
from sync.services.context import Context, Write
from sync.services.guard import hold_where, vanishing_problem
from sync.services.panel_clients import write_clients
from sync.services.panel_money import alert_short_balances, lock_carts, post_transactions
from sync.services.panel_stores import write_stores
from sync.services.report import Outcome

M = TypeVar("M", Client, Store)


@dataclass(frozen=True, slots=True)
class PanelFeed:
    """All that the panel says."""

    clients: Feed[PanelClient]
    stores: Feed[PanelStore]
    transactions: Feed[PanelTransaction]


def read(path: Path, now: datetime) -> Write:
    """Fetch and parse the panel's three lists. Raises UnusableFile."""
    objects = sources.read_panel(path)
    clients = parse_clients(objects["clients"])
    ours = dict(Client.objects.values_list("panel_id", "source"))
    # The panel's stores and money never go to a client made by hand, whatever its id.
    known = {row.id for row in clients.rows} | set(ours)
    known -= {panel_id for panel_id, source in ours.items() if source == Source.MANUAL}
    stores = parse_stores(objects["stores"], known_clients=known)
    transactions = parse_transactions(objects["transactions"], known_clients=known)
    return partial(_write, PanelFeed(clients, stores, transactions))


def _write(feed: PanelFeed, context: Context) -> Outcome:
    clients = {client.panel_id: client for client in Client.objects.order_by("pk")}
    stores = {store.panel_id: store for store in Store.objects.order_by("pk")}
    gone_clients, gone_stores = _gone(feed.clients, clients.values()), _gone(feed.stores, stores.values())
    hold_where(
        [
            vanishing_problem(words="clients", vanishing=len(gone_clients), active=_active(clients.values())),
            vanishing_problem(words="stores", vanishing=len(gone_stores), active=_active(stores.values())),
        ],
        accepted=context.accepted,
    )
    carts = lock_carts(feed.transactions.rows)  # carts before clients, as everything that spends locks them
    client_part, moved = write_clients(feed.clients, clients, gone_clients, context)
    store_part = write_stores(feed.stores, stores, clients, gone_stores, context)
    transaction_part = post_transactions(feed.transactions, clients, carts, unread=_unread(feed.clients))
    alert_short_balances(moved)
    parts = (client_part, store_part, transaction_part)
    return Outcome(
        {part.name: part.counts for part in parts},
        tuple(change for part in parts for change in part.changes),
        tuple(issue for part in parts for issue in part.issues),
    )


def _gone(feed: Feed[Any], stored: Iterable[M]) -> list[M]:
    """Objects in use that the panel deleted or no longer lists; one that was refused is not gone."""
    present = {row.id for row in feed.rows} | {issue.key for issue in feed.refused}
    present -= {stone.id for stone in feed.deleted}
    return [one for one in stored if one.from_feed and one.is_active and one.panel_id not in present]


def _unread(feed: Feed[PanelClient]) -> set[str]:
    """Clients (panel ids) that were refused: what the panel says they have is not known in this run."""
    return {issue.key for issue in feed.refused} - {row.id for row in feed.rows}


def _active(stored: Iterable[M]) -> int:
    return sum(one.from_feed and one.is_active for one in stored)
