"""Carts, preorders and transfer suggestions over HTTP, to read."""

from typing import Any

from rest_framework import serializers

from allocation.filters import CartFilter, PreorderFilter, SuggestionFilter
from allocation.models import Cart, CartLine, Preorder, TransferSuggestion
from common.api import PublicSerializer
from common.api.serializers import money, text_from
from common.api.views import ListView, ReadView


class CartSerializer(PublicSerializer):
    """A cart in the list: its totals without its lines."""

    cart = text_from("code")
    client_id = text_from("client.panel_id")
    store_id = text_from("store.panel_id")
    policy = text_from("policy.slug")
    total = money()
    gap = money(places=6)
    pooled = serializers.BooleanField(source="is_pooled", read_only=True)
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Cart
        fields: tuple[str, ...] = (
            *("cart", "client_id", "store_id", "state", "amount", "policy", "goods", "shipping", "total"),
            *("hold", "hold_open", "pallets_worth", "value", "bound", "gap", "pooled", "build_anyway"),
            *("note", "created_at", "confirmed_at", "modified_at"),
        )


class CartLineSerializer(PublicSerializer):
    asin = text_from("asin.code")
    shipping_per_unit = money(places=4)
    total = money()

    class Meta:
        model = CartLine
        fields = (
            *("asin", "cases", "case_pack", "units", "returned", "unit_cost", "cost", "shipping", "shipping_per_unit"),
            *("total", "min_shipping", "max_shipping", "value"),
        )


class CartDetailSerializer(CartSerializer):
    """One cart with its lines, the weights it was made with, and what was left out and why."""

    lines = CartLineSerializer(many=True, read_only=True)

    class Meta(CartSerializer.Meta):
        fields = (*CartSerializer.Meta.fields, "policy_weights", "lines", "left_out")


class PreorderSerializer(PublicSerializer):
    client_id = text_from("client.panel_id")
    store_id = text_from("store.panel_id")
    asin = text_from("asin.code")
    status = text_from("state")
    due = money()
    credit_due = money()
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Preorder
        fields = (
            *("client_id", "store_id", "asin", "quantity", "arrived", "allocated", "unit_cost", "amount", "paid"),
            *(
                "due",
                "credit_due",
                "credited_at",
                "expected_arrival",
                "status",
                "flag",
                "is_active",
                "source",
                "created_at",
                "modified_at",
            ),
        )


class SuggestionSerializer(PublicSerializer):
    cart = text_from("cart.code")
    client_id = text_from("cart.client.panel_id")
    store_id = text_from("cart.store.panel_id")
    mutual_store_id = serializers.CharField(source="mutual_store.panel_id", default=None, read_only=True)

    class Meta:
        model = TransferSuggestion
        fields = (
            *("cart", "client_id", "store_id", "kind", "mutual_store_id", "units", "eligible_units", "amount", "goods"),
            *("fill", "top_up", "reason", "state", "note", "decided_at", "created_at", "expires_at"),
        )


class CartView(ReadView):
    """GET /api/carts, /api/carts/C-000001 — money in USD; `gap` is a share of the value."""

    queryset = Cart.objects.select_related("client", "store", "policy")
    filterset_class = CartFilter
    lookup_field = "code"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.detail:
            return found.prefetch_related("lines__asin")
        return found.defer("left_out", "policy_weights")

    def get_serializer_class(self) -> type[PublicSerializer]:
        return CartDetailSerializer if self.detail else CartSerializer


class PreorderView(ListView):
    """GET /api/preorders — quantities in units, money in USD.

    Of `arrived` units `allocated` are in carts, the others are kept for the preorder. `creditDue` is what the client of
    a cancelled preorder gets back; `overdue=true` finds what was expected before today and has not come in full.
    """

    queryset = Preorder.objects.select_related("client", "store", "asin")
    serializer_class = PreorderSerializer
    filterset_class = PreorderFilter


class SuggestionView(ListView):
    """GET /api/suggestions — units that could be pooled in a mutual store, and why; money in USD.

    One of kind `house` names `goods` that the client cannot pay for and the house could; a transfer's goods are those
    lines of its cart that stand on no pallet.
    """

    queryset = TransferSuggestion.objects.select_related("cart__client", "cart__store", "mutual_store")
    serializer_class = SuggestionSerializer
    filterset_class = SuggestionFilter
