"""What a sheet says once it is parsed: the same for every sheet, whatever its rows."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sync.parsing.issues import RowIssue

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class SheetFeed(Generic[RowT]):
    """All that a sheet says. `data_rows` counts blank rows too; issues stand in the sheet's order."""

    rows: tuple[RowT, ...]
    issues: tuple[RowIssue, ...]
    data_rows: int
    header_hash: str
    unknown_columns: tuple[str, ...]

    @property
    def refused(self) -> tuple[RowIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "refused")
