"""What the feeds left behind: rows that could not be taken over, and how fresh each source is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField
from common.models import Run


class SourceName(models.TextChoices):
    PORTAL = "portal", _("Buying portal")
    PANEL = "panel", _("AutoFBA panel")
    UNGATING = "ungating", _("Ungating software")
    PREORDERS = "preorders", _("Preorders")


class SourceState(models.Model):
    """One row per source: when it was last read and what was seen."""

    source = models.CharField(_("source"), max_length=12, choices=SourceName, unique=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    header_hash = models.CharField(max_length=64, blank=True)
    last_run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, verbose_name=_("last run"))
    marks = models.JSONField(default=dict, blank=True, help_text=_("Up to where each of its lists was read."))
    swept_at = models.DateTimeField(_("read whole"), null=True, blank=True)
    next_poll_at = models.DateTimeField(_("next reading"), null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True, help_text=_("Its reading waits in the queue since then."))
    held_run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("waits for a person")
    )
    held_digest = models.CharField(max_length=64, blank=True, help_text=_("What the held run would do."))
    refused_digest = models.CharField(max_length=64, blank=True, help_text=_("A change that a person has discarded."))

    class Meta:
        verbose_name = _("source")
        ordering = ["source"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=SourceName.values), name="source_known"),
        ]

    def __str__(self) -> str:
        return self.get_source_display()


class RowIssue(models.Model):
    """A row that was refused, or taken over with a warning: where, what, why. Closed when the row is right again."""

    source = models.CharField(_("source"), max_length=12, choices=SourceName)
    run = models.ForeignKey(Run, models.PROTECT, related_name="issues", verbose_name=_("run"))
    part = models.CharField(_("part"), max_length=20, blank=True, help_text=_("clients, stores, transactions …"))
    row = models.IntegerField(_("row"), null=True, blank=True)
    key = KeyField(_("object"), max_length=200, blank=True)
    field = models.CharField(_("field"), max_length=60, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=60)
    message = models.CharField(_("message"), max_length=500)
    is_warning = models.BooleanField(_("warning only"), default=False)
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("row issue")
        ordering = ["source", "row", "id"]
        indexes = [models.Index(fields=["source", "closed_at", "row"], name="issue_by_source")]

    def __str__(self) -> str:
        return f"{self.source} row {self.row}: {self.reason}"


class FieldChange(models.Model):
    """A field of an object that a run changed, in words. New objects have none; stock and money have their own rows."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="field_changes", verbose_name=_("run"))
    model = models.CharField(_("kind"), max_length=40, help_text=_("For example inventory.asin."))
    object_id = models.BigIntegerField()
    object_name = models.CharField(_("object"), max_length=200)
    field = models.CharField(_("field"), max_length=60)
    old = models.CharField(_("from"), max_length=200, blank=True)
    new = models.CharField(_("to"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("change by a feed")
        verbose_name_plural = _("changes by feeds")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["object_id", "model", "-id"], name="field_change_by_object"),
            models.Index(fields=["model", "-id"], name="field_change_by_model"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}: {self.field} {self.old or '—'} → {self.new or '—'}"


class SheetUpload(models.Model):
    """A file that a person gave by hand, kept until its run is released or discarded."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="upload", verbose_name=_("run"))
    name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    issues = models.JSONField(default=list, help_text=_("The first rows that were refused or warned of."))

    class Meta:
        verbose_name = _("uploaded sheet")

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """A message of an outside system that was accepted: its id is remembered so that a repeat does nothing."""

    source = models.CharField(_("source"), max_length=12, choices=SourceName)
    message_id = KeyField(_("message"), max_length=200)
    body_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id"], name="webhook_taken_once"),
            models.CheckConstraint(condition=Q(source__in=SourceName.values), name="webhook_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.message_id}"
