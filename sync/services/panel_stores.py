"""Stores as the panel describes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from allocation.models import Cart, Preorder
from clients.models import Client, Store
from common.sources import Source
from pallets.models import Pallet
from sync.parsing.feeds import Feed
from sync.parsing.panel import PanelStore
from sync.services.context import Context
from sync.services.part import BATCH, Part


def write_stores(
    feed: Feed[PanelStore],
    stored: dict[str, Store],
    clients: dict[str, Client],
    gone: Iterable[Store],
    context: Context,
) -> Part[Store]:
    """Create, update and deactivate. A store with a history stays with its client."""
    part = Part(Store, "stores", run=context.run, now=context.now)
    part.take(feed.issues)
    new = [row for row in feed.rows if row.id not in stored]
    for row in feed.rows:
        store = stored.get(row.id)
        if store is not None and _counts(part, row, store, clients):
            part.compare(store, _values(row, clients), label=f"store {row.id}")
    _create(part, new, clients)
    for store in gone:
        part.deactivate(store, label=f"store {store.panel_id}")
    part.save()
    return part


def _counts(part: Part[Store], row: PanelStore, store: Store, clients: dict[str, Client]) -> bool:
    """Whether the row is to be taken over; where not, the part says why."""
    if not store.from_feed:
        part.refuse_manual(row.row, key=row.id, field="id")
        return False
    if part.is_older(row.row, key=row.id, updated_at=row.updated_at, known=store.feed_updated_at):
        return False
    if store.client_id == clients[row.client_id].pk or not _has_history(store):
        return True
    part.refuse(
        row.row,
        key=row.id,
        field="client_id",
        value=row.client_id,
        reason="store_moved",
        message=f"Store {row.id} has carts, preorders or pallets here, so it cannot move to client "
        f"{row.client_id}: its history would be another client's. The panel should open a new store.",
    )
    return False


def _has_history(store: Store) -> bool:
    """Whether anything was ever promised or sent to the store, whose lock keeps new carts away meanwhile."""
    Store.objects.select_for_update().get(pk=store.pk)
    return any(model.objects.filter(store=store).exists() for model in (Cart, Preorder, Pallet))


def _create(part: Part[Store], rows: Sequence[PanelStore], clients: dict[str, Client]) -> None:
    Store.objects.bulk_create(
        [Store(panel_id=row.id, source=Source.FEED, **_values(row, clients)) for row in rows],
        batch_size=BATCH,
    )
    for row in rows:
        part.created(f"store {row.id}", f"{row.name} of client {row.client_id}")


def _values(row: PanelStore, clients: dict[str, Client]) -> dict[str, Any]:
    """The columns that the panel owns."""
    return {
        "client_id": clients[row.client_id].pk,
        "name": row.name,
        "marketplace": row.marketplace,
        "is_mutual": row.mutual,
        "status": row.status,
        "feed_updated_at": row.updated_at,
    }
