"""manage.py restore"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from common.errors import DomainError
from operations.backups.container import Manifest
from operations.backups.services import Restored, restore_backup
from operations.backups.storage import backup_folder, find_backup, latest_verified

WORD = "restore"


class Command(BaseCommand):
    help = (
        "Replace the whole content of the database by a backup. The backup is proved first, and what is "
        "there now is backed up before. Stop the web and worker processes before."
    )
    # A check may ask the database, which may be damaged or missing here.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("file", nargs="?", help="A path, or a name as `backups` lists it.")
        which.add_argument("--latest", action="store_true", help="The newest verified backup.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder, name = backup_folder(), options["file"]
            path = find_backup(folder, name) if name else latest_verified(folder, vendor=connection.vendor).path
            self.stdout.write(f"Proving {path.name} …")
            restored = restore_backup(path=path, confirm=_yes if options["yes"] else self._ask)
        except DomainError as error:
            raise CommandError(f"{error.title}: {error}") from error
        if restored is None:
            raise CommandError("Nothing was restored.")
        self._report(restored)

    def _ask(self, manifest: Manifest, database: str) -> bool:
        taken = timezone.localtime(manifest.created_at).strftime("%Y-%m-%d %H:%M:%S")
        self.stdout.write(f"Everything in {database} will be replaced by its state of {taken}.")
        try:
            return input(f"Type {WORD} to go on: ").strip() == WORD
        except EOFError:
            return False

    def _report(self, restored: Restored) -> None:
        rows = restored.manifest.state.rows
        self.stdout.write(f"Restored {len(rows)} tables and {sum(rows.values()):,} rows in {restored.seconds:.1f} s.")
        if restored.safety:
            self.stdout.write(f"What was there before is kept in {restored.safety}")
        else:
            self.stdout.write("There was nothing before, or it could not be read: no copy of it was made.")
        if restored.unapplied:
            self.stdout.write("The backup is older than this application: run manage.py migrate.")


def _yes(manifest: Manifest, database: str) -> bool:
    return True
