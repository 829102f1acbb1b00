"""Pages of objects that a feed brings or that staff make by hand."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.admin_base import Admin
from common.admin_columns import counted
from common.history import note_update
from common.people import signed_in
from common.sources import Source


def is_referenced(obj: Model) -> bool:
    """Some row points at `obj`: it has a history and is kept."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: obj}).exists()
        for relation in obj._meta.related_objects
    )


class SourcedAdmin(Admin):
    """Objects that a feed brings or that staff make. What the feed says is read-only here; the rest is ours."""

    feed_fields: ClassVar[tuple[str, ...]] = ()
    feed_name: Any = ""
    actions: Sequence[str] = ("deactivate", "reactivate")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, *self.feed_fields, "is_active"] if obj and obj.from_feed else fields

    def form_note(self, request: HttpRequest, obj: Any) -> Any:
        if not obj or not self.has_change_permission(request, obj):
            return ""
        if obj.from_feed:
            return _(
                "This %(what)s comes from %(feed)s. What it says there is read-only here; change it at the source. "
                "It cannot be deleted; to stop using it, take it out of use in the list."
            ) % {"what": self.opts.verbose_name, "feed": self.feed_name}
        if is_referenced(obj):
            return _("Made by hand. It has a history, so it cannot be deleted; turn “in use” off instead.")
        return ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or (obj.source == Source.MANUAL and not is_referenced(obj))

    @admin.action(description=_("Take out of use"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._use(request, queryset, False)

    @admin.action(description=_("Bring back into use"), permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._use(request, queryset, True)

    @transaction.atomic
    def _use(self, request: HttpRequest, queryset: QuerySet[Any], in_use: bool) -> None:
        words = _("brought back into use") if in_use else _("taken out of use")
        changed = list(queryset.filter(is_active=not in_use))
        now = timezone.now()
        note_update(changed, {"is_active": in_use}, actor=signed_in(request), reason=str(words).capitalize())
        queryset.filter(pk__in=[row.pk for row in changed]).update(
            is_active=in_use, retired_at=None if in_use else now, updated_at=now
        )
        if changed:
            LogEntry.objects.log_actions(signed_in(request).pk, changed, CHANGE, change_message=str(words).capitalize())
        what = counted(len(changed), self.opts.verbose_name, self.opts.verbose_name_plural)
        self.message_user(request, f"{what} {words}.", messages.SUCCESS)
