"""Ungating tasks: what to ask Amazon for, and what it would unlock."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.admin_base import AutocompleteSelectFilter, ChoicesDropdownFilter, ReadOnlyAdmin, form_page, page_action
from common.admin_columns import EMPTY, admin_url, counted, dollars, link, link_to, state, usd
from common.errors import Conflict
from common.people import signed_in
from ungating.admin_tables import table
from ungating.forms import SettleForm
from ungating.models import TaskState, UngatingTask
from ungating.services import settle_tasks
from ungating.task_view import Locked, locked_goods

SHOWN = 20


@admin.register(UngatingTask)
class UngatingTaskAdmin(ReadOnlyAdmin):
    list_display = ("brand", "store_link", "ask", "unlocks_usd", "state_badge", "closed_because", "created_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("ask", ChoicesDropdownFilter),
        ("store", AutocompleteSelectFilter),
    )
    sortable_by = ()
    ordering = (F("unlocks").desc(), "id")
    search_fields = ("brand",)
    search_help_text = _("Brand or store ID")
    exact_search = ("store__panel_id",)
    key_search = ("brand_key",)
    actions = ("mark_done", "dismiss")
    actions_detail = ("settle_page",)
    fieldsets = (
        (None, {"fields": ("brand", "store_link", ("ask", "unlocks_usd"), "state_badge")}),
        (_("What it would unlock now"), {"fields": ("approval_links", "goods")}),
        (
            _("Record"),
            {"fields": ("closed_because", ("settled_by", "settled_at"), "settled_usd", ("created_at", "updated_at"))},
        ),
    )
    empty_title = _("No ungating tasks")
    empty_text = _("A task appears where only gating keeps goods worth ${:,} or more from a store.").format(
        settings.UNGATING_TASK_USD
    )

    store_link = link("store", _("store"), name="name")
    unlocks_usd = usd("unlocks", _("unlocks up to"))
    settled_usd = usd("settled_unlocks", _("unlocked when settled"))
    state_badge = state("state", _("state"), {TaskState.OPEN: "orange", TaskState.DONE: "green"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[UngatingTask]:
        found: QuerySet[UngatingTask] = super().get_queryset(request).select_related("store", "settled_by")
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> UngatingTask | None:
        """With what it would unlock, worked out once for the whole page."""
        task: UngatingTask | None = super().get_object(request, object_id, from_field)
        if task is not None:
            task.locked = locked_goods(task, now=timezone.now())  # type: ignore[attr-defined]
        return task

    @admin.display(description=_("goods"))
    def goods(self, task: UngatingTask) -> Any:
        """The first goods by worth, and what all come to."""
        found: list[Locked] = task.locked  # type: ignore[attr-defined]
        if not found:
            return _("Nothing: no stock of it is kept from this store by gating alone.")
        units, worth = sum(one.units for one in found), sum(one.worth for one in found)
        rows: list[tuple[Any, ...]] = [
            (link_to(one.asin, one.asin.code), one.asin.title, f"{one.units:,}", dollars(one.worth), one.verdict.reason)
            for one in found[:SHOWN]
        ]
        if more := len(found) - SHOWN:
            rows += [(f"and {more:,} more", "", "", "", "")] if more > 0 else []
        rows.append((counted(len(found), "ASIN"), "", f"{units:,}", dollars(worth), ""))  # type: ignore[arg-type]
        return table((_("ASIN"), _("Product"), _("Units"), _("Worth"), _("What keeps it")), rows)

    @admin.display(description=_("ask here"))
    def approval_links(self, task: UngatingTask) -> SafeString | str:
        """Where the statuses that decide say to ask."""
        found: list[Locked] = task.locked  # type: ignore[attr-defined]
        urls = dict.fromkeys(one.verdict.approval_url for one in found if one.verdict.approval_url)
        web = [(url, url) for url in urls if url.startswith(("https://", "http://"))]
        anchor = '<a class="text-link" href="{}" rel="noopener noreferrer" target="_blank">{}</a>'
        return format_html_join(SafeString("<br>"), anchor, web[:SHOWN]) or EMPTY

    def related_lists(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        """The statuses of the task's store."""
        url = reverse("admin:ungating_ungatingstatus_changelist")
        return [{"title": _("Ungating statuses of this store"), "url": f"{url}?store__id__exact={obj.store_id}"}]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only an open task can be settled."""
        actions: list[Any] = super().get_actions_detail(request, object_id)
        return actions if UngatingTask.objects.open().filter(pk=object_id).exists() else []

    @page_action(description=_("Settle"), url_path="settle", icon="done", permissions=["settle"])
    def settle_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        task = super().get_object(request, object_id)
        if task is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]

        def act(values: dict[str, Any]) -> str:
            to, reason = TaskState(values["state"]), values["reason"]
            if not settle_tasks(tasks=[task], state=to, reason=reason, actor=signed_in(request)):
                raise Conflict(f"The task was settled already: {task.get_state_display().lower()}.")
            return f"The task is {to.label.lower()}."

        return form_page(
            self,
            request,
            form=SettleForm(request.POST or None),
            title=f"{task} at {task.store.name}",
            submit=_("Settle"),
            back=admin_url(task),
            subject=task,
            act=act,
            facts=[(_("state"), self.state_badge(task)), (_("unlocks up to"), dollars(task.unlocks))],
        )

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("ungating.change_ungatingtask")

    @admin.action(description=_("Mark as done"), permissions=["settle"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[UngatingTask]) -> None:
        self._settle(request, queryset, TaskState.DONE, "done")

    @admin.action(description=_("Dismiss"), permissions=["settle"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[UngatingTask]) -> None:
        self._settle(request, queryset, TaskState.DISMISSED, "dismissed")

    def _settle(self, request: HttpRequest, queryset: QuerySet[UngatingTask], to: TaskState, word: str) -> None:
        count = settle_tasks(tasks=queryset, state=to, actor=signed_in(request))
        self.message_user(request, f"{counted(count, 'task')} {word}.", messages.SUCCESS)
