import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from clients.models import Client
from inventory.models import Asin
from operations.schedules import install_schedules
from sync.services import sync_every_source
from sync.services.words import headline

ADMIN = "admin"


class Command(BaseCommand):
    help = "Makes an installation ready to serve: tables, schedules, first data, first user. Safe to repeat."
    # Checks may ask the database, which has no tables yet.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate()
        install_schedules()
        self._load_first_data()
        self._ensure_admin()

    def _migrate(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise CommandError(f"The database cannot be prepared: {error}") from error
        self.stdout.write(f"Database ready: {connection.settings_dict['NAME']}")

    def _load_first_data(self) -> None:
        """Only into an empty database: what people or feeds have brought is never touched."""
        if Asin.objects.exists() or Client.objects.exists():
            self.stdout.write("Data kept as it is.")
            return
        self.stdout.write("Loading the first data through the sync:")
        reports = sync_every_source()
        for report in reports:
            self.stdout.write(f"  {headline(report)}")
        if any(report.error for report in reports):
            self.stdout.write(
                "Not all of the first data could be loaded; the system starts without the rest. "
                "Once the cause is mended: .venv/bin/python manage.py sync all"
            )

    def _ensure_admin(self) -> None:
        users = get_user_model()._default_manager
        if users.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write(
                "Forgotten the password? Set a new one: .venv/bin/python manage.py changepassword USERNAME"
            )
            return
        if users.filter(username=ADMIN).exists():
            self.stdout.write(
                f"No active superuser, and the name {ADMIN} is taken. "
                "Make one with: .venv/bin/python manage.py createsuperuser"
            )
            return
        password = secrets.token_urlsafe(12)
        get_user_model().objects.create_superuser(ADMIN, password=password)
        self._show(f"Log in as:  {ADMIN}", f"Password:   {password}", "It is shown only this once.")

    def _show(self, *lines: str) -> None:
        edge = "+" + "-" * 44 + "+"
        self.stdout.write("\n".join([edge, *(f"|  {line:<42}|" for line in lines), edge]))
