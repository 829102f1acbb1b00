"""API tokens and idempotency keys."""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, Group, User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import KeyField
from common.history import tracked, watch

PREFIX = "pas_"

watch(
    User,
    app="access",
    key="username",
    only=("username", "first_name", "last_name", "email", "is_staff", "is_superuser", "is_active"),
    noted=("password",),
    relations=("groups", "user_permissions"),
)
watch(Group, app="access", key="name", only=("name",), relations=("permissions",))


class ApiToken(models.Model):
    """A secret for a program that acts as a user. Only its hash is stored; the secret is shown once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("What uses it."))
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = KeyField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = tracked(key="name", only=("user", "name", "prefix", "expires_at", "revoked_at"))

    class Meta:
        verbose_name = _("API token")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, *, user: AbstractBaseUser, name: str) -> tuple[Self, str]:
        """A new token of `user` and its secret, which cannot be read again."""
        secret = PREFIX + token_urlsafe(32)
        token = cls.objects.create(user=user, name=name, prefix=secret[:10], digest=cls.digest_of(secret))
        return token, secret

    @staticmethod
    def digest_of(secret: str) -> str:
        return sha256(secret.encode()).hexdigest()

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class IdempotencyKey(models.Model):
    """The answer to a request that must not take effect twice, by user and the key the client sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = KeyField(max_length=200)
    body_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_one_per_user_and_key"),
            models.CheckConstraint(condition=Q(status__isnull=True) | Q(status__gte=200), name="idempotency_status_ok"),
        ]

    def __str__(self) -> str:
        return self.key
