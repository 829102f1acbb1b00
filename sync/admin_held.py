"""Held runs and sheets given by hand: look at what would change, release it, discard it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.admin import change_lines, state_label
from common.admin_base import form_page
from common.admin_keys import is_key
from common.errors import DomainError, NotFound
from common.models import Run, RunState
from common.people import signed_in
from pallets.admin_pages import require
from sync.forms import DiscardForm, UploadForm
from sync.held_pages import asked_at, followed, held_context, release_stage
from sync.models import SheetUpload, SourceName
from sync.services.held import ask_for_release, discard_run, look_at_sheet, source_of
from sync.services.report import BUSY, SyncReport

VIEW = "sync.view_sourcestate"
CHANGE = "sync.change_sourcestate"
PAGE = "admin:sync_sourcestate_held"
DECIDABLE = (RunState.HELD, RunState.RELEASED, RunState.DISCARDED)


class HeldPages:
    """The pages of held runs and uploads, for the admin of SourceState."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("upload/", wrap(self.upload), name="sync_sourcestate_upload"),
            path("held/<str:run_id>/", wrap(self.held), name="sync_sourcestate_held"),
            path("held/<str:run_id>/release/", wrap(self.release), name="sync_sourcestate_release"),
            path("held/<str:run_id>/discard/", wrap(self.discard), name="sync_sourcestate_discard"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Read a sheet and show what it would change; nothing is written before it is released."""
        require(request, CHANGE)
        is_sent = request.method == "POST"
        first = {"source": request.GET.get("source", "")}
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm(initial=first)
        report = _look(form, request) if is_sent and form.is_valid() else None
        if report is not None and report.state == RunState.HELD:
            return redirect(PAGE, report.run_id)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("Upload a sheet")}
        return TemplateResponse(request, "sync/upload.html", context | {"form": form})

    def held(self, request: HttpRequest, run_id: str) -> HttpResponse:
        """What a held run would change, and the buttons while it waits for a decision."""
        require(request, VIEW)
        run, source = _run(run_id)
        if run.state not in DECIDABLE:
            return redirect("admin:common_run_change", run.pk)
        found = held_context(run, source)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("%(source)s: run #%(run)s") % {"source": source.label, "run": run.pk},
            "may_change": request.user.has_perm(CHANGE),
            "state": state_label(run),
            "change_lines": change_lines(found["changes"]),
            **release_stage(found, asked=asked_at(request.GET), now=timezone.now()),
            **found,
        }
        return TemplateResponse(request, "sync/held.html", context)

    def release(self, request: HttpRequest, run_id: str) -> HttpResponse:
        require(request, CHANGE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run, _source = _run(run_id)
        page = reverse(PAGE, args=[run.pk])
        try:
            ask_for_release(run_id=run.pk, actor=signed_in(request))
        except DomainError as error:
            messages.warning(request, str(error))
            return redirect(page)
        messages.success(request, _("Released: it is being read again and written if it still says just this."))
        return redirect(followed(page, now=timezone.now()))

    def discard(self, request: HttpRequest, run_id: str) -> HttpResponse:
        require(request, CHANGE)
        run, source = _run(run_id)
        is_upload = SheetUpload.objects.filter(run=run).exists()

        def act(cleaned: dict[str, Any]) -> str:
            discard_run(run_id=run.pk, reason=cleaned["reason"], actor=signed_in(request))
            return _("%(run)s is discarded: everything stays as it is.") % {"run": run}

        polled = _("The source is not written while it asks for just this change; you are asked again when it changes.")
        return form_page(
            self,
            request,
            form=DiscardForm(request.POST or None),
            title=_("Discard %(run)s of %(source)s") % {"run": run, "source": source.label},
            submit=_("Discard"),
            back=reverse(PAGE, args=[run.pk]),
            act=act,
            note=_("The file is dropped, and nothing of it is written.") if is_upload else polled,
        )


def _run(run_id: str) -> tuple[Run, SourceName]:
    """A run of a source. Raises Http404 for any other."""
    runs = Run.objects.select_related("started_by")
    run = get_object_or_404(runs, pk=run_id if is_key(run_id) else None)
    try:
        return run, source_of(run)
    except NotFound as error:
        raise Http404 from error


def _look(form: UploadForm, request: HttpRequest) -> SyncReport | None:
    """Read the sheet; what is wrong with it stands at its field."""
    file, source = form.cleaned_data["file"], SourceName(form.cleaned_data["source"])
    try:
        report = look_at_sheet(source=source, name=file.name, content=file.read(), actor=signed_in(request))
    except DomainError as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return None
    if report.error and report.state != RunState.HELD:
        form.add_error(None if report.state == BUSY else "file", report.error)
    return report
