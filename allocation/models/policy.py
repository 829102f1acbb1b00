"""Policies: named weights that say what a good allocation is."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from inventory.models import Asin

PRIORITY_POINTS = {"low": Decimal(0), "": Decimal("0.5"), "medium": Decimal("0.5"), "high": Decimal(1)}
CLIENT_WEIGHTS = {"low": Decimal(1), "medium": Decimal("1.25"), "high": Decimal("1.5")}
FULL_AGE_DAYS = 365


def _weight(label: Any, default: str, help_text: Any) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        label,
        max_digits=6,
        decimal_places=3,
        default=Decimal(default),
        help_text=help_text,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
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
    is_default = models.BooleanField(_("default"), default=False)
    default_slot = models.GeneratedField(
        expression=Case(When(is_default=True, then=Value(1)), default=None, output_field=models.IntegerField()),
        output_field=models.IntegerField(null=True),
        db_persist=True,
        editable=False,
    )

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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def weights(self) -> dict[str, str]:
        """The weights as they are stored with a cart, so that an old cart explains itself."""
        return {
            "slug": self.slug,
            "base": str(self.base),
            "age": str(self.age),
            "priority": str(self.priority),
            "profit": str(self.profit),
            "standalone_fill": str(self.standalone_fill),
        }

    def value_of(self, asin: Asin, *, client_priority: str, today: date) -> Decimal:
        """USD that one unit of `asin` is worth to this policy, before shipping."""
        days = min(max((today - asin.date_added).days, 0), FULL_AGE_DAYS)
        factor = self.base + self.age * Decimal(days) / FULL_AGE_DAYS + self.priority * PRIORITY_POINTS[asin.priority]
        margin = asin.profit or Decimal(0)
        value: Decimal = (asin.unit_cost * factor + self.profit * margin) * CLIENT_WEIGHTS[client_priority]
        return value
