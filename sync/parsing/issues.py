"""What can be wrong with upstream data: one row of it, or the whole file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from common.errors import DomainError

SHOWN = 60

Severity = Literal["refused", "warning"]


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One row that was refused, or taken with a warning.

    `row` is the number in the sheet (header = 1) or the place in a list (first = 1). `key` names the object
    (ASIN, id), `field` and `value` (shortened) the first fault, `reason` is a code such as `invalid_asin`,
    `message` says it all in the user's words.
    """

    row: int | None
    key: str
    field: str
    value: str
    reason: str
    message: str
    severity: Severity = "refused"


class UnusableFile(DomainError):
    """A file, sheet or reply that cannot be used at all; nothing of it may be written."""

    code = "unusable_file"
    title = "This file cannot be used"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one field of a row; `message` without its full stop."""

    field: str
    value: str
    reason: str
    message: str


@dataclass(slots=True)
class RowFaults:
    """Collects the faults and the warnings of one row, in the order in which they are looked for."""

    row: int
    key: str = ""
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def refuse(self, field: str, value: object, reason: str, message: str) -> None:
        self.faults.append(Fault(field, shorten(value), reason, message))

    def warn(self, field: str, value: object, reason: str, message: str) -> None:
        self.warnings.append(Fault(field, shorten(value), reason, message))

    def issues(self) -> list[RowIssue]:
        """One refusal named by the first fault and listing the others; else one issue per warning."""
        if not self.faults:
            return [self._issue(warning, warning.message + ".", "warning") for warning in self.warnings]
        first, *others = self.faults
        message = first.message + "."
        if others:
            message += " Also: " + "; ".join(other.message for other in others) + "."
        return [self._issue(first, message, "refused")]

    def _issue(self, fault: Fault, message: str, severity: Severity) -> RowIssue:
        return RowIssue(self.row, self.key, fault.field, fault.value, fault.reason, message, severity)


def shorten(value: object, length: int = SHOWN) -> str:
    """`value` as one safe line of at most `length` characters, for a message or a log."""
    # Cut first, generously: a cell of megabytes must not be worked through to be shown.
    text = "" if value is None else str(value)[: length * 8]
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def listed(words: Sequence[str], *, most: int = 30) -> str:
    """`words` as a readable list, cut after `most` of them."""
    shown = ", ".join(shorten(word) for word in words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"
