"""What feeds change of objects, field by field: written in bulk, in the transaction of the changes themselves."""

from collections.abc import Mapping
from typing import Any

from django.db.models import ForeignKey, Model

from allocation.models import Preorder
from common.history_words import said
from common.models import Run
from inventory.bulk import Inserter
from sync.models import FieldChange
from ungating.models import UngatingStatus

# Kept in memory at most: a feed may change every object that it has.
BATCH = 1_000
# Keys and stamps that follow from other fields: written, but no news.
DERIVED = {
    "name_key",
    "brand_key",
    "category_key",
    "feed_updated_at",
    "upstream_id",
    "checked_at",
}
# These have a row of their own for each change.
ELSEWHERE: dict[type[Model], set[str]] = {UngatingStatus: {"status", "is_active"}, Preorder: {"paid"}}

# Key and name of the object, the field's name, its old and its new stored value.
Noted = tuple[int, str, str, Any, Any]


class FieldChanges:
    """The changes of one run of objects of one model. Nothing changed costs nothing."""

    def __init__(self, model: type[Model], run: Run) -> None:
        self._model = model
        self._run = run
        self._untold = DERIVED | ELSEWHERE.get(model, set())
        self._inserter = Inserter(FieldChange)
        self._noted: list[Noted] = []

    def note(self, obj: Model, name: str, field: str, old: Any, new: Any) -> None:
        """Keep that `field` of `obj`, which people call `name`, goes from `old` to `new` (of a relation, keys)."""
        if field not in self._untold:
            self.note_key(obj.pk, name, field, old, new)

    def note_key(self, key: int, name: str, field: str, old: Any, new: Any) -> None:
        """As `note`, of the object that has this key in the database."""
        self._noted.append((key, name, field, old, new))
        if len(self._noted) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was noted. Must run in the transaction that changes the objects."""
        if self._noted:
            names = self._names()
            self._inserter.insert([self._row(one, names.get(one[2], {})) for one in self._noted])
            self._noted = []

    def _names(self) -> dict[str, dict[Any, str]]:
        """The names of the objects that relations went from and to, by field: one query for each relation."""
        keys: dict[str, set[Any]] = {}
        for _, _, name, old, new in self._noted:
            if isinstance(self._model._meta.get_field(name), ForeignKey):
                keys.setdefault(name, set()).update({old, new} - {None})
        found = {}
        for name, some in keys.items():
            related: Any = self._model._meta.get_field(name).related_model
            found[name] = {key: str(one) for key, one in related._base_manager.in_bulk(some).items()}
        return found

    def _row(self, noted: Noted, names: Mapping[Any, str]) -> FieldChange:
        key, label, name, old, new = noted
        field: Any = self._model._meta.get_field(name)
        return FieldChange(
            run=self._run,
            model=self._model._meta.label_lower,
            object_id=key,
            object_name=label[:200],
            field=field.name,
            old=said(field, names.get(old, old)),
            new=said(field, names.get(new, new)),
        )
