"""Reads of carts, preorders and suggestions as words."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db.models import Case, F, Q, Sum, Value, When

from allocation.states import HOLDING, ArrivalState, PreorderNeed, PreorderState, SuggestionKind, SuggestionState
from common.querysets import StampedQuerySet

if TYPE_CHECKING:
    from allocation.models import Cart, Preorder, TransferSuggestion  # noqa: F401  named in strings below


class CartQuerySet(StampedQuerySet["Cart"]):
    def holding(self) -> Self:
        """Carts whose units are reserved."""
        return self.filter(state__in=HOLDING)


# Units are here that are in no confirmed cart.
_HERE = ~Q(state=PreorderState.CANCELLED) & Q(arrived__gt=F("allocated"))
# Cancelled after something was paid, and not credited yet.
_CREDIT_DUE = Q(state=PreorderState.CANCELLED, paid__gt=0, credited_at=None)
_CLAIMING = Q(state=PreorderState.PENDING, is_active=True)


def _overdue(today: date) -> Q:
    return _CLAIMING & Q(expected_arrival__lt=today)


class PreorderQuerySet(StampedQuerySet["Preorder"]):
    def pending(self) -> Self:
        return self.filter(state=PreorderState.PENDING)

    def claiming(self) -> Self:
        """Those in use that still wait for units."""
        return self.filter(_CLAIMING)

    def overdue(self, today: date) -> Self:
        """Expected before `today` and not here in full."""
        return self.filter(_overdue(today))

    def promised(self) -> Self:
        """Those with units here that are kept for them, in the order in which carts take them."""
        return self.filter(_HERE).order_by("expected_arrival", "pk")

    def with_credit_due(self) -> Self:
        """Cancelled after something was paid, and not credited yet."""
        return self.filter(_CREDIT_DUE)

    def needing_a_person(self, today: date) -> Self:
        """By `need`: it waits and `proposed` units came in that nobody has confirmed; a credit is due; it is overdue;
        or units are here that are in no cart.
        """
        proposed = Sum("arrivals__proposed", filter=Q(arrivals__state=ArrivalState.PROPOSED))
        need = Case(
            When(_CLAIMING & Q(proposed__gt=0), then=Value(PreorderNeed.CONFIRM)),
            When(_CREDIT_DUE, then=Value(PreorderNeed.CREDIT)),
            When(_overdue(today), then=Value(PreorderNeed.OVERDUE)),
            When(_HERE, then=Value(PreorderNeed.ALLOCATE)),
        )
        open_ones = self.exclude(state=PreorderState.ALLOCATED).annotate(proposed=proposed).annotate(need=need)
        return open_ones.exclude(need=None).order_by("need", "expected_arrival", "pk")


class SuggestionQuerySet(StampedQuerySet["TransferSuggestion"]):
    def open(self) -> Self:
        return self.filter(state=SuggestionState.OPEN)

    def transfers(self) -> Self:
        """Those to pool a cart's own goods, without those for the house."""
        return self.filter(kind=SuggestionKind.TRANSFER)
