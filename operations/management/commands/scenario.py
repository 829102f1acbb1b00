from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client
from common.errors import DomainError
from operations.audit import audit, counted
from operations.demo_data import DEMO, demo_clients
from operations.scenario.summary import summary
from operations.scenario.upstream import Upstream
from operations.scenario.week import DAYS, Week

ACTOR = "scenario"


class Command(BaseCommand):
    help = "Plays a week of the company on the demo data, through the services that staff use, and audits the end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=["week"])

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        self._refuse_other_data()
        actor, _ = User.objects.get_or_create(username=ACTOR, defaults={"is_active": False})
        upstream = Upstream(DEMO, settings.BASE_DIR / "var" / "scenario")
        week = Week(upstream, actor, timezone.now().replace(microsecond=0))  # the panel counts in seconds
        for day in DAYS:
            self.stdout.write(f"{day.__name__.capitalize()}: {(day.__doc__ or '').splitlines()[0]}")
            try:
                for line in day(week):
                    self.stdout.write(f"  {line}")
            except DomainError as error:
                raise CommandError(f"{day.__name__.capitalize()} stopped: {error}") from error
        self.stdout.write("The week:")
        for line in summary(week.refused, since=week.now):
            self.stdout.write(f"  {line}")
        self._audit()

    def _refuse_other_data(self) -> None:
        others = Client.objects.exclude(panel_id__in=demo_clients())
        if Cart.objects.exists() or others.exists():
            raise CommandError(
                "This database holds carts or other clients than the demo's, and the scenario changes what it finds. "
                "Give it one of its own, for example DATABASE_URL=sqlite:///var/week.sqlite3, and migrate it first."
            )

    def _audit(self) -> None:
        differences = audit()
        for difference in differences:
            self.stderr.write(str(difference))
        if differences:
            raise CommandError(f"The audit found {len(differences)} differences.")
        told = ", ".join(f"{number:,} {what}" for what, number in counted().items())
        self.stdout.write(f"Audit: clean. {told}.")
