"""The arrival screen: a person says what came for which preorder."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from allocation.arrival_screen import Entry, Typed, claims_page
from allocation.models import Preorder
from allocation.preorder_pages import form_key
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals, refuse_arrivals
from common.admin_base import page_action
from common.admin_keys import is_key
from common.errors import DomainError, Problem
from common.people import signed_in

WHOLE = re.compile(r"[0-9]{1,8}|[0-9]{1,3}(,[0-9]{3}){1,2}", re.ASCII)


class ArrivalPages:
    """The arrival screen, for the admin of preorders."""

    admin_site: Any
    opts: Any
    get_object: Any
    has_view_permission: Any
    has_change_permission: Any

    def has_look_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("allocation.view_preorder"))

    @page_action(description=_("Arrivals"), url_path="of-arrivals", icon="inventory", permissions=["look"])
    def arrivals_of_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The arrival screen of one preorder's ASIN."""
        preorder = self.get_object(request, object_id)
        address = reverse("admin:allocation_preorder_arrivals_page")
        return redirect(f"{address}?{urlencode({'asin': preorder.asin.code})}" if preorder else address)

    @page_action(description=_("Arrivals"), url_path="arrivals", icon="inventory", permissions=["look"])
    def arrivals_page(self, request: HttpRequest) -> HttpResponse:
        typed = None
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            typed = _act(request)
            if typed is None:
                return redirect(request.get_full_path())
        today = timezone.localdate()
        code = request.GET.get("asin", "").strip().upper()
        page, groups = claims_page(code=code, number=request.GET.get("page", "1"), today=today, typed=typed)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Arrivals of preorders"),
            "opts": self.opts,
            "groups": groups,
            "page": page,
            "code": code,
            "key": form_key(request),
            "overdue": Preorder.objects.overdue(today).count(),
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "allocation/arrivals.html", context)


def _act(request: HttpRequest) -> Typed | None:
    """Do what was asked for; what was typed where it cannot be done."""
    post = request.POST
    if post.get("act") == "propose":
        units = propose_arrivals(now=timezone.now())
        found = f"{units:,} units were proposed." if units else "Nothing has come in that was not proposed already."
        messages.success(request, found)
        return None
    asin_id = int(post["asin"]) if is_key(post.get("asin", "")) else 0
    ids = [int(key) for key in post.getlist("take") if is_key(key)]
    try:
        done = _refuse(request, asin_id, ids) if post.get("act") == "refuse" else _confirm(request, asin_id, ids)
    except DomainError as error:
        return _typed(post, asin_id, ids, error)
    messages.success(request, done)
    return None


def _refuse(request: HttpRequest, asin_id: int, ids: list[int]) -> str:
    if not ids:
        raise DomainError("Tick the preorders for which nothing came.")
    units = refuse_arrivals(
        asin_id=asin_id, preorder_ids=ids, key=form_key(request), now=timezone.now(), actor=signed_in(request)
    )
    return f"{units:,} proposed units did not come for these preorders; they stay free."


def _confirm(request: HttpRequest, asin_id: int, ids: list[int]) -> str:
    if not ids:
        raise DomainError("Tick the preorders for which units came.")
    coming, problems = [], []
    for preorder_id in ids:
        units, arrived, proposed = (
            _whole(request.POST.get(f"{name}-{preorder_id}", "")) for name in ("units", "arrived", "proposed")
        )
        if units is None:
            problems.append(Problem(f"units-{preorder_id}", "Enter whole units, such as 12."))
        else:
            coming.append(Coming(preorder_id, units, arrived or 0, proposed or 0))
    if problems:
        raise DomainError(problems)
    done = confirm_arrivals(
        asin_id=asin_id, coming=coming, key=form_key(request), now=timezone.now(), actor=signed_in(request)
    )
    what = "1 preorder" if len(done) == 1 else f"{len(done)} preorders"
    return f"{sum(done.values()):,} units have arrived for {what} and are kept for them."


def _whole(text: str) -> int | None:
    found = WHOLE.fullmatch(text.strip())
    return int(found.group().replace(",", "")) if found else None


def _typed(post: QueryDict, asin_id: int, ids: list[int], error: DomainError) -> Typed:
    errors = {problem.field: problem.message for problem in error.problems}
    entries = {}
    for name, text in post.items():
        key = name.removeprefix("units-")
        if key != name and is_key(key):
            entries[int(key)] = Entry(int(key) in ids, str(text)[:20], errors.pop(name, ""))
    return Typed(asin_id, entries, tuple(errors.values()))
