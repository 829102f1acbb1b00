"""The one family of errors that people see: few, typed, with data."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong, in the user's words; `field` names the input it belongs to, or is empty."""

    field: str
    message: str


class DomainError(Exception):
    """Something the user can understand and mend. Raised once with all its problems.

    `code` is stable and for machines, `status` is the HTTP status of the API's answer.
    """

    code = "invalid"
    title = "This cannot be done"
    status = 422

    def __init__(self, problems: str | Sequence[Problem], *, field: str = "") -> None:
        self.problems: tuple[Problem, ...] = (
            (Problem(field, problems),) if isinstance(problems, str) else tuple(problems)
        )
        super().__init__(str(self))

    def __str__(self) -> str:
        return " ".join(problem.message for problem in self.problems)


class NotFound(DomainError):
    """An id that we do not know."""

    code = "not_found"
    title = "Not found"
    status = 404


class Conflict(DomainError):
    """The thing has moved on since it was read: a stale plan, a status that no longer allows the move."""

    code = "conflict"
    title = "This has changed meanwhile"
    status = 409


class StalePlan(Conflict):
    """What a plan was made from is no longer so: plan again."""

    code = "stale_plan"
    title = "The plan is out of date"
