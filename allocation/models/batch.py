"""Batches: the carts of many clients at once, made by one background run."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allocation.models.policy import Policy
from clients.models import Client
from common.fields import MoneyField
from common.models import Run, RunState
from common.money import ZERO

FAIRNESS = Decimal("0.9")
RUNNING_SLOT = 1


class Effort(models.TextChoices):
    FAST = "fast", _("Fast")
    NORMAL = "normal", _("Normal")
    THOROUGH = "thorough", _("Thorough")


class Batch(models.Model):
    """Every client's drafts from one plan. It writes nothing but its rows and drafts: stock and money stay free.

    While it waits or runs `slot` is 1, which only one batch can have. `value` is what was found so far in USD after
    shipping, `guaranteed` the share of its first pick that every client should get. `prices` has by ASIN code the USD
    of value that one more case in stock would bring at most; ASINs left over are not in it.
    """

    run = models.OneToOneField(Run, models.PROTECT, related_name="batch", verbose_name=_("run"))
    policy = models.ForeignKey(Policy, models.PROTECT, verbose_name=_("policy"))
    policy_weights = models.JSONField(_("weights used"), default=dict)
    fairness = models.DecimalField(
        _("fairness"),
        max_digits=4,
        decimal_places=3,
        default=FAIRNESS,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    effort = models.CharField(_("effort"), max_length=8, choices=Effort, default=Effort.NORMAL)
    clients = models.ManyToManyField(
        Client,
        related_name="batches",
        blank=True,
        verbose_name=_("clients"),
        help_text=_("Empty = every client but the house."),
    )
    stage = models.CharField(_("stage"), max_length=20, default="waiting")
    value = MoneyField(_("value"), default=ZERO)
    bound = MoneyField(_("best possible value"), null=True)
    guaranteed = models.DecimalField(_("guaranteed share"), max_digits=7, decimal_places=6, default=Decimal(0))
    prices = models.JSONField(_("prices of stock"), default=dict)
    problems = models.JSONField(_("stores without a cart"), default=list)
    cancel_requested = models.BooleanField(_("cancelled"), default=False)
    slot = models.PositiveSmallIntegerField(null=True, default=RUNNING_SLOT)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], name="batch_one_at_a_time"),
            models.CheckConstraint(condition=Q(slot=RUNNING_SLOT), name="batch_slot_known"),
            models.CheckConstraint(condition=Q(fairness__gte=0, fairness__lte=1), name="batch_fairness_is_a_share"),
            models.CheckConstraint(condition=Q(effort__in=Effort.values), name="batch_effort_known"),
            models.CheckConstraint(condition=Q(bound__gte=F("value")), name="batch_value_within_bound"),
            models.CheckConstraint(
                condition=Q(guaranteed__gte=0, guaranteed__lte=1), name="batch_guaranteed_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Batch %(number)s") % {"number": self.pk}

    @property
    def is_open(self) -> bool:
        """It waits or runs."""
        return self.slot is not None

    @property
    def succeeded(self) -> bool:
        return self.run.state == RunState.SUCCEEDED

    @property
    def gap(self) -> Decimal | None:
        """How far the carts may be from the best possible, as a share of their value; None while not known."""
        if self.bound is None or self.value <= 0:
            return None
        return (self.bound - self.value) / self.value


class BatchClient(models.Model):
    """What a batch came to for one client, USD. Without money it has no `share` of its first pick.

    `hurdle` is the value that its last dollar earns; `left_out` counts ASINs of all its stores by code of the reason.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="results")
    client = models.ForeignKey(Client, models.PROTECT, related_name="batch_results", verbose_name=_("client"))
    budget = MoneyField(_("available"))
    spent = MoneyField(_("spent"), default=ZERO)
    value = MoneyField(_("value"), default=ZERO)
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6, null=True)
    shortfall = MoneyField(_("shortfall"), default=ZERO)
    hurdle = models.DecimalField(_("last dollar earns"), max_digits=14, decimal_places=6, default=Decimal(0))
    carts = models.PositiveIntegerField(_("carts"), default=0)
    left_out = models.JSONField(_("left out"), default=dict)

    class Meta:
        verbose_name = _("client of a batch")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "client"], name="batch_client_once"),
            models.CheckConstraint(
                condition=Q(spent__gte=0, spent__lte=F("budget")), name="batch_client_spends_its_own"
            ),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="batch_client_share_is_a_share"),
            models.CheckConstraint(
                condition=Q(shortfall__gte=0, hurdle__gte=0), name="batch_client_figures_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.client_id}"
