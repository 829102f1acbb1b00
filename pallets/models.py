"""Pallets, what lies on them client by client, and the shipments they leave in."""

from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from allocation.models import CartLine
from clients.models import Client, Store
from common.errors import Conflict
from common.fields import KeyField, MoneyField
from common.history import note_update, tracked
from common.sources import Coded
from inventory.models import Asin
from pallets.querysets import PalletQuerySet, ShipmentQuerySet
from pallets.states import PALLET_MOVES, SHIPMENT_MOVES, PalletState, ShipmentState

FBA_ID = RegexValidator(r"\AFBA[0-9A-Z]{9,12}\Z", _("An FBA shipment ID is FBA and 9 to 12 letters or digits."))


class Shipment(Coded):
    """Pallets of one store that leave together, under one shipment of Amazon's."""

    CODE_FORMAT = "S-{:06d}"

    code = KeyField(_("code"), max_length=20, unique=True, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="shipments", verbose_name=_("destination store"))
    state = models.CharField(
        _("state"), max_length=10, choices=ShipmentState, default=ShipmentState.OPEN, editable=False
    )
    amazon_id = KeyField(_("FBA shipment ID"), max_length=15, blank=True, db_index=True, validators=[FBA_ID])
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking = models.CharField(_("PRO / tracking number"), max_length=80, blank=True)
    shipped_on = models.DateField(_("date shipped"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    objects = ShipmentQuerySet.as_manager()
    history = tracked(key="code")

    class Meta:
        verbose_name = _("shipment")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="shipment_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ShipmentState.values), name="shipment_state_known"),
            models.CheckConstraint(
                condition=~Q(state="shipped") | Q(shipped_on__isnull=False), name="shipment_shipped_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def move(self, state: str, *, actor: User | None = None, **changes: object) -> None:
        """Take the shipment to `state` by compare-and-swap. Raises Conflict where that is not allowed (any more)."""
        before = self.state
        if state not in SHIPMENT_MOVES[before]:
            raise Conflict(f"Shipment {self.code} is {self.get_state_display().lower()}; it cannot become {state}.")
        if Shipment.objects.filter(pk=self.pk, state=before).update(state=state, **changes) != 1:
            raise Conflict(f"Shipment {self.code} was changed by someone else meanwhile. Open it again.")
        note_update([self], {"state": state, **changes}, actor=actor)
        self.state = state
        for name, value in changes.items():
            setattr(self, name, value)


class Pallet(Coded):
    """One physical pallet for one destination store. Lengths in inches, weights in pounds."""

    CODE_FORMAT = "P-{:06d}"

    code = KeyField(_("code"), max_length=20, unique=True, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="pallets", verbose_name=_("destination store"))
    state = models.CharField(
        _("state"), max_length=10, choices=PalletState, default=PalletState.PLANNED, editable=False
    )
    cartons = models.IntegerField(_("cartons"), default=0)
    volume = models.DecimalField(_("volume"), max_digits=12, decimal_places=2, help_text=_("Cubic inches of goods."))
    weight = models.DecimalField(
        _("gross weight"), max_digits=8, decimal_places=2, help_text=_("Pounds, pallet included.")
    )
    height = models.DecimalField(_("height"), max_digits=6, decimal_places=2, help_text=_("Inches, pallet included."))
    fill = models.DecimalField(
        _("fill"), max_digits=6, decimal_places=4, help_text=_("1 = a full pallet; it sets the price.")
    )
    cube = models.DecimalField(_("cube"), max_digits=6, decimal_places=4, help_text=_("Plain share of the volume."))
    placements = models.JSONField(_("placements"), default=list, editable=False)
    steps = models.JSONField(_("build steps"), default=list, editable=False)
    is_pooled = models.BooleanField(
        _("pooled"),
        default=False,
        editable=False,
        help_text=_("A mutual store's pallet with goods of several clients; it takes more while it is planned."),
    )
    shipment = models.ForeignKey(
        Shipment,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="pallets",
        verbose_name=_("shipment"),
    )
    has_estimates = models.BooleanField(_("estimated sizes"), default=False)
    shipped_on = models.DateField(_("date shipped"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Why it was cancelled."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    objects = PalletQuerySet.as_manager()
    history = tracked(
        key="code",
        only=("code", "store", "state", "is_pooled", "shipment", "shipped_on", "carrier", "tracking"),
    )

    class Meta:
        verbose_name = _("pallet")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="pallet_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(fill__gte=0, fill__lte=1), name="pallet_fill_is_a_share"),
            models.CheckConstraint(condition=Q(cube__gte=0, cube__lte=1), name="pallet_cube_is_a_share"),
            models.CheckConstraint(condition=Q(weight__gt=0, height__gt=0, volume__gt=0), name="pallet_load_positive"),
            models.CheckConstraint(condition=Q(cartons__gt=0), name="pallet_has_cartons"),
            models.CheckConstraint(condition=Q(state__in=PalletState.values), name="pallet_state_known"),
            models.CheckConstraint(
                condition=~Q(state="shipped") | Q(shipped_on__isnull=False), name="pallet_shipped_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def fill_percent(self) -> Decimal:
        return (self.fill * 100).quantize(Decimal("0.1"))

    def move(self, state: str, *, actor: User | None = None, **changes: object) -> None:
        """Take the pallet to `state` by compare-and-swap. Raises Conflict where the move is not allowed (any more)."""
        before = self.state
        if state not in PALLET_MOVES[before]:
            raise Conflict(f"Pallet {self.code} is {self.get_state_display().lower()}; it cannot become {state}.")
        if Pallet.objects.filter(pk=self.pk, state=before).update(state=state, **changes) != 1:
            raise Conflict(f"Pallet {self.code} was changed by someone else meanwhile. Open it again.")
        note_update([self], {"state": state, **changes}, actor=actor, reason=str(changes.get("note", "")))
        self.state = state
        for name, value in changes.items():
            setattr(self, name, value)


class PalletLine(models.Model):
    """Cases of one cart line on one pallet. A pooled line keeps its client."""

    pallet = models.ForeignKey(Pallet, models.CASCADE, related_name="lines")
    cart_line = models.ForeignKey(CartLine, models.PROTECT, related_name="pallet_lines")
    client = models.ForeignKey(Client, models.PROTECT, related_name="pallet_lines", verbose_name=_("client"))
    asin = models.ForeignKey(Asin, models.PROTECT, related_name="pallet_lines", verbose_name="ASIN")
    cases = models.IntegerField(_("cases"))
    units = models.IntegerField(_("units"))
    shipping_per_unit = MoneyField(_("shipping per unit"), decimal_places=4)
    shipping = MoneyField(_("shipping"))

    class Meta:
        verbose_name = _("pallet line")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["pallet", "cart_line"], name="pallet_line_one_per_cart_line"),
            models.CheckConstraint(condition=Q(cases__gt=0, units__gte=F("cases")), name="pallet_line_positive"),
            models.CheckConstraint(
                condition=Q(shipping__gte=0, shipping_per_unit__gte=0), name="pallet_line_shipping_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} x {self.asin_id}"
