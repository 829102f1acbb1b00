"""manage.py sync: take over what the outside systems say now."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.models import SourceName
from sync.services import SyncReport, sync_every_source, sync_source
from sync.services.guard import ANY_CHANGE
from sync.services.words import report_lines

ALL = "all"


class Command(BaseCommand):
    help = "Reads the buying portal, the panel, the ungating software or preorders, and writes what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=[*SourceName.values, ALL])
        parser.add_argument("--file", type=Path, help="a file (panel: a folder) instead of the address in the settings")
        parser.add_argument("--json", action="store_true", help="print the reports as JSON")
        parser.add_argument(
            "--accept-mass-change",
            action="store_true",
            help="release a run that was held because it would change very much",
        )

        parser.add_argument(
            "--everything", action="store_true", help="read all objects, not only what has changed since the last time"
        )

    def handle(self, *, source: str, file: Path | None, accept_mass_change: bool, **options: Any) -> None:
        accepted, sweep = ANY_CHANGE if accept_mass_change else "", options["everything"]
        if source == ALL and file is not None:
            raise CommandError("--file takes the file of one source: name portal, panel, ungating or preorders.")
        if source == ALL:
            reports = sync_every_source(accepted=accepted, sweep=sweep)
        else:
            reports = [sync_source(source=SourceName(source), file=file, accepted=accepted, sweep=sweep)]
        self._print(reports, as_json=options["json"], verbosity=options["verbosity"])
        stopped = [report for report in reports if not report.ok]
        if stopped:
            raise CommandError("\n".join(f"{report.source}: {report.state}. {report.error}" for report in stopped))

    def _print(self, reports: list[SyncReport], *, as_json: bool, verbosity: int) -> None:
        if as_json:
            self.stdout.write(json.dumps([report.as_json() for report in reports], indent=2, ensure_ascii=False))
        elif verbosity > 0:
            for report in reports:
                if report.ok:  # what stopped is told once, on stderr, at the end
                    self.stdout.write("\n".join(report_lines(report)))
