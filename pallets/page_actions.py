"""What the pages of carts, pallets and shipments share: who may, and telling what came of it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from common.errors import DomainError
from pallets.services.versions import AlreadyDone


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied where the user lacks one of the permissions."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def acted(request: HttpRequest, act: Callable[[], str]) -> None:
    """Run `act` and tell its answer; where it cannot be done, tell every problem. What was done already, as by a double
    click, is no error.
    """
    try:
        messages.success(request, act())
    except AlreadyDone as error:
        messages.info(request, str(error))
    except DomainError as error:
        tell_problems(request, error)


def tell_problems(request: HttpRequest, error: DomainError) -> None:
    """Every problem of a refusal as a message."""
    for problem in error.problems:
        messages.error(request, problem.message)
