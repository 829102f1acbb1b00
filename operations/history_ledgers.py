"""Books that the services write: money, ungating, preorders, carts, the Andon cord."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from allocation.models import Cart, Preorder, PreorderArrival, PreorderPayment
from allocation.models.cart import CartChange
from allocation.states import CartState
from clients.models import Client, EntryKind, LedgerEntry
from common.models import AndonCord, AndonEvent
from operations.history_books import Book, amounts, person, shortened, signed
from operations.history_entries import Entry, Kind, What
from operations.history_scope import Term
from ungating.models import UngatingChange, UngatingStatus

CLIENT, CART = "clients.client", "allocation.cart"
PREORDER, STATUS = "allocation.preorder", "ungating.ungatingstatus"


class Money(Book):
    code, kind, tells_of = "money", Kind.MONEY, (CLIENT,)
    permission, dated = "clients.view_ledgerentry", True

    def rows(self) -> QuerySet[Any]:
        return LedgerEntry.objects.select_related("client", "actor").only(
            *("kind", "balance_change", "held_change", "reference", "reason", "created_at"),
            *("client__name", "client__panel_id", "actor__username", "actor__first_name", "actor__last_name"),
        )

    def of(self, subject: Model) -> Q | None:
        if isinstance(subject, Client):
            return Q(client=subject)
        return Q(reference=subject.code) if isinstance(subject, Cart) else None

    def named(self, term: Term) -> Q | None:
        return Q(client=term.client_id) if term.client_id else Q(reference__in=term.spellings)

    def entry(self, row: LedgerEntry) -> Entry:
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model=CLIENT,
            object_id=row.client_id,
            about=str(row.client),
            head=row.get_kind_display(),
            who=person(row.actor, _("The feed") if row.kind == EntryKind.PANEL else ""),
            changes=amounts((_("Balance"), row.balance_change), (_("Held"), row.held_change)),
            why=row.reason,
            reference=row.reference,
        )


class Ungating(Book):
    code, kind, tells_of = "ungating", Kind.UNGATING, (STATUS,)
    permission, dated, moment = "ungating.view_ungatingchange", True, "changed_at"

    def rows(self) -> QuerySet[Any]:
        return UngatingChange.objects.select_related("status__store", "actor")

    def of(self, subject: Model) -> Q | None:
        return Q(status=subject) if isinstance(subject, UngatingStatus) else None

    def named(self, term: Term) -> Q | None:
        found = UngatingStatus.objects.filter(key__in=term.spellings, scope__in=["asin", "brand", "category"])
        return Q(status__in=found.values("pk"))

    def entry(self, row: UngatingChange) -> Entry:
        label = _("Override") if row.is_override else _("Status")
        return Entry(
            key=row.pk,
            when=row.changed_at,
            kind=self.kind,
            model=STATUS,
            object_id=row.status_id,
            about=str(row.status),
            head=_("Overridden") if row.is_override and row.new else _("Status"),
            who=person(row.actor, _("The feed") if row.status.from_feed else ""),
            changes=[What(label, row.get_new_display(), row.get_old_display())],
            why=row.reason,
        )


class Carts(Book):
    code, kind, tells_of = "cart", Kind.EDIT, (CART,)
    permission = "allocation.view_cart"

    def rows(self) -> QuerySet[Any]:
        return CartChange.objects.select_related("cart", "actor").only(
            *("what", "lines", "created_at", "cart__code", "cart__note"),
            *("actor__username", "actor__first_name", "actor__last_name"),
        )

    def of(self, subject: Model) -> Q | None:
        return Q(cart=subject) if isinstance(subject, Cart) else None

    def named(self, term: Term) -> Q | None:
        return Q(cart__code=term.upper)

    def entry(self, row: CartChange) -> Entry:
        is_over = row.what in (CartState.CANCELLED, CartState.EXPIRED)
        lines = sorted(row.lines.items())
        changes = [
            What(_("%(asin)s, cases") % {"asin": code}, str(after), str(before)) for code, (before, after) in lines
        ]
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model=CART,
            object_id=row.cart_id,
            about=row.cart.code,
            head=row.get_what_display(),
            who=person(row.actor),
            changes=shortened(changes),
            why=row.cart.note if is_over else "",
        )


class PreorderBook(Book):
    """Rows of one preorder each."""

    tells_of = (PREORDER,)

    def of(self, subject: Model) -> Q | None:
        return Q(preorder=subject) if isinstance(subject, Preorder) else None

    def named(self, term: Term) -> Q | None:
        return Q(preorder__asin=term.asin_id) if term.asin_id else None


class Payments(PreorderBook):
    code, kind = "payment", Kind.MONEY
    permission = "allocation.view_preorderpayment"

    def rows(self) -> QuerySet[Any]:
        return PreorderPayment.objects.select_related("preorder__asin", "preorder__store", "actor")

    def entry(self, row: PreorderPayment) -> Entry:
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model=PREORDER,
            object_id=row.preorder_id,
            about=str(row.preorder),
            head=_("Refund") if row.amount < 0 else _("Payment"),
            who=person(row.actor),
            changes=[What(_("Paid"), signed(row.amount))],
            why=row.note,
        )


class Arrivals(PreorderBook):
    """Units that were proposed as come for a preorder, and what a person said of them since."""

    code, kind = "arrival", Kind.STOCK
    permission = "allocation.view_preorderarrival"

    def rows(self) -> QuerySet[Any]:
        return PreorderArrival.objects.select_related("preorder__asin", "preorder__store", "actor")

    def entry(self, row: PreorderArrival) -> Entry:
        units = amounts((_("Proposed"), row.proposed), (_("Confirmed"), row.units))
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model=PREORDER,
            object_id=row.preorder_id,
            about=str(row.preorder),
            head=_("Arrival %(state)s") % {"state": row.get_state_display().lower()},
            who=person(row.actor),
            changes=units,
            why=row.note,
        )


class Cord(Book):
    code, kind, tells_of = "andon", Kind.EDIT, ("common.andoncord",)
    permission = "common.view_andonevent"

    def rows(self) -> QuerySet[Any]:
        return AndonEvent.objects.select_related("actor")

    def of(self, subject: Model) -> Q | None:
        return Q() if isinstance(subject, AndonCord) else None

    def named(self, term: Term) -> Q | None:
        return None

    def entry(self, row: AndonEvent) -> Entry:
        return Entry(
            key=row.pk,
            when=row.created_at,
            kind=self.kind,
            model="common.andoncord",
            object_id=1,
            about=_("Andon cord"),
            head=_("Pulled") if row.is_pull else _("Released"),
            who=person(row.actor),
            why=row.reason,
        )
