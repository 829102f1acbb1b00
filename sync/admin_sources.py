"""The sources as staff see them: how fresh each is, when it is read next, its last runs; read it now."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from common.admin import outcome_text, state_label
from common.admin_base import ReadOnlyAdmin
from common.admin_columns import admin_url
from common.admin_keys import is_key
from common.errors import DomainError
from common.models import Run, RunState
from common.people import signed_in
from pallets.admin_pages import require
from sync.admin_held import CHANGE, HeldPages
from sync.held_pages import PATIENCE, asked_at, followed
from sync.models import SheetUpload, SourceName, SourceState
from sync.presentation import SourceView, source_view, source_views
from sync.services.by_hand import ask_for_reading
from sync.services.held import SHEETS
from sync.services.lease import slot_of

VIEW = "sync.view_sourcestate"
RUNS_SHOWN = 12


@admin.register(SourceState)
class SourceStateAdmin(HeldPages, ReadOnlyAdmin):
    """All sources on one page, those never read among them, and a page for each."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("read/<str:source>/", wrap(self.read), name="sync_sourcestate_read")]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require(request, VIEW)
        views = source_views(now=timezone.now())
        context = self._page(request, _("Sources")) | {"views": views}
        return TemplateResponse(request, "sync/sources.html", context)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, VIEW)
        view = source_view(object_id, now=timezone.now()) if is_key(object_id) else None
        if view is None:
            raise Http404
        found = _source_context(view, asked=asked_at(request.GET))
        context = self._page(request, view.source.label) | {"view": view, **found}
        return TemplateResponse(request, "sync/source.html", context)

    def read(self, request: HttpRequest, source: str) -> HttpResponse:
        """What “Read now” and “Read everything” do; they answer on the page of the source."""
        require(request, CHANGE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if source not in SourceName:
            raise Http404
        chosen, everything, now = SourceName(source), bool(request.POST.get("everything")), timezone.now()
        try:
            at_once = ask_for_reading(source=chosen, everything=everything, now=now, actor=signed_in(request))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _queued(at_once, everything) % {"source": chosen.label})
        state = SourceState.objects.filter(source=chosen).only("pk").first()
        return redirect(followed(admin_url(state), now=now) if state else LIST)

    def _page(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "may_change": request.user.has_perm(CHANGE),
        }


LIST = "admin:sync_sourcestate_changelist"


def _queued(at_once: bool, everything: bool) -> str:
    if not at_once:
        return _("%(source)s is being read, or waits in the queue: it is read again after that.")
    if everything:
        return _("%(source)s is queued to be read whole. Its run appears under “Last runs”.")
    return _("%(source)s is queued to be read. Its run appears under “Last runs”.")


def _source_context(view: SourceView, *, asked: datetime | None) -> dict[str, Any]:
    """The last runs of the source and the uploads that wait for a decision: two queries.

    Where a reading was `asked` for the page follows it until a run from then on has ended, or for two minutes.
    """
    of_source = Run.objects.filter(kind=slot_of(view.source)).select_related("started_by").defer("changes")
    runs = list(of_source.order_by("-pk")[:RUNS_SHOWN])
    waiting = SheetUpload.objects.filter(run__kind=slot_of(view.source), run__state=RunState.HELD)
    return {
        "runs": [(run, state_label(run), outcome_text(run)) for run in runs],
        "uploads": waiting.select_related("run__started_by").defer("content", "run__changes").order_by("-pk"),
        "takes_sheet": view.source in SHEETS,
        "is_followed": asked is not None
        and view.now - asked < PATIENCE
        and not any(run.started_at >= asked and run.finished_at for run in runs),
    }
