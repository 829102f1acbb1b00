"""Who a program is: the API token in its Authorization header."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.models import ApiToken

SCHEMES = ("bearer", "token")
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer pas_…` (or `Token pas_…`). Raises AuthenticationFailed (401) for a token that is
    unknown, revoked or expired, or whose user is inactive. Other schemes are left to others.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() not in SCHEMES:
            return None
        token = self.token_of(secret.strip())
        self.note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def token_of(self, secret: str) -> ApiToken:
        token = ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(secret)).first()
        if token is None:
            raise AuthenticationFailed("This API token is not known.")
        if token.revoked_at:
            raise AuthenticationFailed("This API token has been revoked.")
        if not token.is_valid:
            raise AuthenticationFailed("This API token has expired.")
        if not token.user.is_active:
            raise AuthenticationFailed("The user of this API token is inactive.")
        return token

    def note_use(self, token: ApiToken) -> None:
        """At most once a minute, whatever the number of requests and of web processes."""
        now = timezone.now()
        if token.last_used_at and token.last_used_at > now - USE_NOTED_EVERY:
            return
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
