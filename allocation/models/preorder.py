"""Preorders: promises on stock that has not arrived."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from allocation.querysets import PreorderQuerySet
from allocation.states import PreorderState
from clients.models import Client, Store
from common.fields import MoneyField
from common.money import ZERO
from common.sources import Sourced
from inventory.models import Asin


class Preorder(Sourced):
    """A client's claim on units not here yet. Amount = quantity x unit cost when it was made."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="preorders", verbose_name=_("client"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="preorders", verbose_name=_("store"))
    asin = models.ForeignKey(Asin, models.PROTECT, related_name="preorders", verbose_name="ASIN")
    quantity = models.IntegerField(_("quantity"), help_text=_("Units, in whole cases."))
    arrived = models.IntegerField(_("arrived"), default=0, editable=False)
    unit_cost = MoneyField(_("unit cost"), help_text=_("USD per unit when the preorder was made."))
    amount = MoneyField(_("amount"), editable=False)
    paid = MoneyField(_("paid"), default=ZERO)
    expected_arrival = models.DateField(_("expected arrival"))
    state = models.CharField(_("status"), max_length=10, choices=PreorderState, default=PreorderState.PENDING)
    flag = models.CharField(_("needs attention"), max_length=200, blank=True, editable=False)

    objects = PreorderQuerySet.as_manager()

    class Meta:
        verbose_name = _("preorder")
        ordering = ["expected_arrival", "id"]
        indexes = [models.Index(fields=["state", "expected_arrival"], name="preorder_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "store", "asin", "expected_arrival"], name="preorder_one_per_claim"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="preorder_quantity_positive"),
            models.CheckConstraint(
                condition=Q(arrived__gte=0, arrived__lte=F("quantity")), name="preorder_arrived_within_quantity"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0, paid__gte=0), name="preorder_money_not_negative"),
            models.CheckConstraint(condition=Q(state__in=PreorderState.values), name="preorder_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:,} x {self.asin.code} for {self.store.name}"

    @property
    def due(self) -> Decimal:
        """USD still to be paid: amount − paid, never negative."""
        return max(self.amount - self.paid, ZERO)
