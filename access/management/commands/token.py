"""`manage.py token USER NAME`: a new API token, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.models import ApiToken
from access.services import issue_token


class Command(BaseCommand):
    help = "Make an API token for a user and print it: it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name of the person whose rights the token has")
        parser.add_argument("name", help="what will use the token")
        parser.add_argument("--days", type=int, help="expires after so many days; never when left out")

    def handle(self, *args: Any, user: str, name: str, days: int | None = None, **options: Any) -> None:
        limit = ApiToken._meta.get_field("name").max_length or 0
        if not name.strip() or len(name) > limit:
            raise CommandError(f"The name of the token must have 1 to {limit} characters.")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError(f"--days is 1 to 3650, not {days}.")
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None or not owner.is_active:
            raise CommandError(f"There is no active user “{user}”.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, secret = issue_token(user=owner, name=name.strip(), expires_at=expires_at)
        self.stdout.write(secret)
