"""`manage.py bench sync`: its arguments and its work."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from sync.bench.database import OtherData
from sync.bench.peers import WrongRows
from sync.bench.report import as_json, as_text
from sync.bench.run import Wanted, WrongOutcome, run
from sync.bench.sheets import Spec

Say = Callable[[str], None]
HELP = "Taking over the buying portal's sheet, beside import-export's default and bare bulk_create."
# More make a file above 50 MB, which is refused.
MOST_ROWS = 240_000


def _rows(text: str) -> int:
    rows = int(text)
    if not 100 <= rows <= MOST_ROWS:
        raise ArgumentTypeError(f"{text} is not from 100 to {MOST_ROWS:,}")
    return rows


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"{text} is not from 0 to 1")
    return share


def add_arguments(parser: CommandParser) -> None:
    """What can be asked for."""
    parser.add_argument("--rows", type=_rows, default=100_000, help="of the sheet")
    parser.add_argument("--changed", type=_share, default=0.01, help="share of rows changed for the third reading")
    parser.add_argument("--peer-rows", type=_rows, default=5_000, help="rows that import-export takes over")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def work(options: dict[str, Any], tell: Say, say: Say) -> bool:
    """Runs the bench; whether all numbers are reached. Raises CommandError."""
    wanted = Wanted(
        spec=Spec(options["rows"], options["seed"], options["changed"]),
        peer_rows=options["peer_rows"],
        folder=Path(settings.BASE_DIR) / "var" / "bench" / "sync",
    )
    try:
        result = run(wanted, say)
    except (OtherData, WrongOutcome, WrongRows) as error:
        raise CommandError(str(error)) from error
    tell(json.dumps(as_json(result), indent=1) if options["json"] else "\n".join(as_text(result)))
    return result.ok
