"""What the audit finds: a total, what is stored of it, and what its rows add up to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One total that its rows do not add up to."""

    subject: str
    total: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.subject}: {self.total} is {self.stored}, its rows say {self.recomputed}"


def sums_of(rows: Any, group: str, **totals: Any) -> dict[Any, dict[str, Any]]:
    return {row[group]: row for row in rows.order_by().values(group).annotate(**totals)}


def compare(subject: object, stored: dict[str, Any], recomputed: dict[str, Any]) -> Iterator[Difference]:
    for total, value in stored.items():
        if value != recomputed[total]:
            yield Difference(str(subject), total, value, recomputed[total])
