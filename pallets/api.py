"""Pallets and shipments over HTTP, to read."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from common.api import PublicSerializer
from common.api.serializers import text_from
from common.api.views import ReadView
from pallets.filters import PalletFilter, ShipmentFilter
from pallets.models import Pallet, PalletLine, Shipment


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
    pooled = serializers.BooleanField(source="is_pooled", read_only=True)
    shipment = serializers.CharField(source="shipment.code", default=None, read_only=True)
    lines = PalletLineSerializer(many=True, read_only=True)
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Pallet
        fields: tuple[str, ...] = (
            *("pallet", "store_id", "state", "cartons", "volume", "weight", "height", "fill", "cube"),
            *("has_estimates", "pooled", "shipment", "shipped_on", "carrier", "tracking", "note", "lines"),
            *("created_at", "modified_at"),
        )


class PalletDetailSerializer(PalletSerializer):
    """One pallet with the steps to build it and the place of every carton."""

    class Meta(PalletSerializer.Meta):
        fields = (*PalletSerializer.Meta.fields, "steps", "placements")


class ShipmentSerializer(PublicSerializer):
    """A shipment with the codes of its pallets, and their cartons and pounds in all."""

    shipment = text_from("code")
    store_id = text_from("store.panel_id")
    pallets: serializers.SlugRelatedField[Pallet] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True
    )
    cartons = serializers.SerializerMethodField()
    weight = serializers.SerializerMethodField()
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Shipment
        fields = (
            *("shipment", "store_id", "state", "amazon_id", "carrier", "tracking", "shipped_on"),
            *("pallets", "cartons", "weight", "created_at", "modified_at"),
        )

    def get_cartons(self, shipment: Shipment) -> int:
        return sum(pallet.cartons for pallet in shipment.pallets.all())

    def get_weight(self, shipment: Shipment) -> str:
        return str(sum((pallet.weight for pallet in shipment.pallets.all()), Decimal("0.00")))


class PalletView(ReadView):
    """GET /api/pallets, /api/pallets/P-000001 — inches, pounds, cubic inches; fill and cube: shares of 1."""

    queryset = Pallet.objects.select_related("store", "shipment").prefetch_related(
        Prefetch("lines", PalletLine.objects.select_related("client", "asin", "cart_line__cart"))
    )
    filterset_class = PalletFilter
    lookup_field = "code"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        return found if self.detail else found.defer("placements", "steps")

    def get_serializer_class(self) -> type[PublicSerializer]:
        return PalletDetailSerializer if self.detail else PalletSerializer


class ShipmentView(ReadView):
    """GET /api/shipments, /api/shipments/S-000001 — pallets of one store that leave together; weight in pounds."""

    queryset = Shipment.objects.select_related("store").prefetch_related(
        Prefetch("pallets", Pallet.objects.only("code", "cartons", "weight", "shipment").order_by("pk"))
    )
    serializer_class = ShipmentSerializer
    filterset_class = ShipmentFilter
    lookup_field = "code"
