"""Lists of objects as rows, deletions and issues; and which of several copies of one object counts."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sync.parsing.issues import RowIssue, Severity, shorten
from sync.parsing.objects import ObjectReader


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An object that the source has deleted: to be deactivated here."""

    row: int
    id: str
    deleted_at: datetime


class Row(Protocol):
    """A parsed object: a frozen dataclass with its place in the list and its id."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def row(self) -> int: ...

    @property
    def id(self) -> str: ...


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Feed(Generic[RowT]):
    """What a list of objects says, each in the list's order. `total` counts the objects."""

    rows: tuple[RowT, ...]
    deleted: tuple[Tombstone, ...]
    issues: tuple[RowIssue, ...]
    total: int

    @property
    def refused(self) -> tuple[RowIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "refused")

    @property
    def keys(self) -> frozenset[str]:
        """The ids of all objects that came, refused and deleted ones too."""
        rows, deleted = (row.id for row in self.rows), (stone.id for stone in self.deleted)
        return frozenset((*rows, *deleted, *(issue.key for issue in self.issues)))


@dataclass(slots=True)
class Draft(Generic[RowT]):
    """A feed in the making."""

    rows: list[RowT]
    deleted: list[Tombstone]
    issues: list[RowIssue]
    total: int

    def feed(self) -> Feed[RowT]:
        issues = sorted(self.issues, key=lambda issue: issue.row or 0)
        return Feed(tuple(self.rows), tuple(self.deleted), tuple(issues), self.total)

    def keep_newest(
        self, *, same: Callable[[RowT], Hashable], when: Callable[[RowT], datetime], reason: str, words: str
    ) -> None:
        """Keeps one row for each `same` key: the newest by `when`, whatever the list's order.

        An exact copy is dropped with a warning, an older one is refused as `reason`; `words` name the key.
        """
        kept: dict[Hashable, RowT] = {}
        for row in self.rows:
            other = kept.setdefault(same(row), row)
            if other is row:
                continue
            # The content breaks a tie, so that a shuffled feed gives the same rows.
            newer = (when(row), _content(row)) > (when(other), _content(other))
            winner, loser = (row, other) if newer else (other, row)
            kept[same(row)] = winner
            self.issues.append(_twice(loser, winner, reason, words))
        self.rows = sorted(kept.values(), key=lambda row: row.row)

    def refuse_conflicts(self, *, reason: str) -> None:
        """Drops exact copies with a warning and refuses every row of an id whose copies differ."""
        copies: dict[str, list[RowT]] = {}
        for row in self.rows:
            copies.setdefault(row.id, []).append(row)
        self.rows = []
        for first, *others in copies.values():
            if len({_content(row) for row in (first, *others)}) > 1:
                self.issues += [_conflict(row, reason) for row in (first, *others)]
                continue
            self.rows.append(first)
            self.issues += [_twice(row, first, reason, "id") for row in others]

    def settle_deletions(self, when: Callable[[RowT], datetime]) -> None:
        """One word for each id: a deletion counts unless the object was changed after it."""
        last: dict[str, Tombstone] = {}
        for stone in self.deleted:
            known = last.setdefault(stone.id, stone)
            last[stone.id] = max(known, stone, key=lambda one: one.deleted_at)
        alive = {row.id for row in self.rows if row.id in last and when(row) > last[row.id].deleted_at}
        self.rows = [row for row in self.rows if row.id not in last or row.id in alive]
        self.deleted = [stone for id_, stone in last.items() if id_ not in alive]


def read_objects(objects: Iterable[object], read: Callable[[ObjectReader], RowT | Tombstone | None]) -> Draft[RowT]:
    """Every object through `read`, which gives its row or notes its faults. Places count from 1."""
    draft: Draft[RowT] = Draft([], [], [], 0)
    for number, members in enumerate(objects, 1):
        draft.total = number
        if not isinstance(members, Mapping):
            shown = shorten(members)
            draft.issues.append(RowIssue(number, "", "", shown, "not_an_object", f"'{shown}' is not an object."))
            continue
        reader = ObjectReader(number, members)
        found = read(reader)
        draft.issues += reader.faults.issues()
        if reader.faults.faults or found is None:
            continue
        if isinstance(found, Tombstone):
            draft.deleted.append(found)
        else:
            draft.rows.append(found)
    return draft


def read_tombstone(reader: ObjectReader) -> Tombstone | None:
    """The deletion that an object with `deleted_at` tells; it needs no other field but its id."""
    found = reader.faults.key = reader.id()
    deleted_at = reader.moment("deleted_at", required=True)
    return Tombstone(reader.faults.row, found, deleted_at) if deleted_at else None


def _content(row: Row) -> tuple[str, ...]:
    return tuple(str(getattr(row, field.name)) for field in fields(row) if field.name != "row")


def _twice(loser: Row, winner: Row, reason: str, words: str) -> RowIssue:
    copy = _content(loser) == _content(winner)
    severity: Severity = "warning" if copy else "refused"
    message = (
        f"A copy of object {winner.row}, left out."
        if copy
        else f"The same {words} as object {winner.row}, which is newer and counts."
    )
    return RowIssue(loser.row, loser.id, words, shorten(loser.id), reason, message, severity)


def _conflict(row: Row, reason: str) -> RowIssue:
    message = f"The id '{shorten(row.id)}' comes several times with different content; none of them counts."
    return RowIssue(row.row, row.id, "id", shorten(row.id), reason, message)
