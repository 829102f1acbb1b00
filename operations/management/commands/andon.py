from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.andon import current_cord, pull_cord, release_cord
from common.errors import DomainError


class Command(BaseCommand):
    help = "The Andon cord: stops everything automatic, or lets it go on. Without an action it says how things are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=["pull", "release"])
        parser.add_argument("reason", nargs="?", default="")

    def handle(self, *args: Any, action: str | None, reason: str, **options: Any) -> None:
        try:
            if action:
                (pull_cord if action == "pull" else release_cord)(reason=reason)
        except DomainError as error:
            raise CommandError(str(error)) from error
        cord = current_cord()
        by = f" by {cord.pulled_by}" if cord.pulled_by else ""
        since = f" since {timezone.localtime(cord.pulled_at):%Y-%m-%d %H:%M}" if cord.pulled_at else ""
        self.stdout.write(f"Pulled{since}{by}: {cord.reason}" if cord.is_pulled else "Not pulled.")
