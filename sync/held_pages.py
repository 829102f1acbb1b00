"""What the page of a held run shows: plain context for its template, few queries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from common.models import Run, RunState
from sync.models import SheetUpload, SourceName
from sync.services.report import COUNTS

SHOWN = 100
# A release that was asked for is taken up within seconds while a worker lives.
PATIENCE = timedelta(minutes=2)
MOST_DIGITS = 10  # of a time in seconds
LABELS = {
    "created": _("New"),
    "updated": _("Changed"),
    "unchanged": _("Unchanged"),
    "deactivated": _("Taken out of use"),
    "reactivated": _("Back in use"),
}


def held_context(run: Run, source: SourceName) -> dict[str, Any]:
    """Why it is held, what it would change, and the run that came after: two queries."""
    counts = run.counts if isinstance(run.counts, dict) else {}
    changed = sum(int(counts.get(name) or 0) for name in COUNTS if name != "unchanged")
    is_held = run.state == RunState.HELD
    return {
        "run": run,
        "source": source,
        "is_held": is_held,
        "is_discarded": run.state == RunState.DISCARDED,
        "labels": list(LABELS.values()),
        "parts": parts_of(counts) if counts else [],
        "refused": counts.get("refused", 0),
        "warnings": counts.get("warnings", 0),
        "changed": changed,
        "changes": run.changes[:SHOWN],
        "issues": SheetUpload.objects.filter(run=run).values_list("issues", flat=True).first() or [],
        "since": last_try(run) if is_held else run_after(run),
    }


def parts_of(counts: Mapping[str, int]) -> list[tuple[str, list[tuple[Any, int, bool]]]]:
    """The counts as rows, one for each part: its name, and each count with its label and whether it is a loss."""
    names = sorted({name.partition(".")[0] for name in counts if "." in name})
    return [
        (name, [(LABELS[count], _of_part(counts, name, count), count == "deactivated") for count in COUNTS])
        for name in names or [""]
    ]


def _of_part(counts: Mapping[str, int], part: str, count: str) -> int:
    return counts.get(f"{part}.{count}" if part else count, 0)


def run_after(run: Run) -> Run | None:
    """The run by which a held one came to its end, or None where a person discarded it.

    Runs of a source never overlap, so it is the last one that was started before that end.
    """
    ended = Q(state=RunState.SUCCEEDED) | Q(state__in=(RunState.HELD, RunState.RELEASED, RunState.DISCARDED), target="")
    later = Run.objects.filter(ended, kind=run.kind, pk__gt=run.pk, started_at__lte=run.finished_at)
    return later.order_by("-pk").first()


def last_try(run: Run) -> Run | None:
    """The last run of the source since, where it failed: perhaps that was the release."""
    later = Run.objects.filter(kind=run.kind, pk__gt=run.pk).order_by("-pk").first()
    return later if later is not None and later.state == RunState.FAILED else None


def release_stage(found: Mapping[str, Any], *, asked: datetime | None, now: datetime) -> dict[str, bool]:
    """Whether a release that was `asked` for still waits for its worker, or has waited for too long."""
    if asked is None or not found["is_held"]:
        return {"is_released": False, "is_late": False}
    is_tried = found["since"] is not None and found["since"].started_at >= asked
    is_late = now - asked >= PATIENCE
    return {"is_released": not is_tried and not is_late, "is_late": not is_tried and is_late}


def asked_at(query: Mapping[str, str]) -> datetime | None:
    """When this user asked for what the page follows, as its address says."""
    seconds = query.get("asked", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= MOST_DIGITS):
        return None
    return datetime.fromtimestamp(int(seconds), tz=timezone.get_current_timezone())


def followed(page: str, *, now: datetime) -> str:
    """The address of `page` by which it follows what is asked for now."""
    return f"{page}?{urlencode({'asked': int(now.timestamp())})}"
