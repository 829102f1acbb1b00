"""The run as lines of text, our steps above those of others, and as JSON."""

from dataclasses import asdict
from typing import Any

from allocation.bench.report import table
from sync.bench.run import Result, Step


def as_text(result: Result) -> list[str]:
    """Lines for a terminal; the last is the summary."""
    spec, first = result.wanted.spec, result.ours[0]
    refused = spec.rows - first.asins
    default = max(result.default, key=lambda step: step.rate)
    rows = [["", "ASINs", "seconds", "cpu s", "ASINs/s", "of bulk_create", "x import-export"]]
    rows += [_cells(step, result.bare, default) for step in (*result.ours, result.bare, *result.default)]
    return [
        f"Sheet: {spec.rows:,} rows, {refused:,} of them refused, {result.file_mb:.1f} MB, seed {spec.seed}; "
        f"{result.engine}; peak memory of our import {result.memory:.0f} MB",
        *table(rows),
        "  the faster of two tries; bulk_create: of ready objects; import-export: its default resource, of "
        f"{default.asins:,} rows that are parsed already, without stock movements",
        summary(result),
    ]


def as_json(result: Result) -> dict[str, Any]:
    """Everything measured: seconds, ASINs a second, MB."""
    return {
        "spec": asdict(result.wanted.spec),
        "engine": result.engine,
        "file_mb": result.file_mb,
        "memory_mb": result.memory,
        "ours": [_step_json(step) for step in result.ours],
        "bulk_create": _step_json(result.bare),
        "import_export": [_step_json(step) for step in result.default],
        "marks": [asdict(mark) | {"ok": mark.ok} for mark in result.marks],
        "summary": summary(result),
    }


def summary(result: Result) -> str:
    """One line: every number to reach, and PASS or MISS."""
    marks = "; ".join(map(str, result.marks))
    return f"bench sync: {result.wanted.spec.rows:,} rows, {result.engine}: {marks}: {'PASS' if result.ok else 'MISS'}"


def _cells(step: Step, bare: Step, default: Step) -> list[str]:
    return [
        step.name,
        f"{step.asins:,}",
        f"{step.took.wall:.2f}",
        f"{step.took.cpu:.2f}",
        f"{step.rate:,.0f}",
        f"{step.rate / bare.rate:.2f}",
        f"{step.rate / default.rate:,.1f}",
    ]


def _step_json(step: Step) -> dict[str, Any]:
    return {"name": step.name, "asins": step.asins, **asdict(step.took), "rate": step.rate}
