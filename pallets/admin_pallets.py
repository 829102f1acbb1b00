"""The page of a pallet and what can be done there and in the list: thin views, one domain call each."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin_base import form_page
from common.admin_keys import is_key
from common.people import signed_in
from pallets.admin_pages import acted, require
from pallets.flow_forms import CancelForm, ShipForm
from pallets.models import Pallet, Shipment
from pallets.pallet_pages import pallet_context
from pallets.services.cancel import cancel_pallet
from pallets.services.replan import replan_pallet
from pallets.services.shipments import make_shipment
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet


class PalletPages:
    """The pages of a pallet, for the admin of Pallet."""

    admin_site: Any
    opts: Any
    actions = ("put_on_shipment",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<str:code>/pack/", wrap(self.pack), name="pallet_pack"),
            path("<str:code>/reopen/", wrap(self.reopen), name="pallet_reopen"),
            path("<str:code>/replan/", wrap(self.replan), name="pallet_replan"),
            path("<str:code>/ship/", wrap(self.ship), name="pallet_ship"),
            path("<str:code>/cancel/", wrap(self.cancel), name="pallet_cancel"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "pallets.view_pallet")
        pallets = Pallet.objects.select_related("store", "shipment")
        pallet = get_object_or_404(pallets, pk=object_id if is_key(object_id) else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{pallet.code} · {pallet.store.name}",
            "may_change": request.user.has_perm("pallets.change_pallet"),
            **pallet_context(pallet, step=request.GET.get("step", "")),
        }
        return TemplateResponse(request, "pallets/pallet_page.html", context)

    def pack(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            pack_pallet(code=code, actor=signed_in(request))
            return _("%(code)s is packed.") % {"code": code}

        return self._press(request, code, act)

    def reopen(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            reopen_pallet(code=code, actor=signed_in(request))
            return _("%(code)s is planned again.") % {"code": code}

        return self._press(request, code, act)

    def replan(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            pallets = ", ".join(pallet.code for pallet in replan_pallet(code=code, actor=signed_in(request)))
            if pallets == code:
                return _("%(code)s is packed anew.") % {"code": code}
            return _("Packed anew: %(pallets)s.") % {"pallets": pallets}

        return self._press(request, code, act)

    def _press(self, request: HttpRequest, code: str, act: Callable[[], str]) -> HttpResponse:
        """What a button of the page does; it answers on the page."""
        require(request, "pallets.change_pallet")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        pallet = get_object_or_404(Pallet.objects.only("pk"), code=code)
        acted(request, act)
        return redirect("admin:pallets_pallet_change", pallet.pk)

    def ship(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "pallets.change_pallet")
        pallet = get_object_or_404(Pallet.objects.select_related("store"), code=code)

        def act(cleaned: dict[str, Any]) -> str:
            ship_pallet(code=code, actor=signed_in(request), **cleaned)
            return _("%(code)s has left; its units are off the stock.") % {"code": code}

        return form_page(
            self,
            request,
            form=ShipForm(request.POST or None, planned_on=timezone.localdate(pallet.created_at)),
            title=_("Ship %(code)s to %(store)s") % {"code": code, "store": pallet.store.name},
            submit=_("Ship"),
            back=reverse("admin:pallets_pallet_change", args=[pallet.pk]),
            act=act,
            note=_("This cannot be undone: the units leave the stock."),
        )

    def cancel(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "pallets.change_pallet")
        pallet = get_object_or_404(Pallet.objects.select_related("store"), code=code)

        def act(cleaned: dict[str, Any]) -> str:
            cancel_pallet(code=code, reason=cleaned["reason"], actor=signed_in(request))
            return _("%(code)s is cancelled.") % {"code": code}

        own = _("Its units are released and what is held for them is given back.")
        pooled = _("Its goods go back to their carts and wait to be pooled; nothing is given back.")
        return form_page(
            self,
            request,
            form=CancelForm(request.POST or None),
            title=_("Cancel %(code)s to %(store)s") % {"code": code, "store": pallet.store.name},
            submit=_("Cancel the pallet"),
            back=reverse("admin:pallets_pallet_change", args=[pallet.pk]),
            act=act,
            note=pooled if pallet.is_pooled else own,
        )

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(("pallets.add_shipment", "pallets.change_pallet"))

    @admin.action(description=gettext_lazy("Put on one shipment"), permissions=["send"])
    def put_on_shipment(self, request: HttpRequest, queryset: QuerySet[Pallet]) -> HttpResponse | None:
        made: list[Shipment] = []

        def act() -> str:
            codes = list(queryset.values_list("code", flat=True))
            made.append(make_shipment(pallets=codes, actor=signed_in(request)))
            return _("%(code)s has %(count)s pallets.") % {"code": made[0].code, "count": len(codes)}

        acted(request, act)
        return redirect("admin:pallets_shipment_change", made[0].pk) if made else None
