"""Filters of the lists of carts, preorders and transfer suggestions."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone

from allocation.models import Cart, Preorder, TransferSuggestion
from allocation.states import CartState, PreorderState, SuggestionKind, SuggestionState
from common.api.filters import ListFilter, choice, flag, text
from inventory.filters import AsinParameter


class CartFilter(ListFilter):
    cart = text("code")
    clientID = text("client__panel_id")
    storeID = text("store__panel_id")
    state = choice(CartState.values, "state")
    policy = text("policy__slug")
    pooled = flag("is_pooled")

    class Meta:
        model = Cart
        fields: tuple[str, ...] = ()


class PreorderFilter(ListFilter):
    clientID = text("client__panel_id")
    storeID = text("store__panel_id")
    asin = AsinParameter(field_name="asin__code")
    status = choice(PreorderState.values, "state")
    isActive = flag("is_active")
    overdue = flag(method="filter_overdue")
    creditDue = flag(method="filter_credit_due")

    class Meta:
        model = Preorder
        fields: tuple[str, ...] = ()

    def filter_overdue(self, rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
        return _among(rows, Preorder.objects.overdue(timezone.localdate()), wanted)

    def filter_credit_due(self, rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
        return _among(rows, Preorder.objects.with_credit_due(), wanted)


def _among(rows: QuerySet[Any], found: QuerySet[Any], wanted: bool) -> QuerySet[Any]:
    """Those of `rows` that are among `found`, or that are not."""
    ids = found.order_by().values("pk")
    return rows.filter(pk__in=ids) if wanted else rows.exclude(pk__in=ids)


class SuggestionFilter(filters.FilterSet):
    cart = text("cart__code")
    clientID = text("cart__client__panel_id")
    storeID = text("cart__store__panel_id")
    mutualStoreID = text("mutual_store__panel_id")
    kind = choice(SuggestionKind.values, "kind")
    state = choice(SuggestionState.values, "state")

    class Meta:
        model = TransferSuggestion
        fields: tuple[str, ...] = ()
