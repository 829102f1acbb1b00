"""The cart generator and the cart page: thin views, one domain call each."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from allocation.models import Cart
from allocation.states import CartState
from common.admin_base import form_page, page_action
from common.admin_keys import is_key
from common.errors import DomainError
from common.people import signed_in
from pallets.draft_input import Typed, read_version
from pallets.draft_pages import EDIT, DraftPages, typed_from_link
from pallets.draft_view import draft_context, edited_context
from pallets.flow_forms import CancelForm, PoolForm
from pallets.flow_pages import pool_context
from pallets.forms import GeneratorForm
from pallets.once import FIELD as ONCE
from pallets.once import answered, new_key, only_once
from pallets.page_actions import acted as acted
from pallets.page_actions import require as require
from pallets.pages import cart_context, generate_again
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.draft_edits import discard_draft
from pallets.services.pooling import pool_goods, unpool
from pallets.services.versions import refused_cancelling
from pallets.services.ways_out import find_ways_out


class CartPages(DraftPages):
    """The pages of a cart, for the admin of Cart."""

    admin_site: Any
    opts: Any
    actions_list = ("new_cart",)

    def has_generate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("allocation.add_cart"))

    @page_action(description=_("New cart"), url_path="new", icon="add_shopping_cart", permissions=["generate"])
    def new_cart(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:cart_generator")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("generate/", wrap(self.generator), name="cart_generator"),
            path("<str:code>/confirm/", wrap(self.confirm), name="cart_confirm"),
            path("<str:code>/cancel/", wrap(self.cancel), name="cart_cancel"),
            path("<str:code>/pool/", wrap(self.pool), name="cart_pool"),
            path("<str:code>/unpool/", wrap(self.unpool), name="cart_unpool"),
            path("<str:code>/ways-out/", wrap(self.ways_out), name="cart_ways_out"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "allocation.view_cart")
        carts = Cart.objects.select_related("client", "store__client", "policy", "created_by")
        return self.cart_page(request, get_object_or_404(carts, pk=object_id if is_key(object_id) else None))

    def cart_page(self, request: HttpRequest, cart: Cart, typed: Typed | None = None) -> HttpResponse:
        """The page of a cart, with what somebody typed of a draft."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{cart.code} · {cart.store.name}",
            "may_confirm": request.user.has_perms(("allocation.change_cart", "pallets.add_pallet")),
            "may_generate": request.user.has_perm("allocation.add_cart"),
            "may_cancel": request.user.has_perm("allocation.change_cart"),
            "may_edit": request.user.has_perm(EDIT),
            "may_pool": request.user.has_perms(POOL),
            **cart_context(cart),
            **pool_context(cart),
            **edited_context(cart),
        }
        if cart.state == CartState.DRAFT:
            typed = typed or typed_from_link(request, cart)
            context |= draft_context(cart, context["lines"], typed)
        elif not cart.is_holding and cart.state != CartState.SHIPPED:
            context["again"] = urlencode(generate_again(cart))
        return TemplateResponse(request, "pallets/cart_page.html", context)

    def generator(self, request: HttpRequest) -> HttpResponse:
        """Choose, generate, and review the draft on its own page. The same form sent twice makes one draft."""
        require(request, "allocation.add_cart")
        if request.method == "POST":
            form = GeneratorForm(request.POST)
        else:
            named = [name for name in GeneratorForm.base_fields if name in request.GET]
            form = GeneratorForm(initial={name: request.GET[name] for name in named})
        if form.is_bound and form.is_valid():
            try:
                made, again = only_once(request, lambda: _generate(form, signed_in(request)))
            except DomainError as error:
                for problem in error.problems:
                    form.add_error(FORM_FIELDS.get(problem.field), problem.message)
            else:
                if again:
                    words = _("This form was sent before: %(code)s is what it made. “New cart” makes another.")
                    messages.info(request, words % made)
                return redirect("admin:allocation_cart_change", made["cart"])
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New cart"), "form": form}
        return TemplateResponse(request, "pallets/generator.html", {**context, "once": new_key()})

    def confirm(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "allocation.change_cart", "pallets.add_pallet")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cart = get_object_or_404(Cart, code=code)
        anyway = True if request.POST.get("build_anyway") else None

        def act() -> str:
            version = read_version(request.POST.get("version"))
            confirm_cart(code=code, build_anyway=anyway, version=version, actor=signed_in(request))
            return _("%(code)s is confirmed: its units are reserved and its total is held.") % {"code": code}

        acted(request, act)
        return redirect("admin:allocation_cart_change", cart.pk)

    def ways_out(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "allocation.change_cart")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cart = get_object_or_404(Cart, code=code)

        def act() -> str:
            find_ways_out(code=code)
            return _("The ways out of the last pallet are worked out.")

        acted(request, act)
        return redirect("admin:allocation_cart_change", cart.pk)

    def cancel(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "allocation.change_cart")
        carts = Cart.objects.select_related("client", "store__client", "policy", "created_by")
        cart = get_object_or_404(carts, code=code)
        is_draft = cart.state == CartState.DRAFT
        if not is_draft and not cart.is_holding:
            messages.info(request, refused_cancelling(cart))
            return self.cart_page(request, cart)

        def act(cleaned: dict[str, Any]) -> str:
            version, reason, actor = read_version(request.POST.get("version")), cleaned["reason"], signed_in(request)
            if is_draft:
                discard_draft(code=code, reason=reason, version=version, actor=actor)
                return _("%(code)s is discarded.") % {"code": code}
            cancel_cart(code=code, reason=reason, version=version, actor=actor)
            return _("%(code)s is cancelled; what it held and reserved is free again.") % {"code": code}

        return form_page(
            self,
            request,
            form=CancelForm(request.POST or None),
            title=_("Cancel %(code)s for %(store)s") % {"code": code, "store": cart.store.name},
            submit=_("Discard the draft") if is_draft else _("Cancel the cart"),
            back=reverse("admin:allocation_cart_change", args=[cart.pk]),
            act=act,
            hidden=(("version", cart.version),),
            note=_("A draft holds nothing: nothing is given back.")
            if is_draft
            else _("Units that have not left are released and what is held for them is given back."),
        )

    def pool(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, *POOL)
        cart = get_object_or_404(Cart.objects.select_related("store"), code=code)
        if request.method == "POST" and (before := answered(request)):
            messages.info(request, before["told"])
            return redirect("admin:allocation_cart_change", cart.pk)
        form = PoolForm(request.POST or None, cart=cart)

        def pooled() -> dict[str, Any]:
            store = form.cleaned_data["store"]
            pallets = pool_goods(cart_code=code, store_id=store.panel_id, cases=form.cases(), actor=signed_in(request))
            known = {"code": code, "pallets": ", ".join(pallet.code for pallet in pallets), "store": store.name}
            return {"told": _("Goods of %(code)s stand on %(pallets)s of %(store)s now.") % known}

        def act(_cleaned: dict[str, Any]) -> str:
            return str(only_once(request, pooled)[0]["told"])

        return form_page(
            self,
            request,
            form=form,
            title=_("Pool goods of %(code)s for %(store)s") % {"code": code, "store": cart.store.name},
            submit=_("Pool"),
            back=reverse("admin:allocation_cart_change", args=[cart.pk]),
            act=act,
            hidden=((ONCE, new_key()),),
            note=_("They stay reserved and held at max shipping; what the shared pallet saves is given back when it is "
                   "packed."),
        )  # fmt: skip

    def unpool(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, *POOL)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cart = get_object_or_404(Cart, code=code)

        def act() -> str:
            unpool(cart_code=code, actor=signed_in(request))
            return _("The goods of %(code)s wait for a pallet again.") % {"code": code}

        acted(request, act)
        return redirect("admin:allocation_cart_change", cart.pk)


def _generate(form: GeneratorForm, actor: User) -> dict[str, Any]:
    """The draft that the form asks for."""
    asked = form.cleaned_data
    cart = generate_pallets(
        store_id=asked["store"].panel_id,
        amount=asked["amount"],
        policy=asked["policy"].slug,
        wishes=form.wishes(),
        build_anyway=asked["build_anyway"],
        confirm=False,
        actor=actor,
    )
    return {"cart": cart.pk, "code": cart.code}


POOL = ("allocation.change_cart", "pallets.add_pallet")
FORM_FIELDS = {
    "storeID": "store",
    "clientID": "client",
    "amount": "amount",
    "policy": "policy",
    "maxUnitsPerAsin": "max_units_per_asin",
    "minRoiPercent": "min_roi_percent",
}
