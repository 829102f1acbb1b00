"""The pages of a suggestion: look at it, accept all or a part, dismiss it; thin views, one domain call each."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from allocation.admin_suggestions import TransferSuggestionAdmin
from allocation.models import TransferSuggestion
from common.admin_base import form_page
from common.admin_keys import is_key
from common.errors import DomainError
from common.people import signed_in
from pallets.page_actions import require, tell_problems
from pallets.services.answering import full_words, told
from pallets.services.own_pallets import build_anyway
from pallets.services.suggestions import Accepted, accept_suggestion, dismiss_suggestion
from pallets.suggestion_forms import AcceptForm, DismissForm
from pallets.suggestion_view import Goods, goods_of, suggestion_context

DISMISS = ("allocation.change_transfersuggestion", "allocation.change_cart")
ACCEPT = (*DISMISS, "pallets.add_pallet")
BUY = (*ACCEPT, "allocation.add_cart")
TOPPED_UP = "The balance suffices for a pallet of its own"


class SuggestionPages:
    """The pages of a suggestion, for the admin of TransferSuggestion."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<str:key>/accept/", wrap(self.accept), name="suggestion_accept"),
            path("<str:key>/dismiss/", wrap(self.dismiss), name="suggestion_dismiss"),
            path("<str:key>/build/", wrap(self.build), name="suggestion_build"),
            path("<str:key>/renew/", wrap(self.renew), name="suggestion_renew"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "allocation.view_transfersuggestion")
        suggestion = _found(object_id)
        return self._page(request, suggestion, *_form(suggestion))

    def accept(self, request: HttpRequest, key: str) -> HttpResponse:
        suggestion = _found(key)
        require(request, *_needed(suggestion))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not suggestion.is_open:
            messages.error(request, told(suggestion))
            return redirect(_address(suggestion))
        goods, form = _form(suggestion, request.POST)
        if form.is_valid() and _accepted(request, suggestion, form):
            return redirect(_address(suggestion))
        return self._page(request, suggestion, goods, form)

    def _page(
        self, request: HttpRequest, suggestion: TransferSuggestion, goods: Goods, form: AcceptForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(suggestion),
            "form": form,
            "may_accept": request.user.has_perms(_needed(suggestion)),
            "may_dismiss": request.user.has_perms(DISMISS),
            **suggestion_context(suggestion, goods),
        }
        return TemplateResponse(request, "pallets/suggestion_page.html", context)

    def dismiss(self, request: HttpRequest, key: str) -> HttpResponse:
        require(request, *DISMISS)
        suggestion = _found(key)
        if not suggestion.is_open:
            messages.error(request, told(suggestion))
            return redirect(_address(suggestion))

        def act(cleaned: dict[str, Any]) -> str:
            keep = cleaned.get("cart") == DismissForm.KEEP
            dismiss_suggestion(pk=suggestion.pk, reason=cleaned["reason"], keep_cart=keep, actor=signed_in(request))
            code = {"code": suggestion.cart.code}
            if suggestion.is_for_house:
                return _("The suggestion for the house is dismissed.")
            if keep:
                return _("The suggestion is dismissed; %(code)s keeps what it holds and waits.") % code
            return _("The suggestion is dismissed; what waited of %(code)s is free again.") % code

        return form_page(
            self,
            request,
            form=DismissForm(request.POST or None, is_for_house=suggestion.is_for_house),
            title=_("Dismiss the suggestion for %(code)s of %(client)s")
            % {"code": suggestion.cart.code, "client": suggestion.cart.client.name},
            submit=_("Dismiss"),
            back=_address(suggestion),
            act=act,
            note=suggestion.reason,
        )

    def build(self, request: HttpRequest, key: str) -> HttpResponse:
        def act(suggestion: TransferSuggestion) -> str:
            pallets = build_anyway(pk=suggestion.pk, actor=signed_in(request))
            return _("%(code)s has pallets of its own now: %(pallets)s.") % {
                "code": suggestion.cart.code, "pallets": ", ".join(full_words(pallet) for pallet in pallets),
            }  # fmt: skip

        return self._press(request, key, ACCEPT, act, _address)

    def renew(self, request: HttpRequest, key: str) -> HttpResponse:
        """Release the cart and go on to a new one for the same store."""

        def act(suggestion: TransferSuggestion) -> str:
            dismiss_suggestion(pk=suggestion.pk, reason=TOPPED_UP, actor=signed_in(request))
            return _("%(code)s is released. Make the new cart here.") % {"code": suggestion.cart.code}

        return self._press(request, key, BUY, act, _generator)

    def _press(
        self,
        request: HttpRequest,
        key: str,
        needed: tuple[str, ...],
        act: Callable[[TransferSuggestion], str],
        onwards: Callable[[TransferSuggestion], str],
    ) -> HttpResponse:
        """What a button of the page does, and where one goes on; back to the page where it could not be done."""
        require(request, *needed)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        suggestion = _found(key)
        try:
            messages.success(request, act(suggestion))
        except DomainError as error:
            tell_problems(request, error)
            return redirect(_address(suggestion))
        return redirect(onwards(suggestion))


def _found(key: str) -> TransferSuggestion:
    suggestions = TransferSuggestion.objects.select_related(
        "cart__client", "cart__store", "cart__policy", "mutual_store__client", "decided_by", "made_cart"
    )
    return get_object_or_404(suggestions, pk=key if is_key(key) else None)


def _address(suggestion: TransferSuggestion) -> str:
    return reverse("admin:allocation_transfersuggestion_change", args=[suggestion.pk])


def _generator(suggestion: TransferSuggestion) -> str:
    """The cart generator with the store of the suggestion's cart chosen."""
    query = urlencode({"client": suggestion.cart.client_id, "store": suggestion.cart.store_id})
    return f"{reverse('admin:cart_generator')}?{query}"


def _form(suggestion: TransferSuggestion, data: Any = None) -> tuple[Goods, AcceptForm]:
    """What the suggestion is about, and the form to accept it."""
    goods = goods_of(suggestion)
    form = AcceptForm(data, rows=goods.rows, choices=goods.choices, chosen=goods.chosen)
    if suggestion.is_for_house:
        del form.fields["store"]
    return goods, form


def _needed(suggestion: TransferSuggestion) -> tuple[str, ...]:
    return BUY if suggestion.is_for_house else ACCEPT


def _accepted(request: HttpRequest, suggestion: TransferSuggestion, form: AcceptForm) -> bool:
    """Whether what a valid form says was done; the person is told either way."""
    try:
        done = accept_suggestion(
            pk=suggestion.pk,
            store_id=form.cleaned_data.get("store"),
            cases=form.cases(),
            waiting=None if suggestion.is_for_house else form.cleaned_data.get("waiting"),
            actor=signed_in(request),
        )
    except DomainError as error:
        for problem in error.problems:
            form.add_error(None, problem.message)
        return False
    messages.success(request, _done_words(suggestion, done))
    return True


def _done_words(suggestion: TransferSuggestion, done: Accepted) -> str:
    known = {
        "code": done.cart.code,
        "pallets": ", ".join(full_words(pallet) for pallet in done.pallets),
        "store": done.pallets[0].store.name,
        "waiting": f"{done.waiting:,}",
        "held": f"${done.cart.hold_open:,.2f}",
    }
    if suggestion.is_for_house:
        return _("The house bought %(code)s: its goods stand on %(pallets)s of %(store)s, %(held)s is held.") % known
    words = _("Goods of %(code)s stand on %(pallets)s of %(store)s now; %(held)s is held until it is packed.") % known
    return words + (" " + _("%(waiting)s units wait still.") % known if done.waiting else "")


@admin.register(TransferSuggestion)
class SuggestionAdminWithPages(SuggestionPages, TransferSuggestionAdmin):
    """The list of suggestions with the pages that need pallets."""
