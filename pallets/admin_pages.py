"""The cart generator and the cart page: thin views, one domain call each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from allocation.models import Cart
from common.admin_base import form_page, page_action
from common.admin_keys import is_key
from common.errors import DomainError
from common.people import signed_in
from pallets.flow_forms import CancelForm, PoolForm
from pallets.flow_pages import pool_context
from pallets.forms import GeneratorForm
from pallets.pages import cart_context
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.pooling import pool_goods, unpool
from pallets.services.ways_out import find_ways_out


def require(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def acted(request: HttpRequest, act: Callable[[], str]) -> None:
    """Run `act` and tell its answer; where it cannot be done, tell every problem."""
    try:
        messages.success(request, act())
    except DomainError as error:
        for problem in error.problems:
            messages.error(request, problem.message)


class CartPages:
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
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "allocation.view_cart")
        carts = Cart.objects.select_related("client", "store", "policy", "created_by")
        cart = get_object_or_404(carts, pk=object_id if is_key(object_id) else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{cart.code} · {cart.store.name}",
            "may_confirm": request.user.has_perms(("allocation.change_cart", "pallets.add_pallet")),
            "may_generate": request.user.has_perm("allocation.add_cart"),
            "may_cancel": request.user.has_perm("allocation.change_cart"),
            "may_pool": request.user.has_perms(POOL),
            **cart_context(cart),
            **pool_context(cart),
        }
        return TemplateResponse(request, "pallets/cart_page.html", context)

    def generator(self, request: HttpRequest) -> HttpResponse:
        """Choose, generate, and review the draft on its own page."""
        require(request, "allocation.add_cart")
        initial = {name: request.GET[name] for name in ("client", "store") if name in request.GET}
        form = GeneratorForm(request.POST) if request.method == "POST" else GeneratorForm(initial=initial)
        if form.is_bound and form.is_valid():
            wanted = form.cleaned_data
            try:
                cart = generate_pallets(
                    store_id=wanted["store"].panel_id,
                    amount=wanted["amount"],
                    policy=wanted["policy"].slug,
                    wishes=form.wishes(),
                    build_anyway=wanted["build_anyway"],
                    confirm=False,
                    actor=signed_in(request),
                )
            except DomainError as error:
                for problem in error.problems:
                    form.add_error(FORM_FIELDS.get(problem.field), problem.message)
            else:
                return redirect("admin:allocation_cart_change", cart.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New cart"), "form": form}
        return TemplateResponse(request, "pallets/generator.html", context)

    def confirm(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "allocation.change_cart", "pallets.add_pallet")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cart = get_object_or_404(Cart, code=code)
        anyway = True if request.POST.get("build_anyway") else None

        def act() -> str:
            confirm_cart(code=code, build_anyway=anyway, actor=signed_in(request))
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
        cart = get_object_or_404(Cart.objects.select_related("store"), code=code)

        def act(cleaned: dict[str, Any]) -> str:
            cancel_cart(code=code, reason=cleaned["reason"], actor=signed_in(request))
            return _("%(code)s is cancelled; what it held and reserved is free again.") % {"code": code}

        return form_page(
            self,
            request,
            form=CancelForm(request.POST or None),
            title=_("Cancel %(code)s for %(store)s") % {"code": code, "store": cart.store.name},
            submit=_("Cancel the cart"),
            back=reverse("admin:allocation_cart_change", args=[cart.pk]),
            act=act,
            note=_("Units that have not left are released and what is held for them is given back."),
        )

    def pool(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, *POOL)
        cart = get_object_or_404(Cart.objects.select_related("store"), code=code)
        form = PoolForm(request.POST or None, cart=cart)

        def act(cleaned: dict[str, Any]) -> str:
            store = cleaned["store"]
            pallets = pool_goods(cart_code=code, store_id=store.panel_id, cases=form.cases(), actor=signed_in(request))
            on = ", ".join(pallet.code for pallet in pallets)
            return _("Goods of %(code)s stand on %(pallets)s of %(store)s now.") % {
                "code": code, "pallets": on, "store": store.name,
            }  # fmt: skip

        return form_page(
            self,
            request,
            form=form,
            title=_("Pool goods of %(code)s for %(store)s") % {"code": code, "store": cart.store.name},
            submit=_("Pool"),
            back=reverse("admin:allocation_cart_change", args=[cart.pk]),
            act=act,
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


POOL = ("allocation.change_cart", "pallets.add_pallet")
FORM_FIELDS = {
    "storeID": "store",
    "clientID": "client",
    "amount": "amount",
    "policy": "policy",
    "maxUnitsPerAsin": "max_units_per_asin",
    "minRoiPercent": "min_roi_percent",
}
