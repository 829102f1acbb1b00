"""The page of a shipment: pallets put on and taken off, all shipped at once; thin views, one domain call each."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.admin_base import form_page
from common.admin_keys import is_key
from common.people import signed_in
from pallets.admin_pages import acted, require
from pallets.flow_forms import ShipForm
from pallets.flow_pages import shipment_context
from pallets.models import Shipment
from pallets.services.shipments import add_pallets, cancel_shipment, remove_pallets, ship_shipment


class ShipmentPages:
    """The pages of a shipment, for the admin of Shipment."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<str:code>/add/", wrap(self.add), name="shipment_add_pallets"),
            path("<str:code>/remove/", wrap(self.remove), name="shipment_remove_pallets"),
            path("<str:code>/cancel/", wrap(self.cancel), name="shipment_cancel"),
            path("<str:code>/ship/", wrap(self.ship), name="shipment_ship"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request, "pallets.view_shipment")
        shipments = Shipment.objects.select_related("store", "created_by")
        shipment = get_object_or_404(shipments, pk=object_id if is_key(object_id) else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{shipment.code} · {shipment.store.name}",
            "may_change": request.user.has_perm("pallets.change_shipment"),
            **shipment_context(shipment),
        }
        return TemplateResponse(request, "pallets/shipment_page.html", context)

    def add(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            add_pallets(code=code, pallets=request.POST.getlist("pallet"), actor=signed_in(request))
            return _("%(pallets)s: on %(code)s now.") % {
                "pallets": ", ".join(request.POST.getlist("pallet")), "code": code,
            }  # fmt: skip

        return self._press(request, code, act)

    def remove(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            remove_pallets(code=code, pallets=request.POST.getlist("pallet"), actor=signed_in(request))
            return _("%(pallets)s: off %(code)s.") % {
                "pallets": ", ".join(request.POST.getlist("pallet")), "code": code,
            }  # fmt: skip

        return self._press(request, code, act)

    def cancel(self, request: HttpRequest, code: str) -> HttpResponse:
        def act() -> str:
            cancel_shipment(code=code, actor=signed_in(request))
            return _("%(code)s is cancelled; its pallets stand by themselves again.") % {"code": code}

        return self._press(request, code, act)

    def _press(self, request: HttpRequest, code: str, act: Callable[[], str]) -> HttpResponse:
        """What a button of the page does; it answers on the page."""
        require(request, "pallets.change_shipment")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        shipment = get_object_or_404(Shipment, code=code)
        acted(request, act)
        return redirect("admin:pallets_shipment_change", shipment.pk)

    def ship(self, request: HttpRequest, code: str) -> HttpResponse:
        require(request, "pallets.change_shipment", "pallets.change_pallet")
        shipment = get_object_or_404(Shipment.objects.select_related("store"), code=code)
        last = shipment.pallets.order_by("-created_at").values_list("created_at", flat=True).first()

        def act(cleaned: dict[str, Any]) -> str:
            ship_shipment(code=code, actor=signed_in(request), **cleaned)
            return _("%(code)s has left with all its pallets; their units are off the stock.") % {"code": code}

        return form_page(
            self,
            request,
            form=ShipForm(request.POST or None, planned_on=timezone.localdate(last or shipment.created_at)),
            title=_("Ship %(code)s to %(store)s") % {"code": code, "store": shipment.store.name},
            submit=_("Ship all"),
            back=reverse("admin:pallets_shipment_change", args=[shipment.pk]),
            act=act,
            note=_("This cannot be undone: the units of all its pallets leave the stock."),
        )
