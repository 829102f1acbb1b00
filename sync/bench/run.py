"""One run of the bench: our import first, so that the peak memory is its own, then the peers on the same rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from allocation.bench.measure import Took, peak_memory, timed
from allocation.bench.targets import Mark
from sync.bench.database import borrowed, empty_stock
from sync.bench.peers import create_bare, import_by_default
from sync.bench.sheets import Spec, changed_rows, refused_rows, write_sheet
from sync.models import SourceName
from sync.parsing.portal import parse_portal
from sync.parsing.tables import read_table
from sync.services import sync_source

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
# Rows of one INSERT; None: as many as Django thinks right.
BATCHES = (None, 500, 2_000)
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
    first = Spec(spec.rows, spec.seed)
    sheet, other = wanted.folder / "sheet.csv", wanted.folder / "changed.csv"
    say(f"Two sheets of {spec.rows:,} rows")
    write_sheet(sheet, first)
    write_sheet(other, spec)
    asins, changed = spec.rows - refused_rows(spec), changed_rows(spec)
    say(f"First import, an unchanged sheet, {changed:,} changed rows")
    ours = [
        _sync("first import", sheet, asins, {"created": asins, "refused": refused_rows(spec)}),
        _sync("unchanged", sheet, asins, {"unchanged": asins}),
        _sync(f"{spec.changed:.2%} changed", other, asins, {"updated": changed, "unchanged": asins - changed}),
    ]
    memory = peak_memory()
    rows = parse_portal(read_table(sheet, sheet.name), today=NOW.date()).rows
    bare = []
    for batch in BATCHES:
        say(f"bulk_create in batches of {f'{batch:,}' if batch else 'its own size'}")
        empty_stock()
        name = f"bulk_create{f' by {batch:,}' if batch else ''}"
        bare.append(Step(name, asins, create_bare(rows, batch)))
    few = rows[: wanted.peer_rows]
    say(f"import-export by default, {len(few):,} rows, twice")
    empty_stock()
    names = ("import-export", "import-export again")
    default = [Step(name, len(few), import_by_default(few)) for name in names]
    best = max(bare, key=lambda step: step.rate)
    return Result(wanted, connection.vendor, sheet.stat().st_size / 1e6, ours, memory, best, default)


def _sync(name: str, sheet: Path, asins: int, wanted: dict[str, int]) -> Step:
    """The whole way: read the file, parse, compare, write, record the refused rows. Raises WrongOutcome."""
    report, took = timed(lambda: sync_source(source=SourceName.PORTAL, file=sheet, now=NOW))
    counts = report.outcome.counts()
    if not report.ok or any(counts[count] != number for count, number in wanted.items()):
        raise WrongOutcome(f"{name}: {report.error or counts} instead of {wanted}")
    return Step(name, asins, took)
