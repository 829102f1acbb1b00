"""The ungating software's statuses and their history."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from clients.models import Store
from common.errors import Problem
from common.sources import Source
from inventory.bulk import batches
from sync import sources
from sync.adapters.amazon import AmazonReading
from sync.parsing.feeds import Feed
from sync.parsing.ungating import UngatingRow, parse_statuses
from sync.services.amazon import read_amazon
from sync.services.context import Ask, Context, Write
from sync.services.guard import hold_where, vanishing_doubt
from sync.services.part import BATCH, Part
from sync.services.report import Outcome
from ungating.models import UngatingChange, UngatingStatus

AMAZON = "Amazon"  # whom row issues name that are about no row

Key = tuple[int, str, str]  # store, scope, key


@dataclass(frozen=True, slots=True)
class UngatingFeed:
    """All statuses, or those that have changed (`complete`); `marks` say up to where they were read, `refusals` what
    Amazon does not tell.
    """

    statuses: Feed[UngatingRow]
    complete: bool
    marks: Mapping[str, Any]
    refusals: tuple[Problem, ...] = ()


def read(ask: Ask) -> Write:
    """Fetch and parse the statuses. Raises UnusableFile."""
    from_amazon = ask.given is None and sources.asks_amazon()
    reading = read_amazon(ask) if from_amazon else sources.read_ungating(ask)
    refusals = reading.problems if isinstance(reading, AmazonReading) else ()
    known = set(Store.objects.values_list("panel_id", flat=True))
    statuses = parse_statuses(reading.parts["statuses"], known_stores=known)
    return partial(_write, UngatingFeed(statuses, reading.complete, reading.marks, refusals))


def _write(whole: UngatingFeed, context: Context) -> Outcome:
    feed = whole.statuses
    part = Part(UngatingStatus, "", run=context.run, now=context.now)
    part.take(feed.issues)
    for problem in whole.refusals:
        part.warn(None, key=AMAZON, field=problem.field, value="", reason="amazon_refuses", message=problem.message)
    stores = dict(Store.objects.values_list("panel_id", "pk"))
    stored = {_key_of(status): status for status in UngatingStatus.objects.order_by("pk")}
    found = {(stores[row.store_id], row.scope, row.key): row for row in feed.rows}
    gone = _gone(whole, found, stored)
    active = sum(status.from_feed and status.is_active for status in stored.values())
    keys = [str(status.pk) for status in gone]
    hold_where([vanishing_doubt(words="ungating statuses", vanishing=keys, active=active)], accepted=context.accepted)
    _free_upstream_ids(found, stored)
    changes = _update(part, found, stored)
    for status in gone:
        part.deactivate(status, label=_label(status.scope, status.value, status.store_id, stores))
        changes.append(UngatingChange(status=status, old=status.status, reason="No longer in the feed"))
    part.save()
    # After the statuses: a row of the history locks its status for reading, and whoever overrides it waits to write.
    _note(changes)
    new = {key: row for key, row in found.items() if key not in stored}
    _create(part, new)
    _note_new(new, known={store for store, _, _ in stored})
    return Outcome(
        {"statuses": part.counts},
        tuple(part.changes),
        tuple(part.issues),
        seen=None if whole.complete else {"": feed.keys | {AMAZON}},
        marks=whole.marks,
    )


def _key_of(status: UngatingStatus) -> Key:
    return status.store_id, status.scope, status.key


def _label(scope: str, value: str, store_pk: int, stores: Mapping[str, int]) -> str:
    panel_id = next((panel_id for panel_id, pk in stores.items() if pk == store_pk), store_pk)
    return f"store {panel_id}, {scope} {value}"


def _gone(
    whole: UngatingFeed, found: Mapping[Key, UngatingRow], stored: Mapping[Key, UngatingStatus]
) -> list[UngatingStatus]:
    """Statuses in use that were deleted, whose id now says something else, or that are no longer listed where all were
    read; one that was refused is not gone.
    """
    deleted = {stone.id for stone in whole.statuses.deleted} | {row.id for row in found.values()}
    refused = {issue.key for issue in whole.statuses.refused} - deleted
    return [
        status
        for key, status in stored.items()
        if status.from_feed
        and status.is_active
        and key not in found
        and (status.upstream_id in deleted or (whole.complete and status.upstream_id not in refused))
    ]


def _free_upstream_ids(found: Mapping[Key, UngatingRow], stored: Mapping[Key, UngatingStatus]) -> None:
    """Take ids away from statuses that lose them, before others get them: an id is unique at every moment."""
    given = {row.id: key for key, row in found.items()}
    losers = [
        status
        for key, status in stored.items()
        if status.upstream_id is not None and given.get(status.upstream_id, key) != key
    ]
    for batch in batches(losers):
        UngatingStatus.objects.filter(pk__in=[status.pk for status in batch]).update(upstream_id=None)
    for status in losers:
        status.upstream_id = None


def _update(
    part: Part[UngatingStatus], found: Mapping[Key, UngatingRow], stored: Mapping[Key, UngatingStatus]
) -> list[UngatingChange]:
    """Bring what is stored to the feed, not saved yet; the rows of the history that this makes."""
    changes = []
    for key, row in found.items():
        status = stored.get(key)
        if status is None or not _counts(part, row, status):
            continue
        returns = not status.is_active and status.retired_at is None
        if returns or status.status != row.status:
            old, why = ("", row.reason or "Back in the feed") if returns else (status.status, row.reason)
            changes.append(UngatingChange(status=status, old=old, new=row.status, reason=why))
        part.compare(status, _values(row), label=f"store {row.store_id}, {row.scope} {row.value}")
    return changes


def _note(changes: Iterable[UngatingChange]) -> None:
    UngatingChange.objects.bulk_create(changes, batch_size=BATCH)


def _note_new(new: Mapping[Key, UngatingRow], *, known: Collection[int]) -> None:
    """A status that a store gets beside others is news; the first reading of a store is none."""
    ids = [row.id for (store_pk, _, _), row in new.items() if store_pk in known]
    for some in batches(ids):
        made = UngatingStatus.objects.filter(upstream_id__in=some).order_by("pk")
        _note(UngatingChange(status=one, new=one.status, reason=one.reason or "New in the feed") for one in made)


def _counts(part: Part[UngatingStatus], row: UngatingRow, status: UngatingStatus) -> bool:
    """Whether the row is to be taken over; where not, the part says why."""
    if not status.from_feed:
        part.refuse_manual(row.row, key=row.id, field="value")
        return False
    return not part.is_older(row.row, key=row.id, updated_at=row.updated_at, known=status.feed_updated_at)


def _create(part: Part[UngatingStatus], new: Mapping[Key, UngatingRow]) -> None:
    UngatingStatus.objects.bulk_create(
        [
            UngatingStatus(store_id=store_pk, scope=scope, key=text, source=Source.FEED, **_values(row))
            for (store_pk, scope, text), row in new.items()
        ],
        batch_size=BATCH,
    )
    for row in new.values():
        part.created(f"store {row.store_id}, {row.scope} {row.value}", row.status)


def _values(row: UngatingRow) -> dict[str, Any]:
    """The columns that the ungating software owns; a manual override is ours and stays."""
    return {
        "value": row.value,
        "status": row.status,
        "reason": row.reason,
        "approval_url": row.approval_url,
        "checked_at": row.checked_at,
        "expires_at": row.expires_at,
        "upstream_id": row.id,
        "feed_updated_at": row.updated_at,
    }
