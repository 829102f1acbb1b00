"""The pages by which a draft is edited: save, live recheck, search, bring up to date; thin views."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.models import Cart
from common.errors import Conflict, DomainError
from common.money import usd
from common.people import signed_in
from pallets.draft_check import Wanted, check_draft
from pallets.draft_input import CODE, FIELD, Typed, read_typed, read_version
from pallets.draft_view import recheck_answer, search
from pallets.page_actions import require, tell_problems
from pallets.services.draft_edits import Edit, open_draft, save_draft
from pallets.services.draft_renewal import renew_draft
from pallets.services.versions import AlreadyDone, changed_since

EDIT = "allocation.change_cart"


class DraftPages:
    """The pages of a draft, for the admin of Cart."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<str:code>/edit/", wrap(self.edit), name="cart_edit"),
            path("<str:code>/recheck/", wrap(self.recheck), name="cart_recheck"),
            path("<str:code>/search/", wrap(self.search), name="cart_search"),
            path("<str:code>/renew/", wrap(self.renew), name="cart_renew"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def cart_page(self, request: HttpRequest, cart: Cart, typed: Typed | None = None) -> HttpResponse:
        """The page of a cart, with what somebody typed of it."""
        raise NotImplementedError

    def edit(self, request: HttpRequest, code: str) -> HttpResponse:
        """Save what was typed; where it cannot be saved it stands on the page again, each problem at its row."""
        require(request, EDIT)
        carts = Cart.objects.select_related("client", "store__client", "policy", "created_by")
        cart = get_object_or_404(carts, code=code)
        if request.method != "POST":
            return redirect("admin:allocation_cart_change", cart.pk)
        typed = read_typed(request.POST, there=dict(cart.lines.values_list("asin__code", "cases")))
        problems = typed.problems
        try:
            version = read_version(request.POST.get("version"))
            if not problems:
                edit = save_draft(code=code, wanted=typed.wanted, version=version, actor=signed_in(request))
                _tell(request, edit)
                return redirect("admin:allocation_cart_change", cart.pk)
            check = check_draft(open_draft(code), typed.wanted, now=timezone.now())
            problems = (*problems, *check.problems)
        except AlreadyDone as error:
            messages.error(request, str(error))
            return redirect("admin:allocation_cart_change", cart.pk)
        except Conflict as error:
            messages.error(request, str(error))
            problems = ()
        except DomainError as error:
            problems = error.problems
        if problems:
            messages.error(request, _("Nothing was saved: what is wrong stands at its line."))
        return self.cart_page(request, carts.get(code=code), replace(typed, problems=problems))

    def recheck(self, request: HttpRequest, code: str) -> HttpResponse:
        """What was typed, checked and priced, as JSON; nothing is written. With `exact` it is packed as well."""
        require(request, EDIT)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        typed = read_typed(request.POST)
        try:
            version = read_version(request.POST.get("version"))
            cart = open_draft(code)
            exact = "exact" in request.POST and not typed.problems
            check = check_draft(cart, typed.wanted, now=timezone.now(), exact=exact)
        except DomainError as error:
            told = [{"field": problem.field, "message": problem.message} for problem in error.problems]
            return JsonResponse({"problems": told}, status=error.status)
        changed = changed_since(cart, version) if version is not None and version != cart.version else ""
        return JsonResponse(recheck_answer(check, problems=typed.problems, changed=changed))

    def search(self, request: HttpRequest, code: str) -> HttpResponse:
        """ASINs in stock that the draft's store may have, as JSON."""
        require(request, EDIT)
        try:
            return JsonResponse(search(open_draft(code), request.GET.get("q", "")[:80]))
        except DomainError as error:
            told = [{"field": problem.field, "message": problem.message} for problem in error.problems]
            return JsonResponse({"problems": told}, status=error.status)

    def renew(self, request: HttpRequest, code: str) -> HttpResponse:
        """Bring the draft to today's prices, stock and balance."""
        require(request, EDIT)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cart = get_object_or_404(Cart, code=code)
        try:
            edit = renew_draft(code=code, version=read_version(request.POST.get("version")), actor=signed_in(request))
        except DomainError as error:
            tell_problems(request, error)
        else:
            for words in edit.told:
                messages.warning(request, words)
            done = _("%(code)s is up to date: it costs %(total)s.") if edit.is_changed else _("%(code)s is up to date.")
            messages.success(request, done % {"code": code, "total": usd(edit.cart.total)})
        return redirect("admin:allocation_cart_change", cart.pk)


def typed_from_link(request: HttpRequest, cart: Cart) -> Typed | None:
    """An ASIN that a link of the page adds, `?add=<ASIN>`: a case of it stands in the form and is not saved yet."""
    code = request.GET.get("add", "")
    if not CODE.fullmatch(code) or cart.lines.filter(asin__code=code).exists():
        return None
    return Typed({f"{FIELD}{code}": "1"}, Wanted({code: 1}))


def _tell(request: HttpRequest, edit: Edit) -> None:
    cart = edit.cart
    if edit.is_changed:
        words = _("%(code)s is saved: it costs %(total)s, %(shipping)s of it for shipping.")
        told = {"code": cart.code, "total": usd(cart.total), "shipping": usd(cart.shipping)}
        messages.success(request, words % told)
    else:
        messages.info(request, _("%(code)s has these lines already; nothing was changed.") % {"code": cart.code})
