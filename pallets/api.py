"""Pallets over HTTP, to read."""

from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from common.api import PublicSerializer
from common.api.serializers import text_from
from common.api.views import ReadView
from pallets.filters import PalletFilter
from pallets.models import Pallet, PalletLine


class PalletLineSerializer(PublicSerializer):
    cart = text_from("cart_line.cart.code")
    client_id = text_from("client.panel_id")
    asin = text_from("asin.code")

    class Meta:
        model = PalletLine
        fields = ("cart", "client_id", "asin", "cases", "units", "shipping_per_unit", "shipping")


class PalletSerializer(PublicSerializer):
    """A pallet in the list, with its lines and without the place of each carton."""

    pallet = text_from("code")
    store_id = text_from("store.panel_id")
    lines = PalletLineSerializer(many=True, read_only=True)
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Pallet
        fields: tuple[str, ...] = (
            *("pallet", "store_id", "state", "cartons", "volume", "weight", "height", "fill", "cube"),
            *("has_estimates", "shipped_on", "carrier", "tracking", "lines", "created_at", "modified_at"),
        )


class PalletDetailSerializer(PalletSerializer):
    """One pallet with the place of every carton."""

    class Meta(PalletSerializer.Meta):
        fields = (*PalletSerializer.Meta.fields, "placements")


class PalletView(ReadView):
    """GET /api/pallets, /api/pallets/P-000001 — inches, pounds, cubic inches; fill and cube: shares of 1."""

    queryset = Pallet.objects.select_related("store").prefetch_related(
        Prefetch("lines", PalletLine.objects.select_related("client", "asin", "cart_line__cart"))
    )
    filterset_class = PalletFilter
    lookup_field = "code"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        return found if self.detail else found.defer("placements")

    def get_serializer_class(self) -> type[PublicSerializer]:
        return PalletDetailSerializer if self.detail else PalletSerializer
