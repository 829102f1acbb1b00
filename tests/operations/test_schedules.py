"""What runs by itself: installed once, however often and by whomever."""

import importlib
from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Schedule
from time_machine import travel

from common.errors import DomainError
from operations.schedules import SCHEDULES, Planned, install_schedules

pytestmark = pytest.mark.django_db


def rows() -> list[tuple[object, ...]]:
    return list(
        Schedule.objects.order_by("pk").values_list("name", "func", "schedule_type", "minutes", "repeats", "next_run")
    )


@travel("2026-11-22 12:00:00-05:00", tick=False)
def test_the_backup_runs_at_three_at_night_and_the_sync_every_minute() -> None:
    install_schedules()
    assert [row for row in rows() if row[0] in ("backup", "sync")] == [
        ("sync", "sync.tasks.tick", "I", 1, -1, datetime(2026, 11, 22, 17, 0, tzinfo=UTC)),
        ("backup", "operations.tasks.run_backup", "D", None, -1, datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
    ]


@travel("2026-11-22 02:59:00-05:00", tick=False)
def test_before_three_the_first_backup_is_today() -> None:
    install_schedules()
    assert Schedule.objects.get(name="backup").next_run == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_installing_again_changes_nothing_not_even_the_next_run() -> None:
    install_schedules()
    Schedule.objects.filter(name="sync").update(next_run=timezone.now() + timedelta(seconds=37))
    before = rows()
    call_command("schedules", stdout=StringIO())
    install_schedules()
    assert rows() == before


def test_changed_and_doubled_schedules_are_put_right() -> None:
    install_schedules()
    wanted = [row[:5] for row in rows()]
    Schedule.objects.filter(name="sync").update(minutes=30, func="elsewhere")
    Schedule.objects.create(name="backup", func="operations.tasks.run_backup", schedule_type="H")
    install_schedules()
    assert [row[:5] for row in rows()] == wanted


def test_a_backup_moved_to_another_hour_takes_it_at_once() -> None:
    install_schedules(schedules=(Planned("backup", "operations.tasks.run_backup", at=time(3)),))
    install_schedules(schedules=(Planned("backup", "operations.tasks.run_backup", at=time(4, 30)),))
    assert timezone.localtime(Schedule.objects.get(name="backup").next_run).time() == time(4, 30)


def test_schedules_of_others_stay() -> None:
    Schedule.objects.create(name="mine", func="math.sqrt", schedule_type="H")
    install_schedules()
    assert Schedule.objects.filter(name="mine").exists()


def test_every_name_is_planned_once_and_our_task_exists() -> None:
    names = [planned.name for planned in SCHEDULES]
    assert sorted(set(names)) == sorted(names)
    module, _, function = SCHEDULES[names.index("backup")].func.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


def test_a_schedule_has_one_kind_of_time() -> None:
    with pytest.raises(DomainError, match="either minutes or a time of day"):
        Planned("both", "math.sqrt", minutes=1, at=time(3))


def test_the_command_prints_what_is_installed() -> None:
    out = StringIO()
    call_command("schedules", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == [planned.name for planned in SCHEDULES]
