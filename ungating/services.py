"""Manual overrides of ungating statuses, and the history of every change.

Called inside the admin's own transaction or outside of any, so the block here is not the outermost by force.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from ungating.models import Status, UngatingChange, UngatingStatus


def set_override(*, statuses: Iterable[UngatingStatus], status: str, reason: str, actor: User | None = None) -> int:
    """Let `status` beat the feed for each of `statuses` until it is reset; the number that changed.

    Raises DomainError where the status is unknown or no reason is given.
    """
    if status not in Status.values:
        raise DomainError(f"“{status}” is not an ungating status.", field="status")
    if not reason.strip():
        raise DomainError("Say why the feed is overridden.", field="reason")
    return _override(statuses, status, reason.strip()[:200], actor)


def reset_override(
    *, statuses: Iterable[UngatingStatus], reason: str = "Override reset", actor: User | None = None
) -> int:
    """Let the feed count again for each of `statuses`; the number that changed."""
    return _override(statuses, "", reason.strip()[:200], actor)


@transaction.atomic
def _override(statuses: Iterable[UngatingStatus], override: str, reason: str, actor: User | None) -> int:
    """The reason of an override stays with it; a reset leaves none, its own stands in the history."""
    kept = reason if override else ""
    rows = UngatingStatus.objects.select_for_update().filter(pk__in=[row.pk for row in statuses]).order_by("pk")
    changed = [row for row in rows if (row.override, row.override_reason) != (override, kept)]
    changes = [
        UngatingChange(status=row, old=row.override, new=override, is_override=True, reason=reason, actor=actor)
        for row in changed
    ]
    UngatingStatus.objects.filter(pk__in=[row.pk for row in changed]).update(
        override=override, override_reason=kept, updated_at=timezone.now()
    )
    UngatingChange.objects.bulk_create(changes)
    return len(changed)


def record_change(*, status: UngatingStatus, old: str, reason: str = "", actor: User | None = None) -> None:
    """Note that the status itself went from `old` to what it is now; nothing where it is the same."""
    if status.status != old:
        UngatingChange.objects.create(status=status, old=old, new=status.status, reason=reason[:200], actor=actor)
