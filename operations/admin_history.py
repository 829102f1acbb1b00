"""The history as staff see it: on the page of each object, and on one page that can be searched."""

import re
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.admin_columns import admin_url
from common.admin_history import HISTORY_PAGE
from common.people import signed_in
from operations.history import kinds_of_objects, read_history
from operations.history_entries import Entry, Kind, Page, read_place
from operations.history_form import KINDS, HistoryForm
from operations.history_scope import Wanted
from operations.history_versions import may_view

COLOURS = {Kind.EDIT: "grey", Kind.FEED: "blue", Kind.STOCK: "green", Kind.MONEY: "orange", Kind.UNGATING: "red"}
# References that name an object by its key, and the kind of object.
REFERENCES = (
    (re.compile(r"C-0*(\d{1,18})\Z"), "allocation.cart"),
    (re.compile(r"P-0*(\d{1,18})\Z"), "pallets.pallet"),
    (re.compile(r"S-0*(\d{1,18})\Z"), "pallets.shipment"),
    (re.compile(r"preorder (\d{1,18})\Z"), "allocation.preorder"),
    (re.compile(r"sync #(\d{1,18})\Z"), "common.run"),
)


def history_page(request: HttpRequest) -> HttpResponse:
    """Everything that happened, newest first, by what the form asks for."""
    user, ends = signed_in(request), _place(request)
    form = HistoryForm(request.GET, user=user)
    page = read_history(form.wanted(ends)) if form.is_valid() else Page([])
    return _answer(request, page, bool(ends), form=form, title=_("History"), is_search=_is_search(request))


def object_history(model_admin: Any, request: HttpRequest, obj: Model) -> HttpResponse:
    """What happened to `obj`, which this user may see."""
    user, ends = signed_in(request), _place(request)
    page = read_history(Wanted(user=user, subject=obj, ends=ends))
    context = {
        "title": _("History of %(what)s") % {"what": obj},
        "opts": model_admin.opts,
        "object": obj,
        "back": admin_url(obj),
        "is_kept": obj._meta.label_lower in kinds_of_objects(user),
    }
    return _answer(request, page, bool(ends), subject=obj, **context)


HISTORY_PAGE[:] = [object_history]


def _place(request: HttpRequest) -> dict[str, int]:
    """Where the page begins; the newest where the address says something else."""
    try:
        return read_place(request.GET.get("older", ""))
    except ValueError:
        messages.warning(request, _("There is no such page: this is the newest one."))
        return {}


def _is_search(request: HttpRequest) -> bool:
    return any(value for name, value in request.GET.items() if name != "older")


def _answer(
    request: HttpRequest, page: Page, is_older: bool, *, subject: Model | None = None, **context: Any
) -> HttpResponse:
    user, query = signed_in(request), request.GET.copy()
    query.pop("older", None)
    newest = query.urlencode()
    query["older"] = page.older
    shown = {
        "rows": [_row(entry, user, subject) for entry in page.entries],
        "newest": f"?{newest}" if is_older else "",
        "older": f"?{query.urlencode()}" if page.older else "",
    }
    each = admin.site.each_context(request)
    return TemplateResponse(request, "operations/history.html", {**each, **context, **shown})


def _row(entry: Entry, user: User, subject: Model | None) -> dict[str, Any]:
    """An entry with its links; on an object's own page the object is not named again."""
    is_own = subject is not None and (entry.model, entry.object_id) == (subject._meta.label_lower, subject.pk)
    return {
        "entry": entry,
        "about": "" if is_own else entry.about,
        "about_url": "" if is_own else _url(entry.model, entry.object_id, user),
        "object_kind": ""
        if is_own or entry.object_id is None
        else capfirst(str(apps.get_model(entry.model)._meta.verbose_name)),
        "kind": KINDS[entry.kind],
        "colour": COLOURS[entry.kind],
        "who": entry.who or _("The system"),
        "who_url": _url("common.run", entry.run_id, user),
        "reference_url": _reference_url(entry.reference, user),
    }


def _reference_url(reference: str, user: User) -> str:
    for pattern, label in REFERENCES:
        if found := pattern.match(reference):
            return _url(label, int(found[1]), user)
    return ""


def _url(label: str, key: int | None, user: User) -> str:
    """The page of an object, for those who may see it; nothing where there is none."""
    if not key or not may_view(user, label):
        return ""
    try:
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[key])
    except NoReverseMatch:
        return ""
