"""What each store may receive: statuses by ASIN, brand and category, their history, and tasks to unlock more."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Store
from common.fields import KeyField, LinkField, MoneyField
from common.history import tracked
from common.money import ZERO
from common.sources import Sourced
from common.text import text_key
from ungating.querysets import UngatingStatusQuerySet, UngatingTaskQuerySet


class Scope(models.TextChoices):
    ASIN = "asin", "ASIN"
    BRAND = "brand", _("Brand")
    CATEGORY = "category", _("Category")


class Status(models.TextChoices):
    UNGATED = "ungated", _("Yes")
    INVOICE_NEEDED = "invoice_needed", _("No, invoice needed")
    GATED = "gated", _("No")
    NOT_ELIGIBLE = "not_eligible", _("Not eligible")
    UNKNOWN = "unknown", _("Unknown")


def scope_key(scope: str, value: str) -> str:
    """The stored form that statuses match by: an ASIN upper-case, a brand or category as its text key."""
    return value.strip().upper() if scope == Scope.ASIN else text_key(value)


class UngatingStatus(Sourced):
    """Whether a store may receive an ASIN, a brand or a category. A manual override beats what the feed says."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="ungating_statuses", verbose_name=_("store"))
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    value = models.CharField(_("value"), max_length=200, help_text=_("The ASIN, brand or category."))
    key = KeyField(max_length=600, editable=False)
    status = models.CharField(_("status in the feed"), max_length=16, choices=Status, default=Status.UNKNOWN)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    approval_url = LinkField(_("approval link"), max_length=500, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    override = models.CharField(
        _("manual override"),
        max_length=16,
        choices=Status,
        blank=True,
        help_text=_("Beats the feed until it is reset."),
    )
    override_reason = models.CharField(_("reason of the override"), max_length=200, blank=True)
    is_lapsed = models.BooleanField(default=False, editable=False, help_text=_("The history says that it has expired."))
    upstream_id = KeyField(max_length=80, unique=True, null=True, blank=True, editable=False)
    feed_updated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UngatingStatusQuerySet.as_manager()
    # Its status, override and use have a row of their own for each change.
    history = tracked(
        key="key",
        exclude=("status", "override", "override_reason", "is_active", "is_lapsed", "upstream_id", "checked_at"),
    )

    class Meta:
        verbose_name = _("ungating status")
        verbose_name_plural = _("ungating statuses")
        ordering = ["store", "scope", "key"]
        indexes = [
            models.Index(fields=["scope", "key"], name="ungating_by_key"),
            models.Index(fields=["is_lapsed", "expires_at"], name="ungating_by_expiry"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "scope", "key"], name="ungating_one_per_store_and_key"),
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="ungating_scope_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ungating_status_known"),
            models.CheckConstraint(condition=Q(override__in=["", *Status.values]), name="ungating_override_known"),
            models.CheckConstraint(condition=~Q(key=""), name="ungating_key_not_blank"),
        ]

    def __str__(self) -> str:
        return f"{self.store.name}: {self.get_scope_display()} {self.value}"

    def clean(self) -> None:
        self.key = scope_key(self.scope, self.value)

    def save(self, *args: object, **kwargs: object) -> None:
        self.key = scope_key(self.scope, self.value)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def effective(self, now: datetime) -> str:
        """The status that counts at `now`: the override, else the feed's unless it has expired."""
        if self.override:
            return self.override
        return Status.UNKNOWN if self.is_expired(now) else self.status

    def is_expired(self, now: datetime) -> bool:
        """Whether what the feed says no longer counts."""
        return self.expires_at is not None and self.expires_at <= now


class UngatingChange(models.Model):
    """One change of a status: from what, to what, why, by whom.

    Blank is no status: `old` of a new one, `new` of one taken out of use; of an override it is none. Whoever writes a
    row leaves `told_at` empty; what it unlocks or locks is told later, by those that know stock and carts.
    """

    status = models.ForeignKey(UngatingStatus, models.PROTECT, related_name="changes")
    old = models.CharField(_("from"), max_length=16, choices=Status, blank=True)
    new = models.CharField(_("to"), max_length=16, choices=Status, blank=True)
    is_override = models.BooleanField(_("override"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("who"))
    changed_at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True, editable=False, db_index=True)

    class Meta:
        verbose_name = _("ungating change")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class TaskState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DISMISSED = "dismissed", _("Dismissed")


class Ask(models.TextChoices):
    APPROVAL = "approval", _("Approval")
    INVOICE = "invoice", _("Invoice")
    CHECK = "check", _("Check of its status")


class ClosedBecause(models.TextChoices):
    UNGATED = "ungated", _("Ungated")
    NOT_WORTH_IT = "not_worth_it", _("No longer worth it")
    BY_HAND = "by_hand", _("Settled by hand")


class UngatingTask(models.Model):
    """What to ask Amazon for, one per store and brand, and what it would unlock. An override to No is a person's own
    decision and nothing to ask for.

    One that a person settled stays so until it unlocks twice `settled_unlocks`; one marked as done also comes back
    where it was ungated and is gated again.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="ungating_tasks", verbose_name=_("store"))
    brand = models.CharField(_("brand"), max_length=200)
    brand_key = KeyField(max_length=600, editable=False)
    ask = models.CharField(_("ask for"), max_length=10, choices=Ask)
    unlocks = MoneyField(_("unlocks up to"), default=ZERO, help_text=_("USD of stock this store could then receive."))
    state = models.CharField(_("state"), max_length=10, choices=TaskState, default=TaskState.OPEN)
    closed_because = models.CharField(_("closed because"), max_length=12, choices=ClosedBecause, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_unlocks = MoneyField(
        _("unlocked when settled"), null=True, blank=True, editable=False, help_text=_("USD. A person settled it then.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = UngatingTaskQuerySet.as_manager()
    history = tracked(key="brand_key", exclude=("unlocks", "settled_at", "settled_by"))

    class Meta:
        verbose_name = _("ungating task")
        ordering = ["-unlocks", "id"]
        constraints = [
            models.UniqueConstraint(fields=["store", "brand_key"], name="ungating_task_one_per_store_and_brand"),
            models.CheckConstraint(condition=Q(unlocks__gte=0), name="ungating_task_unlocks_not_negative"),
            models.CheckConstraint(
                condition=Q(settled_unlocks__isnull=True) | Q(settled_unlocks__gte=0),
                name="ungating_task_settled_not_negative",
            ),
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="ungating_task_state_known"),
            models.CheckConstraint(
                condition=Q(closed_because__in=["", *ClosedBecause.values]), name="ungating_task_closed_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} ({self.get_ask_display()})"

    def save(self, *args: object, **kwargs: object) -> None:
        self.brand_key = text_key(self.brand)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class TasksMark(models.Model):
    """What the tasks were last worked out from, so that nothing is where nothing has changed: one row, its key 1."""

    made_from = models.CharField(max_length=400, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mark of the ungating tasks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.made_at}"
