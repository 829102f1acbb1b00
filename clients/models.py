"""Who buys from us: clients, their stores, and every movement of their money."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.querysets import ClientQuerySet, StoreQuerySet
from common.fields import KeyField, MoneyField
from common.history import tracked
from common.money import ZERO
from common.sources import Coded, Guarded, Sourced
from common.text import text_key
from common.triggers import append_only


class ClientStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class ClientPriority(models.TextChoices):
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


class Client(Guarded, Coded, Sourced):
    """A buyer with a balance in the AutoFBA panel. `available` = balance − held."""

    CODE_FIELD, CODE_FORMAT = "panel_id", "L-{}"
    TOTALS = ("balance", "held", "total_allocated", "last_pallet_on")

    panel_id = KeyField(_("client ID"), max_length=40, unique=True, blank=True, help_text=_("As in the AutoFBA panel."))
    name = models.CharField(_("name"), max_length=200)
    name_key = KeyField(max_length=600, editable=False, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ClientStatus, default=ClientStatus.ACTIVE)
    priority = models.CharField(_("priority"), max_length=6, choices=ClientPriority, default=ClientPriority.MEDIUM)
    balance = MoneyField(_("balance"), default=ZERO, editable=False)
    held = MoneyField(_("held"), default=ZERO, editable=False)
    total_allocated = MoneyField(_("total allocated"), default=ZERO, editable=False)
    last_pallet_on = models.DateField(_("last pallet"), null=True, blank=True, editable=False)
    feed_updated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ClientQuerySet.as_manager()
    history = tracked(key="panel_id", exclude=("name_key",))

    class Meta:
        verbose_name = _("client")
        ordering = ["name", "panel_id"]
        indexes = [models.Index(fields=["name", "panel_id"], name="client_by_name")]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="client_held_not_negative"),
            models.CheckConstraint(condition=Q(total_allocated__gte=0), name="client_allocated_not_negative"),
            models.CheckConstraint(condition=Q(status__in=ClientStatus.values), name="client_status_known"),
            models.CheckConstraint(condition=Q(priority__in=ClientPriority.values), name="client_priority_known"),
            models.CheckConstraint(
                condition=Q(balance__gte=Decimal("-99999999999.99"), balance__lte=Decimal("99999999999.99")),
                name="client_balance_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.panel_id})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = text_key(self.name)
        super().save(*args, **kwargs)

    @property
    def available(self) -> Decimal:
        """USD that new carts may still use."""
        return self.balance - self.held

    @property
    def may_buy(self) -> bool:
        return self.is_active and self.status == ClientStatus.ACTIVE


class StoreStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")


class Store(Coded, Sourced):
    """An Amazon account of one client. A mutual store is ours and pools goods of several clients."""

    CODE_FIELD, CODE_FORMAT = "panel_id", "L-{}"

    panel_id = KeyField(_("store ID"), max_length=40, unique=True, blank=True, help_text=_("As in the AutoFBA panel."))
    client = models.ForeignKey(Client, models.PROTECT, related_name="stores", verbose_name=_("client"))
    name = models.CharField(_("name"), max_length=200)
    marketplace = models.CharField(_("marketplace"), max_length=10, default="US")
    is_mutual = models.BooleanField(
        _("mutual store"), default=False, help_text=_("Ours: pools goods of several clients.")
    )
    status = models.CharField(_("status"), max_length=10, choices=StoreStatus, default=StoreStatus.ACTIVE)
    feed_updated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StoreQuerySet.as_manager()
    history = tracked(key="panel_id")

    class Meta:
        verbose_name = _("store")
        ordering = ["name", "panel_id"]
        indexes = [models.Index(fields=["name", "panel_id"], name="store_by_name")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=StoreStatus.values), name="store_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.panel_id})"

    @property
    def may_receive(self) -> bool:
        return self.is_active and self.status == StoreStatus.ACTIVE


class EntryKind(models.TextChoices):
    PANEL = "panel", _("Panel change")
    HOLD = "hold", _("Hold")
    RELEASE = "release", _("Release")
    SETTLEMENT = "settlement", _("Settlement")
    CORRECTION = "correction", _("Correction")


@append_only
class LedgerEntry(models.Model):
    """One change of a client's money in USD. Corrections are opposite entries. Never changed, never deleted."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="entries", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind)
    balance_change = MoneyField(_("balance"), default=ZERO)
    held_change = MoneyField(_("held"), default=ZERO)
    key = KeyField(_("key"), max_length=120, unique=True, help_text=_("A replay of the same key does nothing."))
    reference = KeyField(_("reference"), max_length=80, blank=True, db_index=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-id"]
        indexes = [models.Index(fields=["client", "-id"], name="entry_by_client")]
        constraints = [
            models.CheckConstraint(condition=~Q(balance_change=0, held_change=0), name="entry_changes_something"),
            models.CheckConstraint(
                condition=Q(kind="panel", held_change=0)
                | Q(kind="hold", balance_change=0, held_change__gt=0)
                | Q(kind__in=["release", "settlement"], balance_change=0, held_change__lt=0)
                | Q(kind="correction"),
                name="entry_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.balance_change:+}/{self.held_change:+}"


class PanelTransaction(models.Model):
    """A transaction as the panel reported it. One whose reference is a cart's code settles that cart's hold."""

    panel_id = KeyField(_("transaction ID"), max_length=80, unique=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="panel_transactions", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=40)
    amount = MoneyField(_("amount"))
    reference = KeyField(_("reference"), max_length=80, blank=True, db_index=True)
    occurred_at = models.DateTimeField(_("when"))
    settled = MoneyField(_("settled"), default=ZERO, help_text=_("USD of a cart's hold that this transaction settled."))

    class Meta:
        verbose_name = _("panel transaction")
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index(fields=["client", "-occurred_at"], name="panel_tx_by_client")]

    def __str__(self) -> str:
        return f"{self.panel_id} {self.kind} {self.amount}"
