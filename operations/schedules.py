"""What runs by itself and when. Installing is idempotent; one row per name, whatever hosts install it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from common.errors import DomainError


@dataclass(frozen=True)
class Planned:
    """One schedule: `func` (dotted) every `minutes`, or daily at the local time `at`; one of the two."""

    name: str
    func: str
    minutes: int | None = None
    at: time | None = None

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.at is None):
            raise DomainError(f"The schedule {self.name} needs either minutes or a time of day.", field="minutes")

    @property
    def kind(self) -> str:
        return str(Schedule.DAILY if self.at else Schedule.MINUTES)

    def first_run(self, now: datetime) -> datetime:
        """At once for one that repeats by minutes; else the next time it is `at` in the local time zone."""
        if self.at is None:
            return now
        local = timezone.localtime(now)
        today = timezone.make_aware(datetime.combine(local.date(), self.at))
        tomorrow = timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), self.at))
        return today if today > now else tomorrow


SCHEDULES: tuple[Planned, ...] = (
    Planned("sync", "sync.tasks.tick", minutes=1),
    Planned("tidy", "sync.tasks.tidy", at=time(2, 30)),
    Planned("ungating", "pallets.tasks.follow_ungating", minutes=1),
    Planned("backup-watch", "operations.tasks.watch_backups", minutes=60),
    Planned("expiry", "pallets.tasks.expire", minutes=60),
    Planned("mail", "notifications.tasks.tick", minutes=1),
    Planned("digest", "operations.tasks.digest", at=time(settings.DIGEST_HOUR, 0)),
    Planned("backup", "operations.tasks.run_backup", at=time(3, 0)),
)


@transaction.atomic
def install_schedules(*, schedules: tuple[Planned, ...] = SCHEDULES) -> list[Schedule]:
    """Bring django-q2's schedules to what is written here; when each runs next stays unless that changed."""
    return [_install(planned) for planned in schedules]


def _install(planned: Planned) -> Schedule:
    wanted: dict[str, Any] = {
        "func": planned.func,
        "schedule_type": planned.kind,
        "minutes": planned.minutes,
        "repeats": -1,
    }
    same_name = list(Schedule.objects.select_for_update().filter(name=planned.name).order_by("pk"))
    for double in same_name[1:]:
        double.delete()
    if not same_name or not _keeps_time(same_name[0], planned):
        wanted["next_run"] = planned.first_run(timezone.now())
    return Schedule.objects.update_or_create(name=planned.name, defaults=wanted)[0]


def _keeps_time(schedule: Schedule, planned: Planned) -> bool:
    if (schedule.schedule_type, schedule.minutes) != (planned.kind, planned.minutes):
        return False
    return planned.at is None or timezone.localtime(schedule.next_run).time() == planned.at
