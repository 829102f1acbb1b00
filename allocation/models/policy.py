"""Policies: named weights that say what a good allocation is, and the caps that none may break."""

from copy import copy
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from allocation.limits import Limits
from common.history import tracked
from inventory.models import MAX_UNITS

PRIORITY_POINTS = {"low": Decimal(0), "": Decimal("0.5"), "medium": Decimal("0.5"), "high": Decimal(1)}
CLIENT_WEIGHTS = {"low": Decimal(1), "medium": Decimal("1.25"), "high": Decimal("1.5")}
FULL_AGE_DAYS = 365
MAX_DAYS = 3650
MAX_STORES = 100_000
LEAST_ROI, MOST_ROI = Decimal(-100), Decimal(10_000)


def _weight(label: Any, default: str, help_text: Any) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        label,
        max_digits=6,
        decimal_places=3,
        default=Decimal(default),
        help_text=help_text,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )


def _limit(label: Any, most: int, help_text: Any) -> models.IntegerField:  # type: ignore[type-arg]
    return models.IntegerField(
        label, null=True, blank=True, help_text=help_text, validators=[MinValueValidator(1), MaxValueValidator(most)]
    )


class Policy(models.Model):
    """Value of a unit = (cost x (base + age x days/365 + priority x p) + profit x margin) x client weight."""

    slug = models.SlugField(_("slug"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    base = _weight(_("base"), "1", _("Worth of a dollar of any stock."))
    age = _weight(_("age"), "1", _("Extra worth of stock that is a year old, in proportion for younger stock."))
    priority = _weight(_("priority"), "0.5", _("Extra worth of high priority; half of it for medium."))
    profit = _weight(_("profit"), "0", _("Worth of a dollar of profit: sale price − fees − cost."))
    standalone_fill = models.DecimalField(
        _("stand-alone fill"),
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.5"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("Below this share of a pallet a cart is pooled in a mutual store instead. 0.5 = half a pallet."),
    )
    max_units_per_asin = _limit(
        _("most units per ASIN"), MAX_UNITS, _("Units of one ASIN that a cart may have. Blank = no limit.")
    )
    cool_down_days = _limit(
        _("cool-down"), MAX_DAYS, _("Days before a store gets the same ASIN again. Blank = it may at once.")
    )
    max_stores_per_asin = _limit(
        _("most stores per ASIN"),
        MAX_STORES,
        _("Stores that may get one ASIN within the cool-down, or within 30 days without one. Blank = no limit."),
    )
    min_roi_percent = models.DecimalField(
        _("minimum ROI"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_ROI), MaxValueValidator(MOST_ROI)],
        help_text=_(
            "Percent: (sale price − fees − unit cost − max shipping) / (unit cost + max shipping). With a minimum, "
            "ASINs without sale price or fees are left out. Blank = no minimum."
        ),
    )
    is_default = models.BooleanField(_("default"), default=False)
    default_slot = models.GeneratedField(
        expression=Case(When(is_default=True, then=Value(1)), default=None, output_field=models.IntegerField()),
        output_field=models.IntegerField(null=True),
        db_persist=True,
        editable=False,
    )

    history = tracked(key="slug")

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["default_slot"],
                name="policy_one_default",
                violation_error_message=_("Another policy is the default one already."),
            ),
            models.CheckConstraint(
                condition=Q(base__gte=0, age__gte=0, priority__gte=0, profit__gte=0), name="policy_weights_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(standalone_fill__gte=0, standalone_fill__lte=1), name="policy_fill_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(max_units_per_asin__gte=1, max_units_per_asin__lte=MAX_UNITS),
                name="policy_max_units_in_range",
            ),
            models.CheckConstraint(
                condition=Q(cool_down_days__gte=1, cool_down_days__lte=MAX_DAYS), name="policy_cool_down_in_range"
            ),
            models.CheckConstraint(
                condition=Q(max_stores_per_asin__gte=1, max_stores_per_asin__lte=MAX_STORES),
                name="policy_max_stores_in_range",
            ),
            models.CheckConstraint(
                condition=Q(min_roi_percent__gte=LEAST_ROI, min_roi_percent__lte=MOST_ROI),
                name="policy_min_roi_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> Limits:
        return Limits(self.max_units_per_asin, self.cool_down_days, self.max_stores_per_asin, self.min_roi_percent)

    def under(self, limits: Limits) -> "Policy":
        """This policy with other limits, for one request; not to be saved."""
        changed = copy(self)
        for name, value in asdict(limits).items():
            setattr(changed, name, value)
        return changed

    @property
    def weights(self) -> dict[str, str | None]:
        """Weights and limits as they are stored with a cart, so that an old cart explains itself."""
        return {
            "slug": self.slug,
            "base": str(self.base),
            "age": str(self.age),
            "priority": str(self.priority),
            "profit": str(self.profit),
            "standalone_fill": str(self.standalone_fill),
            **self.limits.as_json(),
        }
