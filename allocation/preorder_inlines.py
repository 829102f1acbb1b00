"""What belongs to a preorder, under its page: payments, arrivals, carts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from allocation.models import PreorderAllocation, PreorderArrival, PreorderPayment
from allocation.states import ArrivalState
from common.admin_base import ReadOnlyInline
from common.admin_columns import link_to, state, units, usd


class PaymentInline(ReadOnlyInline):
    model = PreorderPayment
    verbose_name_plural = _("payments")
    fields = ("created_at", "amount_usd", "note", "actor")
    readonly_fields = fields

    amount_usd = usd("amount", _("amount"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor")


class ArrivalInline(ReadOnlyInline):
    model = PreorderArrival
    verbose_name_plural = _("arrivals")
    fields = ("created_at", "proposed_units", "confirmed_units", "state_badge", "came_from", "actor", "decided_at")
    readonly_fields = fields

    proposed_units = units("proposed", _("proposed"))
    confirmed_units = units("units", _("confirmed"))
    state_badge = state("state", _("status"), {ArrivalState.PROPOSED: "orange", ArrivalState.CONFIRMED: "green"})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor", "movement")

    @admin.display(description=_("came from"))
    def came_from(self, arrival: PreorderArrival) -> str:
        if arrival.movement is None:
            return arrival.note or str(_("Entered by hand"))
        return arrival.movement.reason or arrival.movement.get_kind_display()


class AllocationInline(ReadOnlyInline):
    model = PreorderAllocation
    verbose_name_plural = _("carts")
    fields = ("cart_link", "cart_state", "kept_units", "prepaid_usd", "owed_usd", "allocated_at")
    readonly_fields = fields

    kept_units = units("kept", _("units"))
    prepaid_usd = usd("prepaid", _("paid before"))
    owed_usd = usd("owed", _("held for the goods"))

    def get_queryset(self, request: HttpRequest) -> Any:
        taken = super().get_queryset(request).filter(allocated_at__isnull=False)
        return taken.select_related("cart_line__cart", "preorder")

    @admin.display(description=_("cart"))
    def cart_link(self, allocation: PreorderAllocation) -> Any:
        return link_to(allocation.cart_line.cart) if allocation.cart_line else _("Elsewhere, as the file says")

    @admin.display(description=_("state"))
    def cart_state(self, allocation: PreorderAllocation) -> str:
        return allocation.cart_line.cart.get_state_display() if allocation.cart_line else ""
