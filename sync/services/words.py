"""A run's report as lines for people."""

from collections.abc import Iterator
from dataclasses import asdict

from common.models import RunState
from sync.services.report import COUNTS, Outcome, PartIssue, SyncReport
from sync.sources import setting_of

MOST_CHANGES = 20
MOST_WARNINGS = 10


def headline(report: SyncReport) -> str:
    """One line: the source and how its run ended."""
    if report.state == RunState.SKIPPED:
        return f"{report.source}: not set ({setting_of(report.source)}), skipped."
    if report.error:
        return f"{report.source}: {report.state}. {report.error}"
    totals = {count: report.outcome.total(count) for count in COUNTS}
    counts = ", ".join(f"{number} {count}" for count, number in totals.items() if number)
    issues = f"{len(report.refused)} refused, {len(report.warnings)} warnings"
    end = "" if report.changed else " No changes."
    return f"{report.source}: {counts or 'nothing there'}; {issues}.{end}"


def report_lines(report: SyncReport) -> Iterator[str]:
    """The headline, then the first changes, every refusal with its reason, and the first warnings."""
    yield headline(report)
    yield from _parts(report.outcome)
    changes = report.outcome.changes[:MOST_CHANGES]
    if changes:
        yield f"  Changes{_of(len(changes), report.changed)}:"
        yield from (f"    {change}" for change in changes)
    if report.refused:
        yield f"  Refused ({len(report.refused)}):"
        yield from (f"    {_issue(one)}" for one in report.refused)
    warnings = report.warnings[:MOST_WARNINGS]
    if warnings:
        yield f"  Warnings{_of(len(warnings), len(report.warnings))}:"
        yield from (f"    {_issue(one)}" for one in warnings)


def _parts(outcome: Outcome) -> Iterator[str]:
    if len(outcome.parts) > 1:
        for part, counts in outcome.parts.items():
            words = ", ".join(f"{number} {name}" for name, number in asdict(counts).items() if number)
            yield f"  {part}: {words or 'nothing'}"


def _of(shown: int, total: int) -> str:
    return f" (the first {shown} of {total})" if shown < total else f" ({total})"


def _issue(found: PartIssue) -> str:
    """`row 5, asin 'tbd': invalid_asin. ASIN 'tbd' is not an ASIN …`"""
    issue = found.issue
    where = f"{found.part} " if found.part else ""
    field = f", {issue.field} '{issue.value}'" if issue.field else ""
    return f"{where}row {issue.row}{field}: {issue.reason}. {issue.message}"
