"""Batches as staff see them: start one, watch it, judge it, accept its drafts."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allocation.models import Batch
from allocation.states import CartState
from common.admin import RUN_COLOURS
from common.admin_base import ReadOnlyAdmin, RelatedDropdownFilter, page_action
from common.admin_columns import EMPTY, badge, units, usd
from common.admin_keys import is_key
from common.errors import DomainError
from common.models import RunState
from common.people import signed_in
from pallets.batch_pages import gap_percent, progress_context, result_context
from pallets.forms import BatchForm
from pallets.page_actions import acted, require, tell_problems
from pallets.services.batches import Acceptance, accept_batch, accept_in_background, cancel_batch, start_batch

MOST_AT_ONCE = 60  # carts that a page confirms while one waits: a fifth of a second each
ACCEPT = ("allocation.change_batch", "allocation.change_cart", "pallets.add_pallet")


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__", "state_badge", "policy", "carts_units", "drafts_units", "value_usd", "gap_text", "started_at",
        "started_by",
    )  # fmt: skip
    list_filter = (("policy", RelatedDropdownFilter),)
    list_select_related = ("run__started_by", "policy")
    ordering = ("-id",)
    sortable_by = ()
    actions_list = ("new_batch",)
    empty_title = gettext_lazy("No batches yet")
    empty_text = gettext_lazy("Start one under “New batch”, or run: manage.py allocate")

    value_usd = usd("value", gettext_lazy("value"))
    carts_units = units("cart_count", gettext_lazy("carts"))
    drafts_units = units("draft_count", gettext_lazy("still drafts"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        batches: QuerySet[Batch] = super().get_queryset(request).defer("prices", "problems")
        drafts = Count("carts", filter=Q(carts__state=CartState.DRAFT))
        return batches.annotate(cart_count=Count("carts"), draft_count=drafts)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, batch: Batch) -> Any:
        return badge(batch.run.get_state_display(), RUN_COLOURS.get(RunState(batch.run.state), ""))

    @admin.display(description=gettext_lazy("certificate"))
    def gap_text(self, batch: Batch) -> str:
        gap = gap_percent(batch)
        return EMPTY if gap is None else _("≤ %(gap)s%% below the best") % {"gap": gap}

    @admin.display(description=gettext_lazy("started"))
    def started_at(self, batch: Batch) -> Any:
        return batch.run.started_at

    @admin.display(description=gettext_lazy("by"))
    def started_by(self, batch: Batch) -> Any:
        return batch.run.started_by

    def has_start_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("allocation.add_batch"))

    @page_action(description=gettext_lazy("New batch"), url_path="new", icon="dynamic_feed", permissions=["start"])
    def new_batch(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:batch_start")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("start/", wrap(self.start), name="batch_start"),
            path("<int:pk>/progress/", wrap(self.progress), name="batch_progress"),
            path("<int:pk>/cancel/", wrap(self.cancel), name="batch_cancel"),
            path("<int:pk>/accept/", wrap(self.accept), name="batch_accept"),
        ]
        return [*own, *super().get_urls()]

    def start(self, request: HttpRequest) -> HttpResponse:
        require(request, "allocation.add_batch")
        form = BatchForm(request.POST) if request.method == "POST" else BatchForm()
        if form.is_bound and form.is_valid():
            try:
                batch = start_batch(**form.cleaned_data, actor=signed_in(request))
            except DomainError as error:
                for problem in error.problems:
                    form.add_error(problem.field if problem.field in form.fields else None, problem.message)
            else:
                return redirect("admin:allocation_batch_change", batch.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New batch"), "form": form}
        return TemplateResponse(request, "pallets/batch_form.html", context)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "allocation.view_batch")
        batch = _found(object_id)
        about = progress_context(batch) if batch.is_open else result_context(batch, request.GET.get("sort", ""))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(batch),
            "fairness_percent": f"{(batch.fairness * 100).normalize():f}",
            "may_start": request.user.has_perm("allocation.add_batch"),
            "may_cancel": request.user.has_perm("allocation.change_batch"),
            "may_accept": request.user.has_perms(ACCEPT),
            **about,
        }
        return TemplateResponse(request, "pallets/batch_page.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A piece of the page that asks for itself every second; at the batch's end the page is loaded anew."""
        require(request, "allocation.view_batch")
        batch = _found(str(pk))
        response = TemplateResponse(request, "pallets/batch_progress.html", progress_context(batch))
        if not batch.is_open:
            response["HX-Refresh"] = "true"
        return response

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "allocation.change_batch")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = _found(str(pk))

        def act() -> str:
            cancel_batch(batch=batch)
            return _("%(batch)s stops at its next step and keeps what it has found.") % {"batch": batch}

        acted(request, act)
        return redirect("admin:allocation_batch_change", pk)

    def accept(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, *ACCEPT)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch, codes = _found(str(pk)), request.POST.getlist("carts")
        if "all" not in request.POST and not codes:
            messages.warning(request, _("Nothing was chosen: tick the carts to confirm."))
            return redirect("admin:allocation_batch_change", pk)
        wanted = None if "all" in request.POST else codes
        count = batch.carts.filter(state=CartState.DRAFT).count() if wanted is None else len(wanted)
        if count > MOST_AT_ONCE:
            accept_in_background(batch=batch, codes=wanted, actor=signed_in(request))
            words = _("%(count)d carts are being confirmed by a worker. An alert will name those that cannot be.")
            messages.info(request, words % {"count": count})
            return redirect("admin:allocation_batch_change", pk)
        try:
            _tell(request, accept_batch(batch=batch, codes=wanted, actor=signed_in(request)))
        except DomainError as error:
            tell_problems(request, error)
        return redirect("admin:allocation_batch_change", pk)


def _found(key: str) -> Batch:
    batches = Batch.objects.select_related("run__started_by", "policy")
    return get_object_or_404(batches, pk=key if is_key(key) else None)


def _tell(request: HttpRequest, done: Acceptance) -> None:
    count = len(done.confirmed)
    if count:
        words = ngettext("%(count)d cart is confirmed.", "%(count)d carts are confirmed.", count)
        messages.success(request, words % {"count": count})
    for row in done.refused:
        messages.error(request, f"{row.code}: {row.reason}")
