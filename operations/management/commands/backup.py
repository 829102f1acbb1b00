"""manage.py backup"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from common.errors import DomainError
from operations.backups.services import make_backup


class Command(BaseCommand):
    help = "Back up the database into BACKUP_STORAGE; it counts only once it was loaded and proved equal."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_backup()
        except DomainError as error:
            raise CommandError(f"{error.title}: {error}") from error
        rows = made.manifest.state.rows
        self.stdout.write(
            f"{made.path}: {filesizeformat(made.path.stat().st_size)}, {len(rows)} tables, "
            f"{sum(rows.values()):,} rows, verified, {made.seconds:.1f} s"
        )
        for name in made.removed:
            self.stdout.write(f"Removed {name}: no longer kept.")
