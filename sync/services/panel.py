"""The AutoFBA panel: clients with their balances, their stores and their transactions, in one transaction.

Balances and transactions are posted together, so that a charge is never counted twice: once as a lower
balance and once more as a hold that is still open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import Max

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
from sync.services.context import Ask, Context, Write
from sync.services.guard import Doubt, hold_where, vanishing_doubt
from sync.services.panel_clients import write_clients
from sync.services.panel_money import alert_short_balances, lock_carts, post_transactions
from sync.services.panel_stores import write_stores
from sync.services.report import Outcome

M = TypeVar("M", Client, Store)

# Clients with open holds whose charges are asked for although nothing else of them changed, at most so many a run:
# a panel may post a charge later than the balance that it lowered.
HOLDERS_A_RUN = 50


@dataclass(frozen=True, slots=True)
class PanelFeed:
    """All that the panel says, or all that has changed there (`complete`); `marks` say up to where it was read."""

    clients: Feed[PanelClient]
    stores: Feed[PanelStore]
    transactions: Feed[PanelTransaction]
    complete: bool
    marks: Mapping[str, Any]


def read(ask: Ask) -> Write:
    """Fetch and parse the panel's three lists. Raises UnusableFile."""
    reading = sources.read_panel(ask, holders=_holders(ask.now), newest=_newest_transactions())
    objects = reading.parts
    clients = parse_clients(objects["clients"])
    ours = dict(Client.objects.values_list("panel_id", "source"))
    # The panel's stores and money never go to a client made by hand, whatever its id.
    known = {row.id for row in clients.rows} | set(ours)
    known -= {panel_id for panel_id, source in ours.items() if source == Source.MANUAL}
    stores = parse_stores(objects["stores"], known_clients=known)
    transactions = parse_transactions(objects["transactions"], known_clients=known)
    return partial(_write, PanelFeed(clients, stores, transactions, reading.complete, reading.marks))


def _holders(now: datetime) -> list[str]:
    """Some of the clients with money on hold, others each minute."""
    holding = list(
        Client.objects.filter(held__gt=0, source=Source.FEED).order_by("pk").values_list("panel_id", flat=True)
    )
    turns = -(-len(holding) // HOLDERS_A_RUN)
    return holding[int(now.timestamp() // 60) % turns :: turns] if turns else []


def _newest_transactions() -> dict[str, datetime]:
    """When the newest transaction that we know of each client was made, by panel id."""
    newest = Client.objects.order_by().annotate(at=Max("panel_transactions__occurred_at")).exclude(at=None)
    return dict(newest.values_list("panel_id", "at"))


def _write(feed: PanelFeed, context: Context) -> Outcome:
    clients = {client.panel_id: client for client in Client.objects.order_by("pk")}
    stores = {store.panel_id: store for store in Store.objects.order_by("pk")}
    gone_clients = _gone(feed.clients, clients.values(), feed.complete)
    gone_stores = _gone(feed.stores, stores.values(), feed.complete)
    hold_where(
        [
            _doubt("clients", gone_clients, clients.values()),
            _doubt("stores", gone_stores, stores.values()),
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
        seen=None if feed.complete else _seen(feed),
        marks=feed.marks,
    )


def _seen(feed: PanelFeed) -> dict[str, frozenset[str]]:
    return {"clients": feed.clients.keys, "stores": feed.stores.keys, "transactions": feed.transactions.keys}


def _gone(feed: Feed[Any], stored: Iterable[M], complete: bool) -> list[M]:
    """Objects in use that the panel deleted or, where it was read whole, no longer lists; one refused is not gone."""
    deleted, came = {stone.id for stone in feed.deleted}, feed.keys
    return [
        one
        for one in stored
        if one.from_feed and one.is_active and (one.panel_id in deleted or (complete and one.panel_id not in came))
    ]


def _doubt(words: str, gone: Iterable[M], stored: Iterable[M]) -> Doubt | None:
    active = sum(one.from_feed and one.is_active for one in stored)
    return vanishing_doubt(words=words, vanishing=[one.panel_id for one in gone], active=active)


def _unread(feed: Feed[PanelClient]) -> set[str]:
    """Clients (panel ids) that were refused: what the panel says they have is not known in this run."""
    return {issue.key for issue in feed.refused} - {row.id for row in feed.rows}
