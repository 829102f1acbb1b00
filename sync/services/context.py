"""What the reader and the writer of a source are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from common.models import Run
from sync.adapters.reading import Tell, say_nothing
from sync.services.report import Outcome


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave to be read instead of the address in the settings: a file or folder, or an upload's bytes."""

    name: str
    content: Path | bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """What a source is read with: the clock, what a person gave, up to where it was read before.

    `sweep` = everything is wanted, whatever the `marks` say. `tell` hears of the progress and may end the reading.
    """

    now: datetime
    given: Given | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)
    sweep: bool = True
    tell: Tell = say_nothing


@dataclass(frozen=True, slots=True)
class Context:
    """The run, its clock, the header last seen, and the mass change that a person has accepted.

    `accepted` is the digest of that change, guard.ANY_CHANGE, or empty.
    """

    run: Run
    now: datetime
    header_hash: str = ""
    accepted: str = ""

    @property
    def reference(self) -> str:
        """What movements of this run say they come from."""
        return f"sync #{self.run.pk}"


# The second half of a run: compare and write. It runs in a transaction, perhaps more than once.
Write = Callable[[Context], Outcome]
# The first half: fetch and parse. Raises UnusableFile.
Read = Callable[[Ask], Write]
