"""Manual overrides of ungating statuses, and the history of every change by hand.

Called inside the admin's own transaction or outside of any, so the block here is not the outermost by force.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from common.errors import DomainError
from common.transactions import durable
from ungating.models import Scope, Status, UngatingChange, UngatingStatus, scope_key


def set_override(*, statuses: Iterable[UngatingStatus], status: str, reason: str, actor: User | None = None) -> int:
    """Let `status` beat the feed for each of `statuses` until it is reset; the number that changed.

    Raises DomainError where the status is unknown or no reason is given.
    """
    if status not in Status.values:
        raise DomainError(f"“{status}” is not an ungating status.", field="status")
    if not reason.strip():
        raise DomainError("Say why the feed is overridden.", field="reason")
    return _retried(statuses, status, reason.strip()[:200], actor)


def reset_override(
    *, statuses: Iterable[UngatingStatus], reason: str = "Override reset", actor: User | None = None
) -> int:
    """Let the feed count again for each of `statuses`; the number that changed."""
    return _retried(statuses, "", reason.strip()[:200], actor)


def _retried(statuses: Iterable[UngatingStatus], override: str, reason: str, actor: User | None) -> int:
    """A feed that writes the same statuses may be in the way; inside a caller's transaction there is one attempt."""
    write = transaction.atomic(_override) if connection.in_atomic_block else durable(_override)
    return write([row.pk for row in statuses], override, reason, actor)


def _override(ids: Collection[int], override: str, reason: str, actor: User | None) -> int:
    """The reason of an override stays with it; a reset leaves none, its own stands in the history."""
    kept = reason if override else ""
    rows = UngatingStatus.objects.select_for_update().filter(pk__in=ids).order_by("pk")
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
    """Note that the status itself went from `old` (blank for a new one) to what it is now; nothing where it is the
    same.
    """
    if status.status != old:
        UngatingChange.objects.create(status=status, old=old, new=status.status, reason=reason[:200], actor=actor)


def record_use(*, statuses: Iterable[UngatingStatus], in_use: bool, actor: User | None = None) -> None:
    """Note that each of `statuses` was brought back into use or taken out of it."""
    reason = "Brought back into use" if in_use else "Taken out of use"
    UngatingChange.objects.bulk_create(
        UngatingChange(
            status=row,
            old="" if in_use else row.status,
            new=row.status if in_use else "",
            reason=reason,
            actor=actor,
        )
        for row in statuses
    )


def record_edit(*, status: UngatingStatus, before: Mapping[str, Any], actor: User | None = None) -> None:
    """Note what a person made of a status. `before` has its fields as they were (`store` a key), empty for a new one.

    One that now speaks of another store or thing is new for that one.
    """
    if not before:
        record_change(status=status, old="", reason="Made by hand", actor=actor)
        return
    thing = (before["store"], before["scope"], scope_key(before["scope"], before["value"]))
    if thing != (status.store_id, status.scope, status.key):
        reason = f"Changed by hand, was {Scope(before['scope']).label} {before['value']}"
        record_change(status=status, old="", reason=reason, actor=actor)
    else:
        record_change(status=status, old=before["status"], reason="Changed by hand", actor=actor)
    if before["is_active"] != status.is_active:
        record_use(statuses=[status], in_use=status.is_active, actor=actor)
