"""Runs that nobody needs any more: a source that is read each minute leaves 1,440 of them a day."""

from datetime import datetime, timedelta

from django.db.models import Q

from common.models import Run, RunState
from inventory.bulk import batches
from sync.models import SourceName, SourceState
from sync.services.lease import slot_of

# A run that changed nothing is kept for two days, any other for as long as people ask what a feed has changed.
KEEP_QUIET = timedelta(days=2)
KEEP = timedelta(days=400)
COUNTS_OF_CHANGE = ("created", "updated", "deactivated", "reactivated")


def drop_old_runs(*, now: datetime) -> int:
    """Delete old runs of sources, but those that row issues or sources refer to and those that are open; how many."""
    ended = Run.objects.filter(kind__in=[slot_of(source) for source in SourceName], finished_at__isnull=False)
    quiet = Q(finished_at__lt=now - KEEP_QUIET, state__in=[RunState.SUCCEEDED, RunState.SKIPPED])
    for name in COUNTS_OF_CHANGE:
        quiet &= Q(**{f"counts__{name}": 0}) | Q(**{f"counts__{name}": None}) | Q(counts={})
    old = ended.filter(quiet | Q(finished_at__lt=now - KEEP)).exclude(state=RunState.HELD)
    kept = set(SourceState.objects.values_list("last_run", flat=True))
    keys = [pk for pk in old.filter(issues=None).values_list("pk", flat=True) if pk not in kept]
    for some in batches(keys):
        Run.objects.filter(pk__in=some).delete()
    return len(keys)
