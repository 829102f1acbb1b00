"""One kind of object in a run: compare what came with what is stored, collect, write in bulk."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from common.models import Run
from common.sources import Sourced
from sync.parsing.issues import RowIssue, shorten
from sync.services.changes import DERIVED, FieldChanges
from sync.services.report import Counts, PartIssue

M = TypeVar("M", bound=Sourced)

BATCH = 200
# Told to people; more than these would fill memory at a first import and nobody would read them.
MOST_CHANGES = 100
# Whether an object came back or went is told in other words.
UNTOLD = DERIVED | {"is_active"}


class Findings:
    """Counts, changes in words and issues of one part of a source."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts = Counts()
        self.changes: list[str] = []
        self.issues: list[PartIssue] = []

    def take(self, issues: tuple[RowIssue, ...]) -> None:
        """Add what the parser found."""
        self.issues += [PartIssue(self.name, issue) for issue in issues]

    def refuse(self, row: int, *, key: str, field: str, value: object, reason: str, message: str) -> None:
        self.issues.append(PartIssue(self.name, RowIssue(row, key, field, shorten(value), reason, message)))

    def warn(self, row: int | None, *, key: str, field: str, value: object, reason: str, message: str) -> None:
        self.issues.append(PartIssue(self.name, RowIssue(row, key, field, shorten(value), reason, message, "warning")))

    def refuse_manual(self, row: int, *, key: str, field: str) -> None:
        """An object made by hand has the key of one in the feed: it stays as staff made it."""
        self.refuse(
            row,
            key=key,
            field=field,
            value=key,
            reason="manual_object",
            message=f"{shorten(key)} was made by hand here and is left as it is.",
        )

    def is_older(self, row: int, *, key: str, updated_at: datetime, known: datetime | None) -> bool:
        """Whether we have a newer state already; noted as a warning."""
        if known is None or updated_at >= known:
            return False
        message = f"This state is from {updated_at:%Y-%m-%d %H:%M:%S} UTC; a newer one is stored and counts."
        self.warn(
            row,
            key=key,
            field="updated_at",
            value=updated_at.isoformat(),
            reason="older_than_ours",
            message=message,
        )
        self.counts.unchanged += 1
        return True

    def created(self, label: str, detail: str = "") -> None:
        self.counts.created += 1
        self.tell(f"+ {label}{': ' if detail else ''}{detail}")

    def tell(self, change: str) -> None:
        if len(self.changes) < MOST_CHANGES:
            self.changes.append(change)


class Part(Findings, Generic[M]):
    """Findings on objects of one model, and their changes, which `save` writes."""

    def __init__(self, model: type[M], name: str, *, run: Run, now: datetime) -> None:
        super().__init__(name)
        self.model = model
        self.now = now
        self.field_changes = FieldChanges(model, run)
        self._dirty: dict[int, M] = {}
        self._fields: set[str] = set()

    def compare(self, obj: M, values: Mapping[str, Any], *, label: str, also: str = "") -> None:
        """Bring `obj` to `values` and to life, and count it; `also` tells a change made elsewhere.

        What staff took out of use stays so.
        """
        returned = not obj.is_active and obj.retired_at is None
        news = self._set(obj, {**values, "is_active": obj.retired_at is None}, label)
        if news is None and not also:
            self.counts.unchanged += 1
            return
        if news is None:
            self._touch(obj)
        words = ", ".join([*(news or []), *([also] if also else [])])
        if returned:
            self.counts.reactivated += 1
            self.tell(f"+ {label}: back in the source{', ' if words else ''}{words}")
        else:
            self.counts.updated += 1
            self.tell(f"~ {label}{': ' if words else ''}{words}")

    def deactivate(self, obj: M, *, label: str) -> None:
        """Take `obj` out of use; it is never deleted."""
        self._set(obj, {"is_active": False}, label)
        self.counts.deactivated += 1
        self.tell(f"- {label}: no longer in the source")

    def save(self) -> None:
        """Write what differs, and only those columns: stock and balances are moved by their own services."""
        if self._dirty:
            rows = [self._dirty[pk] for pk in sorted(self._dirty)]
            self.model._default_manager.bulk_update(rows, sorted(self._fields | {"updated_at"}), batch_size=BATCH)
        self.field_changes.flush()

    def _set(self, obj: M, values: Mapping[str, Any], label: str) -> list[str] | None:
        """The news in words, or None where nothing differs."""
        different = {name: value for name, value in values.items() if getattr(obj, name) != value}
        if not different:
            return None
        news = [self._news(obj, name, value) for name, value in different.items() if name not in UNTOLD]
        for name, value in different.items():
            self.field_changes.note(obj, label, name, getattr(obj, name), value)
            setattr(obj, name, value)
            self._fields.add(self.model._meta.get_field(name).name)
        self._touch(obj)
        return news

    def _touch(self, obj: M) -> None:
        obj.updated_at = self.now
        self._dirty[obj.pk] = obj

    def _news(self, obj: M, name: str, value: object) -> str:
        field = self.model._meta.get_field(name)
        return f"{getattr(field, 'verbose_name', name)} {shown(getattr(obj, name))} → {shown(value)}"


def shown(value: object) -> str:
    """A stored value as people read it in a list of changes."""
    if value is None or value == "":
        return "—"
    if isinstance(value, Decimal):
        whole, point, fraction = f"{value:f}".partition(".")
        return f"{whole}{point}{fraction.rstrip('0'):0<2}" if point else whole
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return shorten(value, 40)
