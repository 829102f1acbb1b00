"""What every writer of a source is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.models import Run
from sync.services.report import Outcome


@dataclass(frozen=True, slots=True)
class Context:
    """The run, its clock, the header last seen, and whether a person has accepted a mass change."""

    run: Run
    now: datetime
    header_hash: str = ""
    accepted: bool = False

    @property
    def reference(self) -> str:
        """What movements of this run say they come from."""
        return f"sync #{self.run.pk}"


# The second half of a run: compare and write. It runs in a transaction, perhaps more than once.
Write = Callable[[Context], Outcome]
