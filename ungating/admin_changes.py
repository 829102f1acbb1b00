"""The history of ungating statuses."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.admin_base import BooleanRadioFilter, InfinitePaginator, RangeDateFilter, ReadOnlyAdmin
from common.admin_columns import link_to, state
from inventory.search import asins_in
from ungating.admin_tables import STATUS_COLOURS, who
from ungating.models import UngatingChange


@admin.register(UngatingChange)
class UngatingChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "what", "store_link", "old_badge", "new_badge", "is_override", "reason", "by")
    list_display_links = ("changed_at",)
    list_filter = (("is_override", BooleanRadioFilter), ("changed_at", RangeDateFilter))
    list_select_related = ("status__store", "actor")
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("status__key",)
    search_help_text = _("ASIN, brand or category")
    key_search = ("status__key",)
    fields = ("changed_at", "what", "store_link", ("old_badge", "new_badge"), "is_override", "reason", "by", "told_at")
    empty_title = _("No changes yet")
    empty_text = _("Each change of an ungating status, by the feed or by hand, leaves a line here.")

    old_badge = state("old", _("from"), STATUS_COLOURS)
    new_badge = state("new", _("to"), STATUS_COLOURS)

    def search_named(self, term: str) -> Q | None:
        codes = asins_in(term)
        return Q(status__scope="asin", status__key__in=codes) if codes else None

    @admin.display(description=_("status"))
    def what(self, change: UngatingChange) -> Any:
        return link_to(change.status, f"{change.status.get_scope_display()} {change.status.value}")

    @admin.display(description=_("store"))
    def store_link(self, change: UngatingChange) -> Any:
        return link_to(change.status.store, change.status.store.name)

    @admin.display(description=_("who"))
    def by(self, change: UngatingChange) -> str:
        return who(change)
