"""The database that the bench fills: nothing of others in it before, nothing of ours after."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Max, Model, QuerySet

from clients.models import Client
from common.models import Run
from common.triggers import create_triggers, drop_triggers
from inventory.models import Asin, StockMovement
from notifications.models import Alert
from sync.models import RowIssue, SheetUpload, SourceName, SourceState

# Rows of these that are there before stay; those that point at others first.
_ADDED: tuple[type[Model], ...] = (SheetUpload, Alert, Run)


class OtherData(Exception):
    """The database holds data that is not the bench's."""


@contextmanager
def borrowed() -> Iterator[None]:
    """The database for the bench alone; afterwards it is as it was. Raises OtherData where it is somebody's."""
    rows = (Asin.objects.all(), Client.objects.all(), _issues())
    held = [str(found.model._meta.verbose_name_plural) for found in rows if found.exists()]
    if held:
        raise OtherData(
            f"The database holds {' and '.join(held)}. The bench fills and empties it: set DATABASE_URL to a database "
            "of its own, freshly migrated."
        )
    portal = SourceState.objects.filter(source=SourceName.PORTAL)
    state = portal.values().first()
    newest = {model: model._default_manager.aggregate(pk=Max("pk"))["pk"] or 0 for model in _ADDED}
    # The rows of an earlier header would be held.
    portal.delete()
    try:
        yield
    finally:
        empty()
        portal.delete()
        for model, pk in newest.items():
            model._default_manager.filter(pk__gt=pk).delete()
        if state:
            SourceState.objects.create(**state)


def empty() -> None:
    """Delete every ASIN, its movements, which the triggers would refuse, and the rows that were refused."""
    _issues().delete()
    drop_triggers(connection)
    try:
        with connection.cursor() as cursor:
            for model in (StockMovement, Asin):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
    finally:
        create_triggers(connection)


def _issues() -> QuerySet[RowIssue]:
    return RowIssue.objects.filter(source=SourceName.PORTAL)
