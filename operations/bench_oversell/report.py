"""The run as lines of text and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from allocation.bench.report import table
from allocation.bench.targets import Mark
from operations.bench_oversell.verdict import Verdict
from operations.bench_oversell.workers import Tally

# To reach on two idle cores, with so many processes or more.
ATTEMPTS_A_SECOND = 150
PROCESSES = 8
MOST_DRIFT_TOLD = 5
REFUSED = ("promised not: units", "promised not: insufficient_balance")
COMING_IN = ("arrivals", "charges", "deposits")


@dataclass(frozen=True)
class Wanted:
    """`seconds` of spending by `processes`, one of which reads what comes in; `mutant`: without the guard."""

    seconds: float
    processes: int
    asins: int
    clients: int
    seed: int
    mutant: bool


@dataclass(frozen=True)
class Result:
    """`engine` is the database's vendor."""

    wanted: Wanted
    engine: str
    tally: Tally
    verdict: Verdict

    @property
    def attempts(self) -> int:
        return len(self.tally.seconds)

    @property
    def rate(self) -> float:
        """Attempts a second."""
        return self.attempts / self.wanted.seconds

    @property
    def took(self) -> str:
        """Of an attempt, with all that was tried again in it."""
        p50, p99 = (1000 * _share(self.tally.seconds, share) for share in (0.5, 0.99))
        return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"

    @property
    def marks(self) -> list[Mark]:
        """Nothing may go wrong; something must have been promised, refused for either reason, and come in."""
        counts, verdict = self.tally.counts, self.verdict
        faults = {
            "oversold": verdict.oversold,
            "overdrawn": verdict.overdrawn,
            "drift": len(verdict.drift),
            "unhandled": counts["unhandled"],
            "locked": counts["locked"],
        }
        least = {
            "promised": counts["promised"],
            "short of units": counts[REFUSED[0]],
            "short of money": counts[REFUSED[1]],
            **{name: counts[name] for name in COMING_IN},
        }
        marks = [Mark(name, count, 0, "") for name, count in faults.items()]
        marks += [Mark(name, count, 1, "", at_least=True) for name, count in least.items()]
        if self.engine == "mysql" and self.wanted.processes >= PROCESSES:
            marks.append(Mark("attempts", self.attempts, ATTEMPTS_A_SECOND * self.wanted.seconds, "", at_least=True))
        return marks

    @property
    def ok(self) -> bool:
        """All numbers reached; of the mutant: whether it was caught, by what it did to stock and money."""
        return not self.verdict.is_clean if self.wanted.mutant else all(mark.ok for mark in self.marks)


def as_text(result: Result) -> list[str]:
    """Lines for a terminal; the last is the summary."""
    wanted, counts = result.wanted, result.tally.counts
    return [
        f"{wanted.processes} processes for {wanted.seconds:g} s over {wanted.asins} ASINs and {wanted.clients} "
        f"clients, seed {wanted.seed}; {result.engine}",
        *table([["", "count", "a second"], *(_row(name, count, wanted) for name, count in _counts(result))]),
        f"  an attempt took {result.took}; {counts['tried again']:,} statements waited in vain and were tried again",
        *(f"  error: {error}" for error in result.tally.errors),
        *(f"  drift: {words}" for words in result.verdict.drift[:MOST_DRIFT_TOLD]),
        *(f"  {mark}" for mark in result.marks if not mark.ok and not wanted.mutant),
        summary(result),
    ]


def as_json(result: Result) -> dict[str, Any]:
    """Everything counted; seconds."""
    return {
        **asdict(result.wanted),
        "engine": result.engine,
        "attempts": result.attempts,
        "counts": dict(sorted(result.tally.counts.items())),
        "p50": _share(result.tally.seconds, 0.5),
        "p99": _share(result.tally.seconds, 0.99),
        **asdict(result.verdict),
        "errors": result.tally.errors,
        "marks": [asdict(mark) | {"ok": mark.ok} for mark in result.marks],
        "ok": result.ok,
        "summary": summary(result),
    }


def summary(result: Result) -> str:
    """One line, the verdict last."""
    counts, verdict, wanted = result.tally.counts, result.verdict, result.wanted
    word = ("CAUGHT" if result.ok else "NOT CAUGHT") if wanted.mutant else ("PASS" if result.ok else "MISS")
    return (
        f"bench oversell{' --mutant' if wanted.mutant else ''}: {result.attempts:,} attempts, {verdict.oversold:,} "
        f"oversold, {verdict.overdrawn:,} overdrawn, {len(verdict.drift):,} drift, {counts['unhandled']:,} unhandled, "
        f"{counts['locked']:,} locked; {counts['promised']:,} promised, {result.rate:,.0f} attempts/s, {result.took} "
        f"({result.engine}): {word}"
    )


def _counts(result: Result) -> list[tuple[str, int]]:
    counts: Counter[str] = result.tally.counts
    others = sorted(set(counts) - {"promised", "tried again", "unhandled", "locked"})
    return [
        ("attempts", result.attempts),
        ("promised", counts["promised"]),
        *((name, counts[name]) for name in others),
        ("oversold units", result.verdict.oversold),
        ("overdrawn cents", result.verdict.overdrawn),
        ("drift", len(result.verdict.drift)),
        ("unhandled errors", counts["unhandled"]),
        ("locked", counts["locked"]),
    ]


def _row(name: str, count: int, wanted: Wanted) -> list[str]:
    return [name, f"{count:,}", f"{count / wanted.seconds:,.1f}"]


def _share(seconds: Sequence[float], share: float) -> float:
    """What this share of them does not exceed; 0 without any."""
    ranked = sorted(seconds)
    return ranked[int(share * (len(ranked) - 1))] if ranked else 0.0
