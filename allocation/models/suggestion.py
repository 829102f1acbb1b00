"""Transfer suggestions: pool these units in a mutual store, or let the house buy what a client cannot pay for."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from allocation.models.cart import Cart
from allocation.querysets import SuggestionQuerySet
from allocation.states import SuggestionKind, SuggestionState
from clients.models import Store
from common.fields import MoneyField
from common.history import tracked
from common.money import ZERO


class TransferSuggestion(models.Model):
    """ "Pool the goods of this cart in mutual store M, because …", for a person to accept or dismiss.

    One for the house names goods (`goods`: ASIN, cases, case pack) that the cart's client cannot pay for; nothing is
    reserved or held for them. Those of a transfer are the lines of the cart that wait for a pallet.
    """

    cart = models.ForeignKey(Cart, models.PROTECT, related_name="suggestions", verbose_name=_("cart"))
    kind = models.CharField(_("kind"), max_length=8, choices=SuggestionKind, default=SuggestionKind.TRANSFER)
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
    amount = MoneyField(
        _("price"), default=ZERO, help_text=_("USD of the units with max shipping, when it was suggested.")
    )
    goods = models.JSONField(_("goods"), default=list, blank=True)
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
    keeps_cart = models.BooleanField(
        _("cart is kept"), default=False, help_text=_("Dismissed, and its cart keeps what it holds and waits.")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Why it was dismissed."))
    made_cart = models.ForeignKey(
        Cart,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cart of the house"),
        help_text=_("What the house bought when it was accepted."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)
    expires_at = models.DateTimeField(_("expires"))

    objects = SuggestionQuerySet.as_manager()
    history = tracked(key="cart.code", only=("cart", "kind", "mutual_store", "units", "amount", "state"))

    class Meta:
        verbose_name = _("transfer suggestion")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "expires_at"], name="suggestion_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["open_cart", "kind"], name="suggestion_one_open_per_cart"),
            models.CheckConstraint(condition=Q(units__gt=0), name="suggestion_units_positive"),
            models.CheckConstraint(
                condition=Q(eligible_units__gte=0, eligible_units__lte=F("units")),
                name="suggestion_eligible_within_units",
            ),
            models.CheckConstraint(condition=Q(fill__gte=Decimal(0)), name="suggestion_fill_not_negative"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="suggestion_amount_not_negative"),
            models.CheckConstraint(condition=Q(state__in=SuggestionState.values), name="suggestion_state_known"),
            models.CheckConstraint(condition=Q(kind__in=SuggestionKind.values), name="suggestion_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cart.code} → {self.mutual_store.name if self.mutual_store else '—'}"

    @property
    def is_open(self) -> bool:
        return self.state == SuggestionState.OPEN

    @property
    def is_for_house(self) -> bool:
        return self.kind == SuggestionKind.HOUSE

    def top_up_left(self, credit: Decimal = ZERO) -> Decimal | None:
        """USD that the client still lacks for a pallet of its own, once what its waiting cart holds is free again: 0
        where its balance suffices; None where no amount would make one.

        `credit` is the USD that preorders bring to the cart. Uses `cart.client`.
        """
        if self.top_up is None:
            return None
        free = self.cart.client.available + self.cart.hold_open
        return max(self.cart.amount - credit + self.top_up - free, ZERO)
