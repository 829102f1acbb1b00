"""Transfer suggestions: pool these units in a mutual store."""

from decimal import Decimal

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from allocation.models.cart import Cart
from allocation.querysets import SuggestionQuerySet
from allocation.states import SuggestionState
from clients.models import Store
from common.fields import MoneyField


class TransferSuggestion(models.Model):
    """ "Pool the goods of this cart in mutual store M, because …", for a person to accept or dismiss."""

    cart = models.ForeignKey(Cart, models.PROTECT, related_name="suggestions", verbose_name=_("cart"))
    mutual_store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suggestions",
        verbose_name=_("mutual store"),
        help_text=_("Empty where no mutual store may receive these goods."),
    )
    eligible_units = models.IntegerField(_("units the mutual store may receive"), default=0)
    units = models.IntegerField(_("units"))
    fill = models.DecimalField(_("pallets' worth"), max_digits=10, decimal_places=4)
    top_up = MoneyField(
        _("top-up"),
        null=True,
        blank=True,
        help_text=_("USD that would make a pallet of its own; empty where no amount would."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=SuggestionState, default=SuggestionState.OPEN)
    open_cart = models.GeneratedField(
        expression=Case(
            When(state="open", then=F("cart_id")), default=Value(None), output_field=models.BigIntegerField()
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        editable=False,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)
    expires_at = models.DateTimeField(_("expires"))

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer suggestion")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "expires_at"], name="suggestion_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["open_cart"], name="suggestion_one_open_per_cart"),
            models.CheckConstraint(condition=Q(units__gt=0), name="suggestion_units_positive"),
            models.CheckConstraint(
                condition=Q(eligible_units__gte=0, eligible_units__lte=F("units")),
                name="suggestion_eligible_within_units",
            ),
            models.CheckConstraint(condition=Q(fill__gte=Decimal(0)), name="suggestion_fill_not_negative"),
            models.CheckConstraint(condition=Q(state__in=SuggestionState.values), name="suggestion_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cart.code} → {self.mutual_store.name if self.mutual_store else '—'}"
