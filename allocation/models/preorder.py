"""Preorders: promises on stock that has not arrived, what came for them and what was paid."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from allocation.models.cart import CartLine
from allocation.querysets import PreorderQuerySet
from allocation.states import ArrivalState, PreorderState, preorder_state
from clients.models import Client, Store
from common.fields import KeyField, MoneyField
from common.history import tracked
from common.money import ZERO
from common.sources import Guarded, Sourced
from common.triggers import append_only
from inventory.models import Asin, StockMovement

# Nobody edits these rows by hand, so there is nothing to permit but looking.
LOOK = ("view",)


class Preorder(Guarded, Sourced):
    """A client's claim on units not here yet. Amount = quantity x unit cost when it was made.

    Of `quantity` units `arrived` have come, of which `allocated` are in confirmed carts: the others are promised, which
    means reserved for this preorder alone.
    """

    TOTALS = ("arrived", "allocated", "paid", "state", "credited_at", "credited_by", "credit_note")

    client = models.ForeignKey(Client, models.PROTECT, related_name="preorders", verbose_name=_("client"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="preorders", verbose_name=_("store"))
    asin = models.ForeignKey(Asin, models.PROTECT, related_name="preorders", verbose_name="ASIN")
    quantity = models.IntegerField(_("quantity"), help_text=_("Units, in whole cases."))
    arrived = models.IntegerField(_("arrived"), default=0, editable=False)
    allocated = models.IntegerField(_("allocated"), default=0, editable=False)
    unit_cost = MoneyField(_("unit cost"), help_text=_("USD per unit when the preorder was made."))
    amount = MoneyField(_("amount"), editable=False)
    paid = MoneyField(_("paid"), default=ZERO)
    expected_arrival = models.DateField(_("expected arrival"))
    state = models.CharField(_("status"), max_length=10, choices=PreorderState, default=PreorderState.PENDING)
    flag = models.CharField(_("needs attention"), max_length=200, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True, editable=False)
    credited_at = models.DateTimeField(_("credited"), null=True, blank=True, editable=False)
    credited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("credited by"),
    )
    credit_note = models.CharField(_("how it was credited"), max_length=200, blank=True, editable=False)

    objects = PreorderQuerySet.as_manager()
    # Arrivals, payments and allocations have rows of their own.
    history = tracked(key="asin.code", exclude=("flag", "note"), also=("state", "credited_at"))

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
            models.CheckConstraint(
                condition=Q(allocated__gte=0, allocated__lte=F("arrived")), name="preorder_allocated_within_arrived"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0, paid__gte=0), name="preorder_money_not_negative"),
            models.CheckConstraint(condition=Q(paid__lte=F("amount")), name="preorder_paid_within_amount"),
            models.CheckConstraint(condition=Q(state__in=PreorderState.values), name="preorder_state_known"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(allocated=0), name="preorder_cancelled_has_nothing_allocated"
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled") | Q(credited_at__isnull=True), name="preorder_credited_once_cancelled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:,} x {self.asin.code} for {self.store.name}"

    @property
    def reference(self) -> str:
        """What movements of its units say."""
        return f"preorder {self.pk}"

    @property
    def state_by_units(self) -> PreorderState:
        """What its units make of a preorder that is not cancelled."""
        return preorder_state(quantity=self.quantity, arrived=self.arrived, allocated=self.allocated)

    @property
    def is_cancelled(self) -> bool:
        return self.state == PreorderState.CANCELLED

    @property
    def due(self) -> Decimal:
        """USD still to be paid: amount − paid, never negative; nothing once it is cancelled."""
        return ZERO if self.is_cancelled else max(self.amount - self.paid, ZERO)

    @property
    def promised(self) -> int:
        """Units here that are kept for it: arrived and in no confirmed cart."""
        return 0 if self.is_cancelled else self.arrived - self.allocated

    @property
    def to_come(self) -> int:
        """Units that have not arrived and still may."""
        return 0 if self.is_cancelled else self.quantity - self.arrived

    @property
    def credit_due(self) -> Decimal:
        """USD that the client gets back: what was paid on a cancelled preorder, until a person says it is credited."""
        return self.paid if self.is_cancelled and self.credited_at is None else ZERO

    def is_overdue(self, today: date) -> bool:
        """Whether it was expected before `today` and has not come in full. As `PreorderQuerySet.overdue`."""
        return self.is_active and self.state == PreorderState.PENDING and self.expected_arrival < today


@append_only
class PreorderPayment(models.Model):
    """USD paid on a preorder; negative where a file took back what it had said. Never enters the client's ledger."""

    preorder = models.ForeignKey(Preorder, models.PROTECT, related_name="payments", verbose_name=_("preorder"))
    amount = MoneyField(_("amount"))
    key = KeyField(_("key"), max_length=120, unique=True, help_text=_("A replay of the same key does nothing."))
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("preorder payment")
        ordering = ["-id"]
        default_permissions = LOOK
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="preorder_payment_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount} USD"


class PreorderArrival(models.Model):
    """Units that came for a preorder: proposed of a stock movement, or without one, and what a person said of them.

    `proposed` stays as it was proposed, so that no unit of a movement is proposed twice; `units` are those confirmed.
    """

    preorder = models.ForeignKey(Preorder, models.PROTECT, related_name="arrivals", verbose_name=_("preorder"))
    movement = models.ForeignKey(
        StockMovement, models.PROTECT, null=True, blank=True, related_name="arrivals", verbose_name=_("movement")
    )
    proposed = models.IntegerField(_("proposed"), default=0)
    units = models.IntegerField(_("confirmed"), default=0)
    state = models.CharField(_("status"), max_length=10, choices=ArrivalState, default=ArrivalState.PROPOSED)
    key = KeyField(
        _("key"), max_length=120, blank=True, db_index=True, help_text=_("Of the form that confirmed it: once only.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("preorder arrival")
        ordering = ["-id"]
        default_permissions = LOOK
        indexes = [models.Index(fields=["state", "preorder"], name="arrival_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["preorder", "movement"], name="arrival_once_per_movement"),
            models.CheckConstraint(
                condition=Q(state="proposed", proposed__gt=0, units=0, movement__isnull=False)
                | Q(state="confirmed", proposed__gte=0, units__gt=0)
                | Q(state="refused", proposed__gt=0, units=0),
                name="arrival_units_fit_its_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units or self.proposed:,} units {self.get_state_display().lower()}"


class PreorderAllocation(models.Model):
    """Units of a preorder in a cart's line. Without a line they went out elsewhere, as a file says.

    The line costs them at the ASIN's unit cost; the client owes the preorder's price less `prepaid`, so the cart holds
    `credit` less. A draft's rows only say what it counts on (`allocated_at` is empty).
    """

    preorder = models.ForeignKey(Preorder, models.PROTECT, related_name="allocations", verbose_name=_("preorder"))
    cart_line = models.ForeignKey(
        CartLine, models.CASCADE, null=True, blank=True, related_name="preorders", verbose_name=_("cart line")
    )
    units = models.IntegerField(_("units"))
    returned = models.IntegerField(_("returned"), default=0)
    prepaid = MoneyField(_("paid before"), default=ZERO, help_text=_("USD paid on the preorder, of these units."))
    allocated_at = models.DateTimeField(_("allocated"), null=True, blank=True)

    class Meta:
        verbose_name = _("preorder allocation")
        ordering = ["id"]
        default_permissions = LOOK
        constraints = [
            models.UniqueConstraint(fields=["preorder", "cart_line"], name="preorder_allocation_once_per_line"),
            models.CheckConstraint(
                condition=Q(units__gt=0, returned__gte=0, returned__lte=F("units")),
                name="preorder_allocation_returned_within_units",
            ),
            models.CheckConstraint(condition=Q(prepaid__gte=0), name="preorder_allocation_prepaid_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kept:,} units"

    @property
    def kept(self) -> int:
        """Units that the cart still has."""
        return self.units - self.returned

    @property
    def owed(self) -> Decimal:
        """USD that the client owes for these units: the preorder's price less what was paid before."""
        return self.preorder.unit_cost * self.kept - self.prepaid

    @property
    def credit(self) -> Decimal:
        """USD that the cart holds less than its line says; negative where the ASIN was dearer when it was preordered.

        Nothing where there is no line.
        """
        return self.cart_line.unit_cost * self.kept - self.owed if self.cart_line else ZERO
