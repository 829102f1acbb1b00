"""The history of an object: the way to its page, and the reason that a person gives for a change."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from common.history import MOST_REASON, TRAILS

REASON = "change_reason"
# Given the admin, the request and the object. It reads all that keeps account of objects, so the top layer sets it.
HistoryPage = Callable[[Any, HttpRequest, Model], HttpResponse]
HISTORY_PAGE: list[HistoryPage] = []


class HistoryPages:
    """For the admin of any model: its objects' history, and a reason with each change of a tracked one."""

    model: type[Model]
    change_form_after_template = "common/form_why.html"

    def asks_why(self, obj: Model | None) -> bool:
        """Whether the form asks for the reason of a change."""
        return obj is not None and self.model in TRAILS

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj._change_reason = request.POST.get(REASON, "").strip()[:MOST_REASON]
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        admin: Any = self
        obj = admin.get_object(request, unquote(object_id))
        if obj is None:
            missing: HttpResponse = admin._get_obj_does_not_exist_redirect(request, admin.opts, object_id)
            return missing
        if not admin.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return HISTORY_PAGE[0](self, request, obj)
