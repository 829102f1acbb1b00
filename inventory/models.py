"""What we have: ASINs and every movement of their stock."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField, MoneyField
from common.history import tracked
from common.sources import Guarded, Sourced
from common.text import text_key
from common.triggers import append_only
from inventory.querysets import AsinQuerySet
from inventory.validators import validate_asin

MAX_UNITS = 10_000_000
MAX_COST = Decimal(1_000_000)
MAX_SHIPPING = Decimal(10_000)
MAX_CASE_PACK = 10_000


class Priority(models.TextChoices):
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


def _inches(label: str) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        label, max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))]
    )


def _pounds(label: str) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        label, max_digits=10, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal("0.0001"))]
    )


class Asin(Guarded, Sourced):
    """One product of the buying portal and its stock in units. `available` = on hand − reserved."""

    TOTALS = ("on_hand", "reserved", "shortage", "portal_remaining", "portal_writing")

    code = KeyField(_("ASIN"), max_length=10, unique=True, validators=[validate_asin])
    title = models.CharField(_("title"), max_length=500, blank=True)
    brand = models.CharField(_("brand"), max_length=200, blank=True)
    brand_key = KeyField(max_length=600, blank=True, editable=False)
    category = models.CharField(_("category"), max_length=200, blank=True)
    category_key = KeyField(max_length=600, blank=True, editable=False)
    supplier = models.CharField(_("supplier"), max_length=200, blank=True)
    date_added = models.DateField(_("date added"), help_text=_("Oldest stock is allocated first."))
    quantity_purchased = models.IntegerField(_("quantity purchased"), default=0, help_text=_("Units."))
    on_hand = models.IntegerField(_("on hand"), default=0, editable=False)
    reserved = models.IntegerField(_("reserved"), default=0, editable=False)
    shortage = models.IntegerField(_("open shortage"), default=0, editable=False)
    portal_remaining = models.IntegerField(_("remaining in the sheet"), null=True, blank=True, editable=False)
    portal_writing = models.IntegerField(
        null=True, blank=True, editable=False, help_text=_("A remaining quantity on its way into the sheet.")
    )
    row_hash = models.CharField(
        max_length=32, blank=True, editable=False, help_text=_("Of the sheet's row as it was last taken over.")
    )

    unit_cost = MoneyField(_("unit cost"), help_text=_("USD per unit."))
    min_shipping = MoneyField(_("min shipping"), decimal_places=4, help_text=_("USD per unit on a full pallet."))
    max_shipping = MoneyField(_("max shipping"), decimal_places=4, help_text=_("USD per unit on an empty pallet."))
    sale_price = MoneyField(_("sale price"), null=True, blank=True, help_text=_("USD per unit on Amazon."))
    amazon_fees = MoneyField(_("Amazon fees"), null=True, blank=True, help_text=_("USD per unit."))
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority, blank=True, help_text=_("Blank counts as medium.")
    )

    case_pack = models.IntegerField(
        _("case pack"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_CASE_PACK)],
        help_text=_("Units per case. Only whole cases are shipped."),
    )
    unit_length, unit_width, unit_height = _inches("unit length"), _inches("unit width"), _inches("unit height")
    unit_weight = _pounds("unit weight")
    case_length, case_width, case_height = _inches("case length"), _inches("case width"), _inches("case height")
    case_weight = _pounds("case weight")
    estimated = models.BooleanField(
        _("estimated"), default=False, help_text=_("Dimensions or weight are missing: the plan works with estimates.")
    )
    upright_only = models.BooleanField(_("this side up"), default=False)
    fragile = models.BooleanField(_("fragile"), default=False, help_text=_("Nothing is stacked on it."))
    group = models.CharField(
        _("handling group"), max_length=40, blank=True, help_text=_("food, hazmat, … Blank = general.")
    )

    objects = AsinQuerySet.as_manager()
    history = tracked(key="code", exclude=("brand_key", "category_key", "estimated", "row_hash"))

    class Meta:
        verbose_name = "ASIN"
        verbose_name_plural = "ASINs"
        ordering = ["date_added", "code"]
        indexes = [
            models.Index(fields=["date_added", "code"], name="asin_oldest_first"),
            models.Index(fields=["brand_key"], name="asin_brand"),
            models.Index(fields=["category_key"], name="asin_category"),
            models.Index(fields=["is_active", "on_hand"], name="asin_in_stock"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(reserved__gte=0), name="asin_reserved_not_negative"),
            models.CheckConstraint(condition=Q(on_hand__gte=F("reserved")), name="asin_reserved_within_on_hand"),
            models.CheckConstraint(condition=Q(on_hand__lte=MAX_UNITS), name="asin_on_hand_in_range"),
            models.CheckConstraint(condition=Q(shortage__gte=0), name="asin_shortage_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity_purchased__gte=0, quantity_purchased__lte=MAX_UNITS),
                name="asin_purchased_in_range",
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__gte=Decimal("0.01"), unit_cost__lte=MAX_COST), name="asin_unit_cost_in_range"
            ),
            models.CheckConstraint(
                condition=Q(min_shipping__gte=0, max_shipping__lte=MAX_SHIPPING), name="asin_shipping_in_range"
            ),
            models.CheckConstraint(
                condition=Q(min_shipping__lte=F("max_shipping")), name="asin_min_shipping_within_max"
            ),
            models.CheckConstraint(
                condition=Q(case_pack__gte=1, case_pack__lte=MAX_CASE_PACK), name="asin_case_pack_in_range"
            ),
            models.CheckConstraint(condition=Q(priority__in=["", *Priority.values]), name="asin_priority_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        self.set_keys()

    def save(self, *args: object, **kwargs: object) -> None:
        """What a person changed is compared with the sheet again, whether or not the row has changed since."""
        self.set_keys()
        self.row_hash = ""
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def set_keys(self) -> None:
        """Bring the code and the keys that brand and category match by to their stored form."""
        self.code = self.code.strip().upper()
        self.brand_key, self.category_key = text_key(self.brand), text_key(self.category)
        self.estimated = self.needs_estimate

    @property
    def available(self) -> int:
        """Units that can still be promised."""
        return self.on_hand - self.reserved

    @property
    def available_cases(self) -> int:
        return max(self.available, 0) // self.case_pack

    @property
    def loose(self) -> int:
        """Available units short of a whole case."""
        return max(self.available, 0) % self.case_pack

    @property
    def unit_size(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Length, width, height of a unit in inches, or None where one is missing."""
        if self.unit_length and self.unit_width and self.unit_height:
            return self.unit_length, self.unit_width, self.unit_height
        return None

    @property
    def case_size(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Length, width, height of a case in inches, or None where one is missing."""
        if self.case_length and self.case_width and self.case_height:
            return self.case_length, self.case_width, self.case_height
        return None

    @property
    def needs_estimate(self) -> bool:
        """Neither the case nor the unit tells its size and weight."""
        return not ((self.case_size or self.unit_size) and (self.case_weight or self.unit_weight))

    @property
    def profit(self) -> Decimal | None:
        """USD a unit earns: sale price − fees − cost, or None where a price is missing."""
        if self.sale_price is None or self.amazon_fees is None:
            return None
        return self.sale_price - self.amazon_fees - self.unit_cost


class MovementKind(models.TextChoices):
    OPENING = "opening", _("Opening stock")
    PORTAL = "portal", _("Change in the sheet")
    ADJUSTMENT = "adjustment", _("Adjusted by hand")
    RESERVE = "reserve", _("Reserved")
    RELEASE = "release", _("Released")
    SHIP = "ship", _("Shipped")


@append_only
class StockMovement(models.Model):
    """One change of an ASIN's stock in units: what, who, why. Never changed, never deleted."""

    asin = models.ForeignKey(Asin, models.PROTECT, related_name="movements", verbose_name="ASIN")
    kind = models.CharField(_("kind"), max_length=12, choices=MovementKind)
    on_hand_change = models.IntegerField(_("on hand"), default=0)
    reserved_change = models.IntegerField(_("reserved"), default=0)
    shortage_change = models.IntegerField(_("shortage"), default=0)
    reference = KeyField(_("reference"), max_length=80, blank=True, db_index=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("stock movement")
        ordering = ["-id"]
        indexes = [models.Index(fields=["asin", "-id"], name="movement_by_asin")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(on_hand_change=0, reserved_change=0, shortage_change=0), name="movement_changes_something"
            ),
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="movement_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on_hand_change:+d}/{self.reserved_change:+d}"
