"""Filters of the lists of carts, preorders and transfer suggestions."""

import django_filters as filters

from allocation.models import Cart, Preorder, TransferSuggestion
from allocation.states import CartState, PreorderState, SuggestionState
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

    class Meta:
        model = Preorder
        fields: tuple[str, ...] = ()


class SuggestionFilter(filters.FilterSet):
    cart = text("cart__code")
    clientID = text("cart__client__panel_id")
    storeID = text("cart__store__panel_id")
    mutualStoreID = text("mutual_store__panel_id")
    state = choice(SuggestionState.values, "state")

    class Meta:
        model = TransferSuggestion
        fields: tuple[str, ...] = ()
