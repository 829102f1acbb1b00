"""Alerts: what a person should know or do."""

from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField
from notifications.querysets import AlertQuerySet


class AlertKind(models.TextChoices):
    ALLOCATED = "allocated", _("Allocation succeeded")
    INSUFFICIENT_BALANCE = "insufficient_balance", _("Insufficient balance")
    UNGATING_CHANGED = "ungating_changed", _("Ungating status changed")
    UNGATING_ACTION = "ungating_action", _("Ungating action needed")
    PREORDER_ARRIVED = "preorder_arrived", _("Preorder arrived")
    STOCK_SHORT = "stock_short", _("Stock below reserved")
    SYNC_TROUBLE = "sync_trouble", _("Sync held, stale or failed")
    BACKUP_TROUBLE = "backup_trouble", _("Backup failed or stale")
    BALANCE_SHORT = "balance_short", _("Balance below held")
    SETTLEMENT = "settlement", _("Charge does not fit its cart")
    BATCH_TROUBLE = "batch_trouble", _("Batch failed")
    MAIL_TROUBLE = "mail_trouble", _("E-mail not delivered")


class AlertState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")


class Alert(models.Model):
    """One condition that a person should see; its repeats fold into it with a count."""

    kind = models.CharField(_("kind"), max_length=24, choices=AlertKind)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("details"), blank=True)
    link = models.CharField(_("link"), max_length=300, blank=True)
    fold_key = KeyField(max_length=160)
    count = models.IntegerField(_("times"), default=1)
    state = models.CharField(_("state"), max_length=6, choices=AlertState, default=AlertState.OPEN)
    open_key = models.GeneratedField(
        expression=Case(
            When(state="open", then=F("fold_key")), default=Value(None), output_field=KeyField(max_length=160)
        ),
        output_field=KeyField(max_length=160, null=True),
        db_persist=True,
        editable=False,
    )
    first_at = models.DateTimeField(_("first"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"), auto_now_add=True, db_index=True)
    snoozed_until = models.DateTimeField(
        _("put off until"), null=True, blank=True, help_text=_("Not shown as open before then.")
    )
    mailed_at = models.DateTimeField(_("last e-mail"), null=True, blank=True, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        ordering = ["-last_at", "-id"]
        indexes = [
            models.Index(fields=["state", "-last_at"], name="alert_by_state"),
            models.Index(fields=["state", "snoozed_until"], name="alert_awake"),
            models.Index(fields=["fold_key", "-id"], name="alert_by_condition"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["open_key"], name="alert_one_open_per_condition"),
            models.CheckConstraint(condition=Q(count__gt=0), name="alert_count_positive"),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_snoozed(self, now: datetime) -> bool:
        """Open, but put off until later than `now`."""
        return self.state == AlertState.OPEN and self.snoozed_until is not None and self.snoozed_until > now
