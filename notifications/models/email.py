"""The outbox: e-mails as they leave, and who gets which kind."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField
from notifications.models.alert import Alert, AlertKind
from notifications.querysets import EmailQuerySet

DIGEST = "digest"
# What is sent by mail. Trouble with the mail itself is not: it would be mail about mail.
MAIL_KINDS: list[tuple[str, Any]] = [
    *((kind.value, kind.label) for kind in AlertKind if kind != AlertKind.MAIL_TROUBLE),
    (DIGEST, _("Daily digest")),
]


class EmailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Given up")


class Email(models.Model):
    """One e-mail to one address, written in the transaction that it tells of and sent by a worker afterwards."""

    kind = models.CharField(_("kind"), max_length=24, choices=MAIL_KINDS)
    alert = models.ForeignKey(
        Alert, models.CASCADE, null=True, blank=True, related_name="emails", verbose_name=_("alert")
    )
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=150)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    message_id = KeyField(
        _("Message-ID"), max_length=190, unique=True, help_text=_("The same with every try, so that repeats show.")
    )
    state = models.CharField(_("state"), max_length=8, choices=EmailState, default=EmailState.WAITING)
    attempts = models.PositiveIntegerField(_("tries"), default=0, help_text=_("Counted before sending begins."))
    next_try_at = models.DateTimeField(_("next try"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        ordering = ["-id"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["state", "next_try_at", "id"], name="email_ready"),
            models.Index(fields=["state", "claimed_until"], name="email_left_behind"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EmailState.values), name="email_state_known"),
            models.CheckConstraint(
                condition=Q(state="sending", claimed_until__isnull=False)
                | (~Q(state="sending") & Q(claimed_until__isnull=True)),
                name="email_claimed_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="email_sent_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class MailChoice(models.Model):
    """A user wants e-mails of a kind."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_choices", verbose_name=_("user")
    )
    kind = models.CharField(_("kind"), max_length=24, choices=MAIL_KINDS)

    class Meta:
        verbose_name = _("choice of e-mails")
        ordering = ["user", "kind"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="mail_choice_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _label in MAIL_KINDS]), name="mail_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


class SenderSlot(models.Model):
    """One row: when the next sending of what is due may be queued. Taken by a conditional UPDATE."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    free_at = models.DateTimeField(_("free at"))

    class Meta:
        verbose_name = _("turn to send")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sender_slot_only_one")]

    def __str__(self) -> str:
        return f"free at {self.free_at}"
