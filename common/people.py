"""Who is acting."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied


def signed_in(request: Any) -> User:
    """The user of a request that only signed-in users can make. Raises PermissionDenied for anyone else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
