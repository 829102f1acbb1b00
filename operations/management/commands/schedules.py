"""manage.py schedules"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from operations.schedules import install_schedules


class Command(BaseCommand):
    help = "Install what runs by itself (safe to repeat) and print it."

    def handle(self, *args: Any, **options: Any) -> None:
        for schedule in install_schedules():
            every = f"every {schedule.minutes} min" if schedule.minutes else "daily"
            following = timezone.localtime(schedule.next_run).strftime("%Y-%m-%d %H:%M %Z")
            self.stdout.write(f"{schedule.name:<10} {every:<14} next {following}  {schedule.func}")
