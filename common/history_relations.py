"""Changes of many-to-many relations, told for the object that has them: a user's groups, a group's permissions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import Model
from django.db.models.signals import m2m_changed

from common.history_words import MOST

# The object, the relation's field, and the names that went and that came.
Tell = Callable[[Any, str, str, str], None]


def follow_relation(owner: type[Model], name: str, tell: Tell) -> None:
    """Have `tell` called when the relation `name` of objects of `owner` changes, from either side."""
    through: Any = owner._meta.get_field(name).remote_field.through  # type: ignore[union-attr]
    m2m_changed.connect(partial(_changed, owner, name, tell), sender=through, weak=False)


def _changed(
    owner: type[Model],
    name: str,
    tell: Tell,
    instance: Any,
    action: str,
    reverse: bool,
    model: Any,
    pk_set: set[Any] | None,
    **_: Any,
) -> None:
    """What is cleared is looked at before; what is set is told once it is."""
    if action == "pre_clear":
        related = owner._base_manager.filter(**{name: instance}) if reverse else getattr(instance, name).all()
        pk_set = set(related.values_list("pk", flat=True))
    if not pk_set or action not in ("pre_clear", "post_add", "post_remove"):
        return
    others = list(model._base_manager.filter(pk__in=pk_set).select_related())
    for one, names in [(other, str(instance)) for other in others] if reverse else [(instance, _names(others))]:
        tell(one, name, *(("", names) if action == "post_add" else (names, "")))


def _names(others: list[Any]) -> str:
    """All names, or as many as there is room for and how many more there are."""
    names = sorted(str(other) for other in others)
    shown = ", ".join(names)
    while len(shown) > MOST:
        names.pop()
        shown = f"{', '.join(names)} and {len(others) - len(names)} more"
    return shown
