"""The database that the bench fills: nothing of others in it before, nothing of ours after."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.db.models import AutoField, BigAutoField, Max, Model

from common.triggers import create_triggers, drop_triggers
from inventory.models import Asin
from sync.bench.database import borrowed as borrowed_stock
from sync.models import SourceName, SourceState

# The apps whose tables a cart, a reading or an alert writes to.
_OURS = ("allocation", "clients", "common", "inventory", "notifications", "pallets", "sync", "ungating")
# What the database itself has against too many promised units. It has nothing of the kind against money.
_CHECK = "asin_reserved_within_on_hand"


@contextmanager
def borrowed(*, checked: bool) -> Iterator[None]:
    """The database for the bench alone; afterwards it is as it was. Not `checked`: without the CHECK that would refuse
    to promise more units than there are. Raises OtherData where it has goods or clients.
    """
    with borrowed_stock():
        panel = SourceState.objects.filter(source=SourceName.PANEL)
        state = panel.values().first()
        panel.delete()
        newest = {model: model._default_manager.aggregate(pk=Max("pk"))["pk"] or 0 for model in _models()}
        if not checked:
            _change_check(add=False)
        try:
            yield
        finally:
            _empty(newest)
            if not checked:
                _change_check(add=True)
            if state:
                SourceState.objects.create(**state)


def _models() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return [
        one for one in models if one._meta.app_label in _OURS and isinstance(one._meta.pk, AutoField | BigAutoField)
    ]


def _empty(newest: dict[type[Model], int]) -> None:
    """Delete the rows that came since, which triggers and foreign keys would refuse one table at a time."""
    quoted = connection.ops.quote_name
    drop_triggers(connection)
    try:
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for model, pk in newest.items():
                place = f"{quoted(model._meta.db_table)} WHERE {quoted(str(model._meta.pk.column))}"
                cursor.execute(f"DELETE FROM {place} > %s", [pk])  # noqa: S608
    finally:
        create_triggers(connection)


def _change_check(*, add: bool) -> None:
    constraint = next(one for one in Asin._meta.constraints if one.name == _CHECK)
    with connection.schema_editor() as editor:
        (editor.add_constraint if add else editor.remove_constraint)(Asin, constraint)
