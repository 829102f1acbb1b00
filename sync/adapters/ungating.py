"""The ungating software over HTTP: the statuses that are new since the last reading, or all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sync.adapters.http import Caller
from sync.adapters.listing import read_mark, read_part
from sync.adapters.reading import Reading, Tell, say_nothing

STATUSES = "statuses"
STATUSES_PATH = "/v1/ungating"


def read_ungating(
    caller: Caller, *, marks: Mapping[str, Any], sweep: bool, now: datetime, tell: Tell = say_nothing
) -> Reading:
    """The statuses changed since `marks`; all of them on a `sweep` and where there is no mark.

    `now` is UTC. `tell` hears the statuses read so far. Raises Unreachable, UnusableFile.
    """
    mark = read_mark(marks, STATUSES)
    complete = sweep or mark is None
    part = read_part(caller, STATUSES_PATH, mark, everything=complete, now=now, tell=tell)
    return Reading({STATUSES: part.objects}, complete, {STATUSES: part.mark.as_json()})
