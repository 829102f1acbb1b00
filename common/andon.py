"""The Andon cord: one switch that stops everything automatic, with who and why.

Automatic is whatever a schedule or a webhook starts. People, their commands and API calls go on, and so do backups and
e-mail, which change nothing of the business.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from common.errors import Conflict, DomainError
from common.models import AndonCord, AndonEvent
from common.transactions import durable

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)


class AlreadySo(Conflict):
    """The cord is as it should become already; says who did it and why."""

    code = "already_so"


class CordPulled(Conflict):
    """Something automatic was to happen while the cord is pulled; says why it is."""

    code = "cord_pulled"


def current_cord() -> AndonCord:
    """The cord as it is now."""
    return AndonCord.objects.select_related("pulled_by").get_or_create(pk=1)[0]


def check_cord() -> None:
    """Raises CordPulled while the cord is pulled: for what began by itself and comes to where it would write."""
    cord = current_cord()
    if cord.is_pulled:
        raise CordPulled(f"Stopped by the Andon cord: {cord.reason}")


@durable
def pull_cord(*, reason: str, actor: AbstractBaseUser | None = None) -> AndonCord:
    """Stop everything automatic. Raises DomainError without a reason, AlreadySo where it is pulled."""
    why = _said(reason, "Say why everything automatic is to stop.")
    cord = _locked()
    if cord.is_pulled:
        by = f" by {cord.pulled_by}" if cord.pulled_by else ""
        raise AlreadySo(f"The cord is pulled already{by}: {cord.reason}")
    cord.pulled_at, cord.pulled_by, cord.reason = timezone.now(), actor, why  # type: ignore[assignment]
    return _record(cord, is_pull=True, why=why, actor=actor)


@durable
def release_cord(*, reason: str, actor: AbstractBaseUser | None = None) -> AndonCord:
    """Let everything automatic go on. Raises DomainError without a reason, AlreadySo where it is not pulled."""
    why = _said(reason, "Say why everything automatic may go on.")
    cord = _locked()
    if not cord.is_pulled:
        raise AlreadySo("The cord is not pulled: everything automatic goes on.")
    cord.pulled_at, cord.pulled_by, cord.reason = None, None, ""
    return _record(cord, is_pull=False, why=why, actor=actor)


def automatic(work: Callable[P, R]) -> Callable[P, R | str]:
    """Marks what a schedule or a webhook starts: it does nothing, and says why, while the cord is pulled."""

    @functools.wraps(work)
    def unless_pulled(*args: P.args, **kwargs: P.kwargs) -> R | str:
        try:
            check_cord()
        except CordPulled as stopped:
            log.info("stopped by the Andon cord", work=work.__name__)
            return str(stopped)
        return work(*args, **kwargs)

    return unless_pulled


def _said(reason: str, words: str) -> str:
    if not reason.strip():
        raise DomainError(words, field="reason")
    return reason.strip()[:200]


def _locked() -> AndonCord:
    current_cord()
    return AndonCord.objects.select_for_update().get(pk=1)


def _record(cord: AndonCord, *, is_pull: bool, why: str, actor: AbstractBaseUser | None) -> AndonCord:
    cord.save()
    AndonEvent.objects.create(is_pull=is_pull, reason=why, actor=actor)  # type: ignore[misc]
    return cord
