"""Clients and stores over HTTP, by the ids of the panel."""

from typing import Any

from django.db.models import Exists, OuterRef
from rest_framework import serializers

from clients.filters import ClientFilter, StoreFilter
from clients.models import Client, Store
from common.api import PublicSerializer
from common.api.serializers import money, text_from
from common.api.views import ReadView


class ClientSerializer(PublicSerializer):
    client_id = text_from("panel_id")
    client_name = text_from("name")
    available = money()
    house = serializers.BooleanField(source="owns_mutual", read_only=True)
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Client
        fields = (
            *("client_id", "client_name", "email", "status", "priority", "house"),
            *("balance", "held", "available", "total_allocated", "last_pallet_on"),
            *("is_active", "source", "created_at", "modified_at"),
        )


class StoreSerializer(PublicSerializer):
    store_id = text_from("panel_id")
    store_name = text_from("name")
    client_id = text_from("client.panel_id")
    client_name = text_from("client.name")
    mutual = serializers.BooleanField(source="is_mutual", read_only=True)
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Store
        fields = (
            *("store_id", "store_name", "client_id", "client_name", "marketplace", "mutual", "status"),
            *("is_active", "source", "created_at", "modified_at"),
        )


class ClientView(ReadView):
    """GET /api/clients, /api/clients/1 — money in USD."""

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    lookup_field = "panel_id"

    def get_queryset(self) -> Any:
        """With `owns_mutual`: the model's own property would ask once for each row."""
        mutual = Store.objects.mutual().filter(client=OuterRef("pk"))
        return super().get_queryset().annotate(owns_mutual=Exists(mutual))


class StoreView(ReadView):
    """GET /api/stores, /api/stores/1."""

    queryset = Store.objects.select_related("client")
    serializer_class = StoreSerializer
    filterset_class = StoreFilter
    lookup_field = "panel_id"
