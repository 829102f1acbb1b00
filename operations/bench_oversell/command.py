"""`manage.py bench oversell`: its arguments and its work."""

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from common.arguments import between
from operations.bench_oversell.database import borrowed
from operations.bench_oversell.feeds import WrongOutcome, make_feeds
from operations.bench_oversell.report import PROCESSES, Result, Wanted, as_json, as_text
from operations.bench_oversell.spending import propose_some
from operations.bench_oversell.verdict import judge
from operations.bench_oversell.workers import Job, run_workers
from sync.bench.database import OtherData

Say = Callable[[str], None]
HELP = "Processes that spend the same scarce units and dollars at once: nothing may be promised twice."
PROPOSALS = 24
CANNOT_SHOW = 2  # exit code


def add_arguments(parser: CommandParser) -> None:
    """What can be asked for."""
    parser.add_argument("--seconds", type=between(1, 86_400), default=20, help="of spending")
    parser.add_argument("--processes", type=between(2, 64), default=PROCESSES, help="one of them reads the feeds")
    parser.add_argument("--asins", type=between(1, 10_000), default=6, help="few, so that all want the same")
    parser.add_argument("--clients", type=between(1, 1_000), default=4, help="each with one store and little money")
    parser.add_argument("--seed", type=between(0, 2**32), default=1, help="of what the processes choose")
    parser.add_argument(
        "--mutant",
        action="store_true",
        help="take locks, conditions and the CHECK out and see whether that is caught: exit 0 where it is, 1 where not",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def work(options: dict[str, Any], tell: Say, say: Say) -> bool:
    """Runs the bench; whether all numbers are reached, or the mutant was caught.

    Raises CommandError; with exit code 2 for the mutant on SQLite, whose single writer is a guard of its own.
    """
    wanted = Wanted(**{name: options[name] for name in Wanted.__dataclass_fields__})
    if wanted.mutant and connection.vendor == "sqlite":
        raise CommandError(
            "SQLite cannot show it: every transaction has the whole database for itself from its start, so reading "
            "and then writing oversells nothing. Set DATABASE_URL to MariaDB or MySQL.",
            returncode=CANNOT_SHOW,
        )
    try:
        result = _run(wanted, say)
    except (OtherData, WrongOutcome) as error:
        raise CommandError(str(error)) from error
    tell(json.dumps(as_json(result), indent=1) if options["json"] else "\n".join(as_text(result)))
    return result.ok


def _run(wanted: Wanted, say: Say) -> Result:
    with borrowed(checked=not wanted.mutant), tempfile.TemporaryDirectory() as folder:
        feeds = make_feeds(Path(folder), asins=wanted.asins, clients=wanted.clients)
        feeds.open()
        proposals = propose_some(PROPOSALS, random.Random(wanted.seed))
        say(f"{wanted.processes} processes spend for {wanted.seconds:g} seconds")
        job = Job(wanted.seconds, wanted.seed, wanted.mutant, proposals)
        tally = run_workers(job, spenders=wanted.processes - 1, feeds=feeds)
        say("Movements, ledger and totals are compared")
        return Result(wanted, connection.vendor, tally, judge())
