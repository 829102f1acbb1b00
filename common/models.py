"""The run: one execution of a sync, a batch, a backup. Knows no domain."""

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Held for a person")
    SKIPPED = "skipped", _("Skipped")
    RELEASED = "released", _("Released by a person")
    DISCARDED = "discarded", _("Discarded")
    PARKED = "parked", _("Parked after 3 starts")


class Run(models.Model):
    """One execution: what, when, how often started, how far, what came of it."""

    kind = models.CharField(_("kind"), max_length=40, help_text=_("For example sync.portal or backup."))
    slot = KeyField(
        max_length=60,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text=_("Taken while it runs, where only one of its kind may run at once."),
    )
    target = models.CharField(_("of"), max_length=200, blank=True, help_text=_("A file given by hand."))
    state = models.CharField(_("state"), max_length=12, choices=RunState, default=RunState.RUNNING)
    attempts = models.PositiveIntegerField(_("starts"), default=1, help_text=_("Counted before the work begins."))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    changes = models.JSONField(
        _("changes"),
        default=list,
        blank=True,
        help_text=_("The first changes in words; of a held run those it would make."),
    )
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("started by")
    )

    class Meta:
        verbose_name = _("run")
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "state", "-id"], name="run_kind_state")]
        constraints = [
            models.CheckConstraint(condition=models.Q(done__lte=models.F("total")), name="run_done_within_total"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def seconds(self) -> float | None:
        """How long it took, or None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None

    def finish(
        self,
        state: RunState,
        *,
        counts: dict[str, int] | None = None,
        changes: Sequence[str] | None = None,
        error: str = "",
    ) -> None:
        """Record the end of the run; its slot is free for the next. It keeps its counts and changes where none are
        given.
        """
        self.state, self.error, self.finished_at, self.slot = state, error, timezone.now(), None
        if counts is not None:
            self.counts = counts
        if changes is not None:
            self.changes = list(changes)
        self.save(update_fields=["state", "slot", "error", "finished_at", "counts", "changes"])


class AndonCord(models.Model):
    """The one switch that stops whatever a schedule or a webhook starts; people and API calls go on. A single row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    pulled_at = models.DateTimeField(_("pulled"), null=True, blank=True)
    pulled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Andon cord")
        verbose_name_plural = _("Andon cord")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="andon_one_cord"),
            models.CheckConstraint(
                condition=models.Q(pulled_at=None, reason="")
                | (models.Q(pulled_at__isnull=False) & ~models.Q(reason="")),
                name="andon_pulled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Pulled: {self.reason}" if self.is_pulled else "Not pulled"

    @property
    def is_pulled(self) -> bool:
        return self.pulled_at is not None


class AndonEvent(models.Model):
    """The cord was pulled or released: by whom, when and why."""

    is_pull = models.BooleanField(_("pulled"))
    reason = models.CharField(_("why"), max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("Andon event")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{'Pulled' if self.is_pull else 'Released'}: {self.reason}"
