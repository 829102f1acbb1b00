"""manage.py backups"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from common.errors import DomainError
from operations.backups.storage import StoredBackup, backup_folder, stored_backups

FORM = "{:<48} {:<20} {:>10} {:>12}  {}"


class Command(BaseCommand):
    help = "List the backups in BACKUP_STORAGE, newest first."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = backup_folder()
        except DomainError as error:
            raise CommandError(str(error)) from error
        backups = stored_backups(folder)
        if not backups:
            self.stdout.write(f"No backups in {folder} yet. Make one with: manage.py backup")
            return
        self.stdout.write(FORM.format("Name", "Taken", "Size", "Rows", "Verified"))
        for backup in backups:
            self.stdout.write(_line(backup))


def _line(backup: StoredBackup) -> str:
    taken = timezone.localtime(backup.taken_at).strftime("%Y-%m-%d %H:%M:%S")
    verified = f"{timezone.localtime(backup.verified_at):%Y-%m-%d %H:%M:%S}" if backup.verified_at else "no"
    size = filesizeformat(backup.size).replace("\xa0", " ")
    return FORM.format(backup.name, taken, size, f"{backup.rows:,}", backup.problem or verified)
