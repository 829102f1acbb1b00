"""What a source gives when it is asked, and how it says that it cannot be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.errors import Problem
from sync.parsing.issues import UnusableFile

# Told while a source is read: pages or objects done, of how many (0: not known). It may raise, which ends the reading.
Tell = Callable[[int, int], None]


def say_nothing(done: int, total: int) -> None:
    """A Tell that nobody listens to."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw objects of a source by part (`clients`, `stores` …).

    `complete`: these are all that there are, so what is stored and not among them is gone; otherwise only what has
    changed. `marks` is plain JSON to be kept with what is written and given to the next reading.
    """

    parts: Mapping[str, list[Any]]
    complete: bool
    marks: Mapping[str, Any]


class Unreachable(UnusableFile):
    """The source did not answer as it should; `retry_after`: the seconds that it asks us to wait, where it does."""

    code = "unreachable"
    title = "The source cannot be read"

    def __init__(self, problems: str | Sequence[Problem], *, retry_after: float | None = None) -> None:
        super().__init__(problems)
        self.retry_after = retry_after
