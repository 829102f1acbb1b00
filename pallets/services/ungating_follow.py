"""Ungating is followed: what has expired is noted, what has changed is told, and the tasks are brought up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from clients.models import Client, Store
from inventory.models import Asin, StockMovement
from pallets.services.ungating_news import ToldReport, close_mended_carts, tell_untold
from pallets.services.ungating_tasks import TasksReport, refresh_tasks
from ungating.models import TasksMark, UngatingChange, UngatingStatus
from ungating.services import note_lapses

# A row written late with an earlier stamp, or deleted, does not show in what the tasks are made from.
ANYWAY_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Followed:
    """Statuses that were noted as expired or renewed, what was told, and the tasks where they were worked out anew."""

    lapsed: int
    told: ToldReport
    tasks: TasksReport | None


def follow_ungating(*, now: datetime) -> Followed:
    """Note what expired, tell what changed, and bring tasks up to date where stock, stores or statuses have changed.

    Safe to repeat, to start twice and to stop anywhere; a dozen small queries where nothing has changed. Must run
    outside of any transaction.
    """
    lapsed = note_lapses(now=now)
    told = tell_untold(now=now)
    close_mended_carts(now=now)
    made_from = _made_from()
    mark = TasksMark.objects.filter(pk=1).first()
    is_due = mark is None or mark.made_at is None or mark.made_from != made_from or now - mark.made_at >= ANYWAY_AFTER
    return Followed(lapsed, told, refresh_tasks(now=now, made_from=made_from) if is_due else None)


def _made_from() -> str:
    """What the tasks depend on, in a line: the latest stamps and keys of what is read for them."""
    stamped: tuple[QuerySet[Any], ...] = (
        Asin.objects.all(),
        UngatingStatus.objects.all(),
        Store.objects.all(),
        Client.objects.all(),
    )
    latest = [rows.order_by().aggregate(at=Max("updated_at"))["at"] for rows in stamped]
    appended: tuple[QuerySet[Any], ...] = (StockMovement.objects.all(), UngatingChange.objects.all())
    last = [rows.order_by().aggregate(pk=Max("pk"))["pk"] for rows in appended]
    return "|".join(str(part) for part in (*latest, *last, settings.UNGATING_TASK_USD))
