"""The book of stock: movements, those of one act together."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from allocation.models import Cart, Preorder
from common.models import Run
from inventory.models import Asin, StockMovement
from operations.history_books import Book, amounts, person, shortened
from operations.history_entries import Entry, Kind, What
from operations.history_scope import Term
from pallets.models import Pallet, Shipment

ASIN = "inventory.asin"
# Movements of one act are written at once.
ONE_ACT = timedelta(seconds=2)
# What movements of a feed's run refer to.
RUN = re.compile(r"sync #(\d{1,18})\Z")


class Movements(Book):
    code, kind, tells_of = "stock", Kind.STOCK, (ASIN,)
    permission, dated = "inventory.view_stockmovement", True
    limit = 200

    def rows(self) -> QuerySet[Any]:
        return StockMovement.objects.select_related("asin", "actor").only(
            *("kind", "on_hand_change", "reserved_change", "shortage_change", "reference", "reason", "created_at"),
            *("asin__code", "actor__username", "actor__first_name", "actor__last_name"),
        )

    def of(self, subject: Model) -> Q | None:
        if isinstance(subject, Asin):
            return Q(asin=subject)
        if isinstance(subject, Cart | Pallet):
            return Q(reference=subject.code)
        if isinstance(subject, Shipment):
            return Q(reference__in=[pallet.code for pallet in subject.pallets.only("code")])
        if isinstance(subject, Preorder):
            return Q(reference=subject.reference)
        return Q(reference=f"sync #{subject.pk}") if isinstance(subject, Run) else None

    def named(self, term: Term) -> Q | None:
        return Q(asin=term.asin_id) if term.asin_id else Q(reference__in=term.spellings)

    def entries(self, rows: Sequence[Any]) -> list[Entry]:
        """What one act did to several ASINs, such as a cart that was confirmed, is one entry."""
        acts: list[list[Any]] = []
        for row in rows:
            if acts and _is_one_act(acts[-1], row):
                acts[-1].append(row)
            else:
                acts.append([row])
        return [self.entry(act[0]) if len(act) == 1 else self._together(act) for act in acts]

    def entry(self, row: StockMovement) -> Entry:
        run = RUN.match(row.reference) if row.actor is None else None
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model=ASIN,
            object_id=row.asin_id,
            about=row.asin.code,
            head=row.get_kind_display(),
            who=person(row.actor, _("The feed") if run else ""),
            changes=_moved(row),
            why=row.reason,
            reference=row.reference,
            run_id=int(run[1]) if run else None,
        )

    def _together(self, rows: Sequence[StockMovement]) -> Entry:
        lines = [
            What(row.asin.code, ", ".join(f"{label.lower()} {new}" for label, new, _old in _moved(row)))
            for row in reversed(rows)
        ]
        return replace(
            self.entry(rows[-1]),
            object_id=None,
            about=_("%(count)s ASINs") % {"count": f"{len(rows):,}"},
            changes=shortened(lines),
        )


def _moved(row: StockMovement) -> list[What]:
    return amounts(
        (_("On hand"), row.on_hand_change), (_("Reserved"), row.reserved_change), (_("Shortage"), row.shortage_change)
    )


def _is_one_act(rows: Sequence[StockMovement], row: StockMovement) -> bool:
    """Whether `row` belongs to the act of `rows`, which came right after it."""
    after = rows[-1]
    return (
        row.reference == after.reference != ""
        and (row.kind, row.reason, row.actor_id) == (after.kind, after.reason, after.actor_id)
        and after.created_at - row.created_at < ONE_ACT
        and row.asin_id not in {one.asin_id for one in rows}
    )
