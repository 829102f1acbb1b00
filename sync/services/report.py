"""What a run did, in counts and in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sync.models import SourceName
from sync.parsing.issues import RowIssue

COUNTS = ("created", "updated", "unchanged", "deactivated", "reactivated")
# Beyond a run's own states (common.models.RunState): another run was under way, so none was started.
BUSY = "busy"


@dataclass(slots=True)
class Counts:
    """Objects of one part of a source; each object counts once."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    reactivated: int = 0


@dataclass(frozen=True, slots=True)
class PartIssue:
    """A row issue and the part of the source it belongs to: `clients`, `stores` …; empty where only one."""

    part: str
    issue: RowIssue

    @property
    def is_warning(self) -> bool:
        return self.issue.severity == "warning"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written: counts by part, changes in words, and the rows that were refused or warned of.

    `seen` holds the keys of the objects that came, by part, where only what has changed was read; None = everything
    was. `marks` say up to where.
    """

    parts: dict[str, Counts] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    issues: tuple[PartIssue, ...] = ()
    header_hash: str = ""
    seen: Mapping[str, frozenset[str]] | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Everything that the source has was read."""
        return self.seen is None

    def total(self, count: str) -> int:
        return sum(getattr(counts, count) for counts in self.parts.values())

    def counts(self) -> dict[str, int]:
        """Every count by name, and by part and name where there are several parts: for the run's row."""
        found = {count: self.total(count) for count in COUNTS}
        found["warnings"] = sum(issue.is_warning for issue in self.issues)
        found["refused"] = len(self.issues) - found["warnings"]
        if len(self.parts) > 1:
            for part, counts in self.parts.items():
                found |= {f"{part}.{name}": number for name, number in asdict(counts).items()}
        return found


@dataclass(frozen=True, slots=True)
class SyncReport:
    """One source's run. `state`: a RunState or `busy`; `error`: why nothing was written, else empty."""

    source: SourceName
    state: str
    error: str = ""
    run_id: int | None = None
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def ok(self) -> bool:
        """Nothing stands in the way: it was written, or the source is not set."""
        return not self.error

    @property
    def created(self) -> int:
        return self.outcome.total("created")

    @property
    def updated(self) -> int:
        return self.outcome.total("updated")

    @property
    def unchanged(self) -> int:
        return self.outcome.total("unchanged")

    @property
    def deactivated(self) -> int:
        return self.outcome.total("deactivated")

    @property
    def reactivated(self) -> int:
        return self.outcome.total("reactivated")

    @property
    def changed(self) -> int:
        """Objects that this run created, updated, or took out of or back into use."""
        return self.created + self.updated + self.deactivated + self.reactivated

    @property
    def refused(self) -> tuple[PartIssue, ...]:
        return tuple(issue for issue in self.outcome.issues if not issue.is_warning)

    @property
    def warnings(self) -> tuple[PartIssue, ...]:
        return tuple(issue for issue in self.outcome.issues if issue.is_warning)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        return {
            "source": str(self.source),
            "state": str(self.state),
            "error": self.error,
            "run": self.run_id,
            "counts": self.outcome.counts(),
            "changes": list(self.outcome.changes),
            "issues": [{"part": one.part, **asdict(one.issue)} for one in self.outcome.issues],
        }
