"""Carts: the set of units proposed or promised to one client's store."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from allocation.models.batch import Batch
from allocation.models.policy import Policy
from allocation.querysets import CartQuerySet
from allocation.states import CART_MOVES, HOLDING, CartState
from clients.models import Client, Store
from common.errors import Conflict
from common.fields import KeyField, MoneyField
from common.history import tracked
from common.money import ZERO, unit_price
from common.sources import Coded
from inventory.models import Asin


class Cart(Coded):
    """Lines for one client and store under an amount to allocate. Its code is our reference everywhere outside."""

    CODE_FORMAT = "C-{:06d}"

    code = KeyField(_("code"), max_length=20, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="carts", verbose_name=_("client"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="carts", verbose_name=_("store"))
    state = models.CharField(_("state"), max_length=12, choices=CartState, default=CartState.DRAFT, editable=False)
    amount = MoneyField(_("amount to allocate"), help_text=_("USD for units and shipping together."))
    policy = models.ForeignKey(Policy, models.PROTECT, verbose_name=_("policy"))
    policy_weights = models.JSONField(_("weights used"), default=dict, editable=False)
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, editable=False, related_name="carts", verbose_name=_("batch")
    )
    goods = MoneyField(_("goods"), default=ZERO, editable=False)
    shipping = MoneyField(_("shipping"), default=ZERO, editable=False)
    hold = MoneyField(_("held at confirmation"), default=ZERO, editable=False)
    hold_open = MoneyField(_("still held"), default=ZERO, editable=False)
    pallets_worth = models.DecimalField(
        _("pallets' worth"), max_digits=10, decimal_places=4, default=Decimal(0), editable=False
    )
    value = MoneyField(_("value"), decimal_places=2, default=ZERO, editable=False)
    bound = MoneyField(_("best possible value"), decimal_places=2, default=ZERO, editable=False)
    planned_value = MoneyField(
        _("value as planned"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of the plan that a person has edited by hand since; empty where nobody has."),
    )
    top_up = MoneyField(
        _("top-up"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("USD more that would fill a pallet of its own; empty where it does already, or no amount would."),
    )
    is_pooled = models.BooleanField(_("pooled"), default=False, editable=False)
    build_anyway = models.BooleanField(_("build anyway"), default=False)
    left_out = models.JSONField(_("left out"), default=list, editable=False)
    insight = models.JSONField(
        _("reasons"),
        default=dict,
        editable=False,
        help_text=_("Why its lines are in, what more money and ungating were worth when it was made."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.IntegerField(
        _("version"), default=1, editable=False, help_text=_("Counts up with each change of its lines or state.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    objects = CartQuerySet.as_manager()
    # Changes of its state and lines have rows of their own.
    history = tracked(key="code", only=("code", "client", "store", "amount", "policy", "build_anyway"))

    class Meta:
        verbose_name = _("cart")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="cart_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="cart_amount_not_negative"),
            models.CheckConstraint(condition=Q(goods__gte=0, shipping__gte=0), name="cart_totals_not_negative"),
            models.CheckConstraint(
                condition=Q(hold_open__gte=0, hold_open__lte=F("hold")), name="cart_hold_open_within_hold"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "palletised", "shipped"]) | Q(hold_open=0),
                name="cart_hold_only_when_promised",
            ),
            models.CheckConstraint(condition=Q(state__in=CartState.values), name="cart_state_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="cart_version_positive"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping

    @property
    def gap(self) -> Decimal | None:
        """How far the cart may be from the best possible, as a share of its value; None without a value, for a cart of
        a batch, where what is best for one client is not best for all, and for one that was edited by hand.
        """
        return None if self.planned_value is not None else self._gap_of(self.value)

    @property
    def planned_gap(self) -> Decimal | None:
        """`gap` of the plan before a person edited it; None where nobody has."""
        return None if self.planned_value is None else self._gap_of(self.planned_value)

    def _gap_of(self, value: Decimal) -> Decimal | None:
        return (self.bound - value) / value if value > 0 and self.batch_id is None else None

    @property
    def is_holding(self) -> bool:
        return self.state in HOLDING

    def move(self, state: str, *, actor: User | None = None, **changes: Any) -> None:
        """Take the cart to `state` by compare-and-swap. Raises Conflict where the move is not allowed (any more).

        Must run in a transaction.
        """
        if state not in CART_MOVES[self.state]:
            raise Conflict(f"Cart {self.code} is {self.get_state_display().lower()}; it cannot become {state}.")
        self.record(state, actor=actor, state=state, **changes)

    def record(
        self, what: str, *, actor: User | None = None, lines: dict[str, list[int]] | None = None, **changes: Any
    ) -> None:
        """Write `changes` as the next version, with who did `what`; `lines`: cases before and after, by ASIN code.

        Must run in a transaction. Raises Conflict where somebody else has changed the cart since it was read.
        """
        seen = Cart.objects.filter(pk=self.pk, state=self.state, version=self.version)
        changes["version"] = self.version + 1
        if seen.update(**changes) != 1:
            raise Conflict(f"Cart {self.code} was changed by someone else meanwhile. Open it again.")
        for name, value in changes.items():
            setattr(self, name, value)
        CartChange.objects.create(cart=self, version=self.version, what=what, lines=lines or {}, actor=actor)


class CartChangeKind(models.TextChoices):
    EDITED = "edited", _("Edited")
    RENEWED = "renewed", _("Brought up to date")
    REPLANNED = "replanned", _("Packed anew")
    FOLLOWED = "followed", _("Priced with its pallets")
    CONFIRMED = "confirmed", _("Confirmed")
    PALLETISED = "palletised", _("Palletised")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class CartChange(models.Model):
    """Who changed a cart's lines or state, and when: one row for each version after the first.

    `lines` has the cases before and after of each ASIN whose cases a person changed, by code.
    """

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="changes", verbose_name=_("cart"))
    version = models.IntegerField(_("version"))
    what = models.CharField(_("what"), max_length=12, choices=CartChangeKind)
    lines = models.JSONField(_("lines"), default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of a cart")
        verbose_name_plural = _("changes of carts")
        ordering = ["version"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cart", "version"], name="cart_change_one_per_version"),
            models.CheckConstraint(condition=Q(what__in=CartChangeKind.values), name="cart_change_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cart_id} v{self.version}: {self.what}"


class CartLine(models.Model):
    """Whole cases of one ASIN in a cart. Cost and shipping are those of the units kept, rounded to the cent once."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    asin = models.ForeignKey(Asin, models.PROTECT, related_name="cart_lines", verbose_name="ASIN")
    cases = models.IntegerField(_("cases"))
    case_pack = models.IntegerField(_("case pack"))
    units = models.IntegerField(_("units"))
    unit_cost = MoneyField(_("unit cost"))
    cost = MoneyField(_("cost"))
    shipping = MoneyField(_("shipping"))
    min_shipping = MoneyField(_("min shipping"), decimal_places=4)
    max_shipping = MoneyField(_("max shipping"), decimal_places=4)
    value = MoneyField(_("value"), default=ZERO)
    returned = models.IntegerField(
        _("returned"), default=0, editable=False, help_text=_("Units given back while the cart went on without them.")
    )

    class Meta:
        verbose_name = _("cart line")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "asin"], name="cart_line_one_per_asin"),
            models.CheckConstraint(condition=Q(cases__gt=0), name="cart_line_cases_positive"),
            models.CheckConstraint(condition=Q(units=F("cases") * F("case_pack")), name="cart_line_whole_cases"),
            models.CheckConstraint(condition=Q(cost__gte=0, shipping__gte=0), name="cart_line_money_not_negative"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("units")), name="cart_line_returned_within_units"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} x {self.asin_id}"

    @property
    def total(self) -> Decimal:
        return self.cost + self.shipping

    @property
    def kept(self) -> int:
        """Units that the cart still has, or had when it closed."""
        return self.units - self.returned

    @property
    def shipping_per_unit(self) -> Decimal:
        """USD per unit kept, to 1/10,000."""
        return unit_price(self.shipping / self.kept) if self.kept else ZERO

    @property
    def shipping_share(self) -> Decimal | None:
        """Where the price per unit stands: 0 is the minimum (a full pallet), 1 the maximum; None where they are one."""
        span = self.max_shipping - self.min_shipping
        return (self.shipping_per_unit - self.min_shipping) / span if span and self.kept else None
