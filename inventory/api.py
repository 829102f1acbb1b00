"""ASINs over HTTP."""

from rest_framework import serializers

from common.api import PublicSerializer
from common.api.serializers import money, text_from
from common.api.views import ReadView
from inventory.filters import AsinFilter
from inventory.models import Asin, Priority


class AsinSerializer(PublicSerializer):
    asin = text_from("code")
    available_units = serializers.IntegerField(source="available", read_only=True)
    available_cases = serializers.IntegerField(read_only=True)
    loose_units = serializers.IntegerField(source="loose", read_only=True)
    priority = serializers.SerializerMethodField()
    profit = money()
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Asin
        fields = (
            *("asin", "title", "brand", "category", "supplier", "date_added", "priority"),
            *("quantity_purchased", "on_hand", "reserved", "available_units", "available_cases"),
            *("loose_units", "shortage"),
            *("unit_cost", "min_shipping", "max_shipping", "sale_price", "amazon_fees", "profit"),
            *("case_pack", "case_length", "case_width", "case_height", "case_weight"),
            *("unit_length", "unit_width", "unit_height", "unit_weight", "estimated"),
            *("upright_only", "fragile", "group", "is_active", "source", "created_at", "modified_at"),
        )

    def get_priority(self, asin: Asin) -> str:
        return asin.priority or Priority.MEDIUM


class AsinView(ReadView):
    """GET /api/asins, /api/asins/B0… — lengths in inches, weights in pounds, money in USD, stock in units."""

    queryset = Asin.objects.all()
    serializer_class = AsinSerializer
    filterset_class = AsinFilter
    lookup_field = "code"
