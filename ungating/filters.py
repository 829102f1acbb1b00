"""Filters of the list of ungating statuses."""

from django.db.models import Q

from common.api.filters import ListFilter, choice, flag, text
from ungating.models import Scope, Status, UngatingStatus, scope_key
from ungating.querysets import UngatingStatusQuerySet


class UngatingFilter(ListFilter):
    """`status` is the one that counts now; `value` matches as goods do (case and spaces do not count)."""

    storeID = text("store__panel_id")
    clientID = text("store__client__panel_id")
    scope = choice(Scope.values, "scope")
    value = text(method="match_value")
    status = choice(Status.values, "status_now")
    feedStatus = choice(Status.values, "status")
    overridden = flag(method="match_overridden")
    isActive = flag("is_active")

    class Meta:
        model = UngatingStatus
        fields: tuple[str, ...] = ()

    def match_value(self, queryset: UngatingStatusQuerySet, name: str, value: str) -> UngatingStatusQuerySet:
        keys = {scope: scope_key(scope, value) for scope in Scope.values}
        return queryset.filter(
            Q(scope=Scope.ASIN, key=keys[Scope.ASIN])
            | Q(scope__in=[Scope.BRAND, Scope.CATEGORY], key=keys[Scope.BRAND])
        )

    def match_overridden(self, queryset: UngatingStatusQuerySet, name: str, value: bool) -> UngatingStatusQuerySet:
        return queryset.exclude(override="") if value else queryset.filter(override="")
