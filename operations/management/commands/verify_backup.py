"""manage.py verify_backup"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from common.errors import DomainError
from operations.backups.services import verify_backup
from operations.backups.storage import backup_folder, find_backup, latest_verified


class Command(BaseCommand):
    help = "Load a backup into a scratch database and compare; the live database is not touched."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("file", nargs="?", help="A path, or a name as `backups` lists it.")
        which.add_argument("--latest", action="store_true", help="The newest verified backup (also without FILE).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder, name = backup_folder(), options["file"]
            path = find_backup(folder, name) if name else latest_verified(folder, vendor=connection.vendor).path
            manifest = verify_backup(path=path)
        except DomainError as error:
            raise CommandError(f"{error.title}: {error}") from error
        rows = manifest.state.rows
        self.stdout.write(
            f"{path.name}: sound. {len(rows)} tables and {sum(rows.values()):,} rows as its manifest says."
        )
