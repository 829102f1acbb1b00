"""manage.py audit: recompute every total; exit 1 on any difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.audit import audit, counted


class Command(BaseCommand):
    help = "Recompute every stored total of stock and money from its rows."

    def handle(self, **options: Any) -> None:
        differences = audit()
        for difference in differences:
            self.stdout.write(str(difference))
        looked_at = ", ".join(f"{count:,} {name}" for name, count in counted().items())
        if differences:
            raise CommandError(f"{len(differences):,} differences in {looked_at}.")
        self.stdout.write(f"Clean: {looked_at}.")
