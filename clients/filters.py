"""Filters of the lists of clients and stores."""

from django.db.models import Q

from clients.models import Client, ClientPriority, ClientStatus, Store, StoreStatus
from clients.querysets import ClientQuerySet, StoreQuerySet
from common.api.filters import ListFilter, choice, flag, text
from common.text import text_key


class ClientFilter(ListFilter):
    clientID = text("panel_id")
    clientName = text("name_key", method="match_name")
    status = choice(ClientStatus.values, "status")
    priority = choice(ClientPriority.values, "priority")
    house = flag("owns_mutual")
    isActive = flag("is_active")
    search = text(method="match_search")

    class Meta:
        model = Client
        fields: tuple[str, ...] = ()

    def match_name(self, queryset: ClientQuerySet, name: str, value: str) -> ClientQuerySet:
        """The whole name; case and spaces do not count."""
        return queryset.filter(name_key=text_key(value))

    def match_search(self, queryset: ClientQuerySet, name: str, value: str) -> ClientQuerySet:
        return queryset.filter(Q(name_key__contains=text_key(value)) | Q(panel_id=value))


class StoreFilter(ListFilter):
    storeID = text("panel_id")
    clientID = text("client__panel_id")
    marketplace = text("marketplace", lookup_expr="iexact")
    mutual = flag("is_mutual")
    status = choice(StoreStatus.values, "status")
    isActive = flag("is_active")
    search = text(method="match_search")

    class Meta:
        model = Store
        fields: tuple[str, ...] = ()

    def match_search(self, queryset: StoreQuerySet, name: str, value: str) -> StoreQuerySet:
        return queryset.filter(Q(name__icontains=value) | Q(panel_id=value))
