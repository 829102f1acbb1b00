"""Ungating statuses over HTTP."""

from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.utils import timezone
from rest_framework import serializers

from common.api import PublicSerializer
from common.api.serializers import text_from
from common.api.views import ListView
from ungating.filters import UngatingFilter
from ungating.models import Status, UngatingStatus


class UngatingSerializer(PublicSerializer):
    store_id = text_from("store.panel_id")
    client_id = text_from("store.client.panel_id")
    status = text_from("status_now")
    feed_status = text_from("status")
    modified_at = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = UngatingStatus
        fields = (
            *("store_id", "client_id", "scope", "value", "status", "feed_status", "override"),
            *("override_reason", "reason", "approval_url", "checked_at", "expires_at"),
            *("is_active", "source", "created_at", "modified_at"),
        )


class UngatingView(ListView):
    """GET /api/ungating — `status` is the one that counts: the override, else the feed's until it expires."""

    queryset = UngatingStatus.objects.select_related("store__client")
    serializer_class = UngatingSerializer
    filterset_class = UngatingFilter

    def get_queryset(self) -> Any:
        """With `status_now`, which is `UngatingStatus.effective` in SQL, so that lists can filter by it."""
        status_now = Case(
            When(override__gt="", then=F("override")),
            When(expires_at__lte=timezone.now(), then=Value(Status.UNKNOWN.value)),
            default=F("status"),
            output_field=CharField(),
        )
        return super().get_queryset().annotate(status_now=status_now)
