"""Preorders from a table: an import, so what is no longer listed stays."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from allocation.models import Preorder
from allocation.services.preorder_allocations import prepaid_used
from allocation.services.preorder_files import FileStatus, follow_payments, follow_status
from allocation.services.preorders import flag_of
from allocation.states import PreorderState
from clients.models import Client, Store
from common.money import ZERO, cents, usd
from common.sources import Source
from inventory.models import Asin
from sync import sources
from sync.parsing.preorders import Lookups, PreorderFeed, PreorderRow, parse_preorders
from sync.services.context import Ask, Context, Write
from sync.services.part import BATCH, Part
from sync.services.report import Outcome

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
    part = Part(Preorder, "", run=context.run, now=context.now)
    part.take(feed.issues)
    stores = Store.objects.in_bulk([row.store_id for row in feed.rows], field_name="panel_id")
    known = Known(stores, _lock_asins(feed.rows))
    stored = _stored(known)
    writing = _Writing(part, known, context, prepaid_used([one.pk for one in stored.values()]))
    new = []
    for row in feed.rows:
        preorder = stored.get(known.claim(row))
        if preorder is None:
            if writing.may_be_paid(row, known.asins[row.asin].unit_cost):
                new.append(row)
        elif _counts(part, row, preorder) and writing.may_be_paid(row, preorder.unit_cost, preorder):
            part.compare(preorder, writing.changes(row, preorder), label=_label(row))
    writing.create(new)
    part.save()
    follow_payments(changes=writing.paid, reference=context.reference)
    return Outcome({"preorders": part.counts}, tuple(part.changes), tuple(part.issues), feed.header_hash)


def _lock_asins(rows: Iterable[PreorderRow]) -> dict[str, Asin]:
    """The ASINs by code, locked before the preorders as by everyone who moves units of theirs."""
    codes = {row.asin for row in rows}
    list(Asin.objects.select_for_update().filter(code__in=codes).order_by("pk").values_list("pk"))
    return Asin.objects.in_bulk(codes, field_name="code")


def _stored(known: Known) -> dict[Claim, Preorder]:
    """The preorders of the stores, locked."""
    locked = Preorder.objects.select_for_update().filter(store__in=[store.pk for store in known.stores.values()])
    return {(one.client_id, one.store_id, one.asin_id, one.expected_arrival): one for one in locked.order_by("pk")}


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


@dataclass
class _Writing:
    """One file on its way in. `used` is the USD by preorder that units in carts have been paid with; `paid` what the
    file adds to what was paid.
    """

    part: Part[Preorder]
    known: Known
    context: Context
    used: dict[int, Decimal]
    paid: dict[int, Decimal] = field(default_factory=dict)

    def may_be_paid(self, row: PreorderRow, unit_cost: Decimal, preorder: Preorder | None = None) -> bool:
        """Whether what the row says was paid can be; where not, the part says why."""
        amount, used = amount_of(row.quantity, unit_cost), self.used.get(preorder.pk, ZERO) if preorder else ZERO
        if used <= row.amount_paid <= amount:
            return True
        message = f"The preorder amounts to {usd(amount)}; no more than that can be paid."
        if row.amount_paid < used:
            message = f"{usd(used)} of what was paid has been used for units in carts; it cannot become less."
        self.part.refuse(
            row.row,
            key=_label(row),
            field="amount_paid",
            value=row.amount_paid,
            reason="invalid_amount",
            message=message,
        )
        return False

    def changes(self, row: PreorderRow, preorder: Preorder) -> dict[str, Any]:
        """What the row makes of a pending preorder; the unit cost stays that of the day it was made."""
        self.paid[preorder.pk] = row.amount_paid - preorder.paid
        return {
            "quantity": row.quantity,
            "amount": amount_of(row.quantity, preorder.unit_cost),
            "paid": row.amount_paid,
            **self._follow(row, preorder).values,
            "flag": flag_of(self.known.stores[row.store_id]),
        }

    def create(self, rows: list[PreorderRow]) -> None:
        Preorder.objects.bulk_create([_new(row, self.known) for row in rows], batch_size=BATCH)
        # MySQL, unlike MariaDB and SQLite, does not tell the ids that it gave.
        stored = _stored(self.known) if rows else {}
        for row in rows:
            preorder = stored[self.known.claim(row)]
            self.paid[preorder.pk] = row.amount_paid
            if row.status != PreorderState.PENDING:
                Preorder.objects.filter(pk=preorder.pk).update(**self._follow(row, preorder).values)
            self.part.created(_label(row), f"{row.quantity:,} units")

    def _follow(self, row: PreorderRow, preorder: Preorder) -> FileStatus:
        followed = follow_status(
            preorder=copy(preorder),  # the part tells the changes of the one that is stored
            quantity=row.quantity,
            status=row.status,
            reference=self.context.reference,
            now=self.context.now,
        )
        if followed.problem:
            self.part.warn(
                row.row,
                key=_label(row),
                field="status",
                value=row.status,
                reason="not_followed",
                message=followed.problem,
            )
        return followed


def _new(row: PreorderRow, known: Known) -> Preorder:
    """Pending, whatever the file says: its status is followed once it is stored."""
    store, asin = known.stores[row.store_id], known.asins[row.asin]
    return Preorder(
        source=Source.FEED,
        client_id=store.client_id,
        store=store,
        asin=asin,
        quantity=row.quantity,
        unit_cost=asin.unit_cost,
        amount=amount_of(row.quantity, asin.unit_cost),
        paid=row.amount_paid,
        expected_arrival=row.expected_arrival,
        flag=flag_of(store),
    )


def amount_of(quantity: int, unit_cost: Decimal) -> Decimal:
    """USD of a preorder: units x the ASIN's unit cost when it was made."""
    return cents(unit_cost * quantity)
