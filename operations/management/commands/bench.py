"""manage.py bench NAME: measures a part of the system on data that it makes, and exits 1 where a number is missed."""

import json
import sys
from argparse import BooleanOptionalAction
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from allocation.bench.carts import SIZES
from allocation.bench.data import OBJECTIVES, Spec
from allocation.bench.report import as_json, as_text
from allocation.bench.run import Wanted, run
from allocation.engine.problem import EFFORTS
from common.arguments import between
from notifications.bench import outbox
from operations.bench_oversell import command as oversell_bench
from pallets.bench import report as packing_report
from pallets.bench.containers import PROBLEMS
from pallets.bench.orders import SPECS, BadFolder
from pallets.bench.run import CONTAINER_EFFORT
from pallets.bench.run import Wanted as PackingWanted
from pallets.bench.run import run as run_packing
from sync.bench import command as sync_bench

Say = Callable[[str], None]


class Bench(NamedTuple):
    """`work` gets the options, prints through the first function, tells progress to the second: did it reach all?"""

    help: str
    arguments: Callable[[CommandParser], None]
    work: Callable[[dict[str, Any], Say, Say], bool]


class Command(BaseCommand):
    help = "Measure a part of the system; exit 1 where a number to reach is missed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        for name, bench in BENCHES.items():
            bench.arguments(names.add_parser(name, help=bench.help, description=bench.help))

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            # Progress is no error: without its colour.
            self.stderr.write(line, style_func=str)

        if not BENCHES[options["name"]].work(options, self.stdout.write, say):
            sys.exit(1)


def _engine_arguments(parser: CommandParser) -> None:
    spec = Spec()
    parser.add_argument(
        "--stores", type=between(0, 100_000), default=spec.stores, help="stores of the batch; 0: no batch"
    )
    parser.add_argument("--asins", type=between(1, 1_000_000), default=spec.asins, help="ASINs of the batch")
    parser.add_argument(
        "--eligible", type=between(0, 1, float), default=spec.eligible, help="share of store x ASIN pairs, 0 to 1"
    )
    parser.add_argument(
        "--stock", type=between(0.01, 100, float), default=spec.stock, help="value of the stock / all balances"
    )
    parser.add_argument("--objective", choices=OBJECTIVES, default=spec.objective)
    parser.add_argument("--fairness", type=between(0, 1, float), default=0.9, help="run beside fairness 0")
    parser.add_argument("--effort", choices=EFFORTS, default=spec.effort)
    parser.add_argument("--carts", type=between(0, 1_000), default=10, help="single carts of each size; 0: none")
    parser.add_argument(
        "--sizes",
        type=between(1, 1_000_000),
        nargs="+",
        default=SIZES,
        help="eligible ASINs of the single carts",
    )
    parser.add_argument(
        "--seconds",
        type=between(1, 86_400, float),
        help="CP-SAT's time; otherwise what the engine took, at least 1",
    )
    parser.add_argument("--seed", type=between(0, 2**32), default=spec.seed)
    parser.add_argument("--skip-cpsat", action="store_true")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def _engine(options: dict[str, Any], tell: Say, say: Say) -> bool:
    made = ("stores", "asins", "eligible", "stock", "objective", "effort", "seed")
    root = Path(settings.BASE_DIR)
    wanted = Wanted(
        spec=Spec(**{name: options[name] for name in made}),
        fairness=options["fairness"],
        carts=options["carts"],
        sizes=options["sizes"],
        seconds=options["seconds"],
        home=None if options["skip_cpsat"] else root / "var" / "bench" / "cpsat",
        requirements=root / "requirements" / "bench.txt",
    )
    result = run(wanted, say)
    tell(json.dumps(as_json(result), indent=1) if options["json"] else "\n".join(as_text(result)))
    return result.ok


def _packing_arguments(parser: CommandParser) -> None:
    names = [spec.name for spec in SPECS]
    parser.add_argument("--orders", type=Path, help="also the orders of this folder, *.json as the packer reads them")
    parser.add_argument("--sets", nargs="*", choices=names, default=names, help="made-up orders; none: leave them out")
    parser.add_argument("--most", type=between(1, 1_000), help="at most so many orders of each set")
    parser.add_argument("--br", type=between(0, PROBLEMS), default=10, help="containers of each class BR1 to BR7")
    parser.add_argument("--effort", choices=EFFORTS, default="normal")
    parser.add_argument("--br-effort", choices=EFFORTS, default=CONTAINER_EFFORT, help="of the containers")
    parser.add_argument(
        "--seconds", type=between(0.1, 3_600, float), default=5.0, help="PackingSolver's for each order"
    )
    parser.add_argument("--seed", type=between(0, 2**32), default=1)
    parser.add_argument(
        "--peers", action=BooleanOptionalAction, default=True, help="py3dbp and PackingSolver beside us"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def _packing(options: dict[str, Any], tell: Say, say: Say) -> bool:
    root = Path(settings.BASE_DIR)
    wanted = PackingWanted(
        sets=options["sets"],
        most=options["most"],
        folder=options["orders"],
        br=options["br"],
        effort=options["effort"],
        br_effort=options["br_effort"],
        seed=options["seed"],
        seconds=options["seconds"],
        home=root / "var" / "bench" / "packing" if options["peers"] else None,
        requirements=root / "requirements" / "bench-packing.txt",
    )
    try:
        result = run_packing(wanted, say)
    except BadFolder as error:
        raise CommandError(str(error)) from error
    text = packing_report.as_text(result)
    tell(json.dumps(packing_report.as_json(result), indent=1) if options["json"] else "\n".join(text))
    return result.ok


OUTBOX = "Senders killed over and over: what was committed is told, nothing else, repeats only after a kill."
BENCHES = {
    "engine": Bench("The allocation engine beside greedy and CP-SAT.", _engine_arguments, _engine),
    "packing": Bench("The packer beside py3dbp and PackingSolver.", _packing_arguments, _packing),
    "sync": Bench(sync_bench.HELP, sync_bench.add_arguments, sync_bench.work),
    "oversell": Bench(oversell_bench.HELP, oversell_bench.add_arguments, oversell_bench.work),
    "outbox": Bench(OUTBOX, outbox.arguments, outbox.work),
}
