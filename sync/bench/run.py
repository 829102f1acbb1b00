"""One run of the bench: our import first, so that the peak memory is its own, then the peers on the same rows.

Everybody has two tries, ours before and after the first one of bulk_create, and the faster one counts: on a machine
that does other things as well, the slower one measures these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from allocation.bench.measure import Took, peak_memory, timed
from allocation.bench.targets import Mark
from sync.bench.database import borrowed, empty
from sync.bench.peers import create_bare, import_by_default
from sync.bench.sheets import Spec, changed_rows, refused_rows, write_sheet
from sync.models import SourceName
from sync.parsing.portal import parse_portal
from sync.parsing.portal_feed import PortalRow
from sync.parsing.tables import read_table
from sync.services import sync_source

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
# Rows of one INSERT, one size for each try; None: as many as Django thinks right.
BATCHES = (None, 500)
Say = Callable[[str], None]


class WrongOutcome(Exception):
    """A run did not do what its sheet asked for, so its seconds say nothing."""


@dataclass(frozen=True)
class Wanted:
    """`spec`: the sheet when it is read a third time; `peer_rows` of it are given to import-export."""

    spec: Spec
    peer_rows: int
    folder: Path


@dataclass(frozen=True)
class Step:
    """Something that was done to `asins` (accepted rows), and how long it took."""

    name: str
    asins: int
    took: Took

    @property
    def rate(self) -> float:
        """ASINs a second, on the wall."""
        return self.asins / self.took.wall


@dataclass(frozen=True)
class Result:
    """`ours`: first import, unchanged, changed. `default`: import-export's import and its second one of the same rows.
    `bare`: the fastest bulk_create. `memory`: MB of this process at most, before the peers ran.
    """

    wanted: Wanted
    engine: str
    file_mb: float
    ours: Sequence[Step]
    memory: float
    bare: Step
    default: Sequence[Step]

    @property
    def marks(self) -> list[Mark]:
        """Import-export is taken at the faster of its two."""
        first, again, _ = self.ours
        default = max(step.rate for step in self.default)
        return [
            Mark("first import / bulk_create", first.rate / self.bare.rate, 0.25, "%", at_least=True),
            Mark("first import / import-export", first.rate / default, 5, "x", at_least=True),
            Mark("unchanged / import-export", again.rate / default, 20, "x", at_least=True),
            Mark("memory", self.memory, 500, "MB"),
        ]

    @property
    def ok(self) -> bool:
        return all(mark.ok for mark in self.marks)


def run(wanted: Wanted, say: Say) -> Result:
    """Runs it all; `say` hears one line for each step. Raises OtherData, WrongOutcome and WrongRows."""
    with borrowed():
        return _run(wanted, say)


def _run(wanted: Wanted, say: Say) -> Result:
    spec = wanted.spec
    first, changed = wanted.folder / "sheet.csv", wanted.folder / "changed.csv"
    say(f"Two sheets of {spec.rows:,} rows")
    write_sheet(first, Spec(spec.rows, spec.seed))
    write_sheet(changed, spec)
    tries = [_ours(spec, first, changed, say)]
    memory = peak_memory()
    rows = parse_portal(read_table(first, first.name), today=NOW.date()).rows
    bare = [_bare(rows, BATCHES[0], say)]
    tries.append(_ours(spec, first, changed, say))
    bare.append(_bare(rows, BATCHES[1], say))
    few = rows[: wanted.peer_rows]
    say(f"import-export by default, {len(few):,} rows, twice")
    empty()
    names = ("import-export", "import-export again")
    default = [Step(name, len(few), import_by_default(few)) for name in names]
    ours = [_faster(steps) for steps in zip(*tries, strict=True)]
    return Result(wanted, connection.vendor, first.stat().st_size / 1e6, ours, memory, _faster(bare), default)


def _faster(steps: Sequence[Step]) -> Step:
    return max(steps, key=lambda step: step.rate)


def _ours(spec: Spec, first: Path, changed: Path, say: Say) -> list[Step]:
    """An empty database takes over the sheet, the same again, and the changed one. Raises WrongOutcome."""
    empty()
    refused, differ = refused_rows(spec), changed_rows(spec)
    asins = spec.rows - refused
    say(f"First import, an unchanged sheet, {differ:,} changed rows")
    return [
        _sync("first import", first, asins, {"created": asins, "refused": refused}),
        _sync("unchanged", first, asins, {"unchanged": asins}),
        _sync(f"{spec.changed:.2%} changed", changed, asins, {"updated": differ, "unchanged": asins - differ}),
    ]


def _bare(rows: Sequence[PortalRow], batch: int | None, say: Say) -> Step:
    name = f"bulk_create by {batch:,}" if batch else "bulk_create"
    say(name)
    empty()
    return Step(name, len(rows), create_bare(rows, batch))


def _sync(name: str, sheet: Path, asins: int, wanted: dict[str, int]) -> Step:
    """The whole way: read the file, parse, compare, write, record the refused rows. Raises WrongOutcome."""
    report, took = timed(lambda: sync_source(source=SourceName.PORTAL, file=sheet, now=NOW))
    counts = report.outcome.counts()
    if not report.ok or any(counts[count] != number for count, number in wanted.items()):
        raise WrongOutcome(f"{name}: {report.error or counts} instead of {wanted}")
    return Step(name, asins, took)
