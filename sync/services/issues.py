"""Row issues across runs: one row for each, from when it is first seen until the row is right again."""

from collections import defaultdict
from datetime import datetime

from common.models import Run
from inventory.bulk import batches
from sync.models import RowIssue, SourceName
from sync.services.report import Outcome, PartIssue

# Said once, when a transaction is taken over: they stay open until a person has seen to them.
STICKY = ("unknown_reference", "charge_above_hold")
BATCH = 500

Identity = tuple[str, str, str, str, str, bool]


def record_issues(*, source: SourceName, run: Run, outcome: Outcome, now: datetime) -> None:
    """Open what is new, close what is gone, leave the rest as it is. Must run in a transaction.

    Where only what has changed was read, an issue of an object that did not come stays.
    """
    known: dict[Identity, list[RowIssue]] = defaultdict(list)
    for stored in RowIssue.objects.filter(source=source, closed_at=None).order_by("row", "id"):
        known[_identity(stored)].append(stored)
    new: list[RowIssue] = []
    moved: list[RowIssue] = []
    for found in sorted((_row(source, run, one) for one in outcome.issues), key=lambda issue: issue.row or 0):
        same = known[_identity(found)]
        if not same:
            new.append(found)
            continue
        stored = same.pop(0)
        if (stored.row, stored.message) != (found.row, found.message):
            stored.row, stored.message = found.row, found.message
            moved.append(stored)
    RowIssue.objects.bulk_create(new, batch_size=BATCH)
    if moved:
        RowIssue.objects.bulk_update(moved, ["row", "message"], batch_size=BATCH)
    gone = [issue.pk for left in known.values() for issue in left if _is_over(issue, outcome)]
    for some in batches(gone):
        RowIssue.objects.filter(pk__in=some).update(closed_at=now)


def _is_over(issue: RowIssue, outcome: Outcome) -> bool:
    if issue.reason in STICKY:
        return False
    return outcome.seen is None or issue.key in outcome.seen.get(issue.part, ())


def _identity(issue: RowIssue) -> Identity:
    """What makes two reports one issue; the row's number may move, and the words may change."""
    return issue.part, issue.key, issue.field, issue.value, issue.reason, issue.is_warning


def _row(source: SourceName, run: Run, found: PartIssue) -> RowIssue:
    issue = found.issue
    return RowIssue(
        source=source,
        run=run,
        part=found.part,
        row=issue.row,
        key=issue.key[:200],
        field=issue.field[:60],
        value=issue.value[:200],
        reason=issue.reason[:60],
        message=issue.message[:500],
        is_warning=found.is_warning,
    )
