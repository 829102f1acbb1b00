"""What the servers have said before: so that an edit without a new `updated_at` is still a change to readers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sync.devservers.files import WatchedFile
from sync.devservers.moments import moment_text, parse_moment


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it is served.

    `mark` is when it was last changed, `None` where the object does not say so. `fields` are what filters look at:
    of an object that is gone, the last ones.
    """

    id: str
    value: Any
    mark: datetime | None
    fields: Mapping[str, Any]
    gone: bool = False


class History:
    """Notices what differs between one reading of a list and the next.

    An object that is new or differs gets `updated_at` = the moment of the reading, or just after its own where
    that lies ahead; one that is no longer there becomes a tombstone. The first reading is taken as it is. Objects
    whose own `updated_at` is missing or unreadable are never touched. (`created_at` stands for a missing
    `updated_at`.) Nothing is kept beyond the process.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Mapping[str, Any]]] | None = None
        self._stamps: dict[tuple[str, str], datetime] = {}
        self._gone: dict[str, Entry] = {}

    def observe(self, objects: Sequence[Any], now: datetime) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """(the objects as they are to be served, with tombstones at the end; the ids that have changed)."""
        before, stamps, changed = self._known, self._stamps, dict[str, None]()
        self._known, self._stamps = {}, {}
        entries: list[Entry] = []
        for value in objects:
            if not isinstance(value, dict) or value.get("id") in (None, ""):
                entries.append(Entry("", value, None, value if isinstance(value, dict) else {}))
                continue
            id_, content = str(value["id"]), _content(value)
            stamp = stamps.get((id_, content))
            if before is not None and content not in before.get(id_, {}):
                stamp = now
                changed[id_] = None
            self._known.setdefault(id_, {})[content] = value
            entries.append(self._entry(id_, content, value, stamp))
        changed.update(dict.fromkeys(self._bury(before or {}, now)))
        return (*entries, *self._gone.values()), tuple(changed)

    def _entry(self, id_: str, content: str, value: dict[str, Any], stamp: datetime | None) -> Entry:
        own = own_mark(value)
        if own is None or stamp is None:
            return Entry(id_, value, own, value)
        mark = max(stamp, own + timedelta(microseconds=1))
        self._stamps[id_, content] = mark
        return Entry(id_, {**value, "updated_at": moment_text(mark)}, mark, value)

    def _bury(self, before: Mapping[str, Mapping[str, Mapping[str, Any]]], now: datetime) -> list[str]:
        known = self._known or {}
        self._gone = {id_: entry for id_, entry in self._gone.items() if id_ not in known}
        lost = [id_ for id_ in before if id_ not in known]
        for id_ in lost:
            fields = list(before[id_].values())[-1]
            stone = {"id": fields["id"], "deleted_at": moment_text(now)}
            self._gone[id_] = Entry(id_, stone, now, fields, gone=True)
        return lost


class WatchedList:
    """A file's objects with their history; `tell` gets the name of the list and the ids of each change."""

    def __init__(
        self, name: str, file: WatchedFile[list[Any]], tell: Callable[[str, Sequence[str]], None] | None = None
    ) -> None:
        self.name = name
        self._file = file
        self._tell = tell
        self._lock = Lock()
        self._history = History()
        self._objects: list[Any] | None = None
        self._entries: tuple[Entry, ...] = ()

    def entries(self, now: datetime) -> tuple[Entry, ...]:
        """The objects as of `now`, tombstones among them. Raises BrokenFile."""
        with self._lock:
            objects = self._file.read()
            if objects is not self._objects:
                self._entries, changed = self._history.observe(objects, now)
                self._objects = objects
                if changed and self._tell is not None:
                    self._tell(self.name, changed)
            return self._entries


def own_mark(value: Mapping[str, Any]) -> datetime | None:
    """When the object itself says that it was last changed."""
    for field in ("updated_at", "created_at", "deleted_at"):
        if value.get(field) not in (None, ""):
            return parse_moment(value[field])
    return None


def _content(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)
