"""The pages on which a person pays, cancels and credits a preorder: thin views, one domain call each."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from allocation.forms import PaymentForm, ReasonForm, RefundForm
from allocation.models import Preorder
from allocation.services.preorder_payments import record_payment, record_refund
from allocation.services.preorders import cancel_preorder, mark_credited
from allocation.states import OPEN_PREORDERS
from common.admin_base import form_page, page_action
from common.admin_columns import admin_url, dollars
from common.people import signed_in

FORM_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
Act = Callable[[Preorder, dict[str, Any]], str]


def form_key(request: HttpRequest) -> str:
    """The key of the form that was sent, so that sending it twice does nothing; a new one for a new form."""
    sent = request.POST.get("key", "")
    return sent if FORM_KEY.fullmatch(sent) else uuid4().hex


class PreorderPages:
    """Pages of one preorder, for its admin."""

    get_object: Any
    opts: Any
    _get_obj_does_not_exist_redirect: Any

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("allocation.change_preorder"))

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_pay_permission(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what can be done with the preorder as it is."""
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        preorder = self.get_object(request, object_id)
        if preorder is None:
            return actions
        is_open = preorder.state in OPEN_PREORDERS
        possible = {
            "record_payment_page": is_open and preorder.due > 0 and not preorder.from_feed,
            "record_refund_page": is_open and preorder.paid > 0 and not preorder.from_feed,
            "arrivals_of_page": is_open and preorder.to_come > 0,
            "cancel_page": not preorder.is_cancelled and not preorder.allocated,
            "credit_page": preorder.credit_due > 0,
        }
        impossible = tuple(name for name, can in possible.items() if not can)
        return [action for action in actions if not action.action_name.endswith(impossible)]

    @page_action(description=_("Record payment"), url_path="record-payment", icon="payments", permissions=["pay"])
    def record_payment_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = form_key(request)

        def act(preorder: Preorder, values: dict[str, Any]) -> str:
            paid = {"amount": values["amount"], "note": values["note"]}
            record_payment(preorder=preorder, key=f"form:{preorder.pk}:{key}", actor=signed_in(request), **paid)
            return f"{dollars(values['amount'])} recorded as paid."

        form, words = PaymentForm(request.POST or None), (_("Record a payment for"), _("Record payment"))
        return self._page(request, object_id, form, words, act, hidden=[("key", key)])

    @page_action(description=_("Record refund"), url_path="record-refund", icon="undo", permissions=["pay"])
    def record_refund_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = form_key(request)

        def act(preorder: Preorder, values: dict[str, Any]) -> str:
            back = {"amount": values["amount"], "note": values["note"]}
            record_refund(preorder=preorder, key=f"form:{preorder.pk}:{key}", actor=signed_in(request), **back)
            return f"{dollars(values['amount'])} recorded as given back."

        form, words = RefundForm(request.POST or None), (_("Record a refund for"), _("Record refund"))
        note = _("What was paid beyond the units in carts. The client's balance here is not changed by this.")
        return self._page(request, object_id, form, words, act, note=note, hidden=[("key", key)])

    @page_action(description=_("Cancel"), url_path="cancel", icon="cancel", permissions=["cancel"])
    def cancel_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(preorder: Preorder, values: dict[str, Any]) -> str:
            credit = cancel_preorder(preorder_id=preorder.pk, reason=values["reason"], actor=signed_in(request))
            return f"Cancelled.{f' A credit of {dollars(credit)} is due to the client.' if credit else ''}"

        note = _("Units that have arrived become free. What was paid is a credit due to the client.")
        words = (_("Cancel the preorder of"), _("Cancel the preorder"))
        return self._page(request, object_id, ReasonForm(request.POST or None), words, act, note=note)

    @page_action(description=_("Mark credited"), url_path="credited", icon="price_check", permissions=["pay"])
    def credit_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(preorder: Preorder, values: dict[str, Any]) -> str:
            usd = mark_credited(preorder_id=preorder.pk, reason=values["reason"], actor=signed_in(request))
            return f"{dollars(usd)} marked as credited."

        note = _("Say how the client got the money back. The client's balance here is not changed by this.")
        words = (_("Mark as credited:"), _("Mark credited"))
        return self._page(request, object_id, ReasonForm(request.POST or None), words, act, note=note)

    def _page(
        self,
        request: HttpRequest,
        object_id: str,
        form: forms.Form,
        words: tuple[Any, Any],
        act: Act,
        **options: Any,
    ) -> HttpResponse:
        preorder = self.get_object(request, object_id)
        if preorder is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        facts = [
            (_("client"), preorder.client.name),
            (_("store"), preorder.store.name),
            (_("arrived"), f"{preorder.arrived:,} of {preorder.quantity:,}"),
            (_("amount"), dollars(preorder.amount)),
            (_("paid"), dollars(preorder.paid)),
            (_("balance due"), dollars(preorder.due)),
        ]
        return form_page(
            self,
            request,
            form=form,
            title=f"{words[0]} {preorder.quantity:,} units of {preorder.asin.code}",
            submit=words[1],
            back=admin_url(preorder),
            subject=preorder,
            act=lambda values: act(preorder, values),
            facts=facts,
            **options,
        )
