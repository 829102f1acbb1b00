"""Preorders from a table: an import, so what is no longer listed stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from allocation.models import Preorder
from allocation.states import PreorderState
from clients.models import Client, Store
from common.money import cents, usd
from common.sources import Source
from inventory.models import Asin
from sync import sources
from sync.parsing.preorders import Lookups, PreorderFeed, PreorderRow, parse_preorders
from sync.services.context import Ask, Context, Write
from sync.services.part import BATCH, Part
from sync.services.report import Outcome

# States in which all of the units have come.
COMPLETE = (PreorderState.ARRIVED, PreorderState.ALLOCATED)

Claim = tuple[int, int, int, date]  # client, store, ASIN, expected arrival


@dataclass(frozen=True, slots=True)
class Known:
    """The objects that preorders refer to, by their public ids."""

    stores: dict[str, Store]
    asins: dict[str, Asin]

    def claim(self, row: PreorderRow) -> Claim:
        store = self.stores[row.store_id]
        return store.client_id, store.pk, self.asins[row.asin].pk, row.expected_arrival


def read(ask: Ask) -> Write:
    """Fetch and parse the table. Raises UnusableFile."""
    table = sources.read_preorders(ask)
    lookups = Lookups(
        clients=set(Client.objects.values_list("panel_id", flat=True)),
        stores=dict(Store.objects.values_list("panel_id", "client__panel_id")),
        case_packs=dict(Asin.objects.values_list("code", "case_pack")),
    )
    return partial(_write, parse_preorders(table, today=timezone.localdate(ask.now), lookups=lookups))


def _write(feed: PreorderFeed, context: Context) -> Outcome:
    part = Part(Preorder, "", now=context.now)
    part.take(feed.issues)
    stores = Store.objects.in_bulk([row.store_id for row in feed.rows], field_name="panel_id")
    known = Known(stores, Asin.objects.in_bulk([row.asin for row in feed.rows], field_name="code"))
    locked = Preorder.objects.select_for_update().filter(store__in=[store.pk for store in stores.values()])
    stored = {(one.client_id, one.store_id, one.asin_id, one.expected_arrival): one for one in locked.order_by("pk")}
    new = []
    for row in feed.rows:
        preorder = stored.get(known.claim(row))
        if preorder is None:
            new.append(row)
        elif _counts(part, row, preorder):
            part.compare(preorder, _changes(row, preorder, known), label=_label(row))
    _create(part, new, known)
    part.save()
    return Outcome({"preorders": part.counts}, tuple(part.changes), tuple(part.issues), feed.header_hash)


def _label(row: PreorderRow) -> str:
    return f"client {row.client_id}, store {row.store_id}, {row.asin}, {row.expected_arrival}"


def _counts(part: Part[Preorder], row: PreorderRow, preorder: Preorder) -> bool:
    """Whether the row may change the stored preorder; where not, the part says why."""
    if not preorder.from_feed:
        part.refuse_manual(row.row, key=_label(row), field="asin")
        return False
    if preorder.state != PreorderState.PENDING:
        part.counts.unchanged += 1
        _warn_where_different(part, row, preorder)
        return False
    if row.quantity < preorder.arrived:
        part.refuse(
            row.row,
            key=_label(row),
            field="quantity",
            value=row.quantity,
            reason="invalid_quantity",
            message=f"{preorder.arrived:,} units of this preorder have arrived already; it cannot become "
            f"{row.quantity:,}.",
        )
        return False
    return True


def _warn_where_different(part: Part[Preorder], row: PreorderRow, preorder: Preorder) -> None:
    if (row.quantity, row.amount_paid) == (preorder.quantity, preorder.paid):
        return
    part.warn(
        row.row,
        key=_label(row),
        field="status",
        value=row.status,
        reason="not_pending",
        message=f"This preorder is {preorder.get_state_display().lower()} here with {preorder.quantity:,} "
        f"units and {usd(preorder.paid)} paid; a file changes only pending ones.",
    )


def _changes(row: PreorderRow, preorder: Preorder, known: Known) -> dict[str, Any]:
    """What the row makes of a pending preorder; the unit cost stays that of the day it was made."""
    return {
        "quantity": row.quantity,
        "amount": amount_of(row.quantity, preorder.unit_cost),
        "paid": row.amount_paid,
        "state": row.status,
        "arrived": row.quantity if row.status in COMPLETE else preorder.arrived,
        "flag": _flag(known.stores[row.store_id]),
    }


def _create(part: Part[Preorder], rows: Sequence[PreorderRow], known: Known) -> None:
    Preorder.objects.bulk_create([_new(row, known) for row in rows], batch_size=BATCH)
    for row in rows:
        part.created(_label(row), f"{row.quantity:,} units")


def _new(row: PreorderRow, known: Known) -> Preorder:
    store, asin = known.stores[row.store_id], known.asins[row.asin]
    return Preorder(
        source=Source.FEED,
        client_id=store.client_id,
        store=store,
        asin=asin,
        quantity=row.quantity,
        arrived=row.quantity if row.status in COMPLETE else 0,
        unit_cost=asin.unit_cost,
        amount=amount_of(row.quantity, asin.unit_cost),
        paid=row.amount_paid,
        expected_arrival=row.expected_arrival,
        state=row.status,
        flag=_flag(store),
    )


def amount_of(quantity: int, unit_cost: Decimal) -> Decimal:
    """USD of a preorder: units x the ASIN's unit cost when it was made."""
    return cents(unit_cost * quantity)


def _flag(store: Store) -> str:
    """What a person should know before the units come."""
    if store.may_receive:
        return ""
    return f"Store {store.panel_id} is {'suspended' if store.is_active else 'no longer in use'}."
