"""manage.py allocate: carts for every client at once, as drafts, or confirmed with --accept."""

import json
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from allocation.engine.outcome import Progress
from allocation.models import Policy
from allocation.models.batch import FAIRNESS, Effort
from clients.models import Client
from common.admin_columns import counted
from common.errors import DomainError
from common.models import RunState
from common.money import percent_up, usd
from pallets.batch_presentation import describe_batch
from pallets.batch_words import STAGES
from pallets.services.batch_run import run_batch
from pallets.services.batches import Acceptance, accept_batch, start_batch


class Command(BaseCommand):
    help = "Allocate to every client at once: one draft cart for each store. Nothing is reserved without --accept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--policy", metavar="SLUG", help="default: the default policy")
        parser.add_argument("--fairness", metavar="F", default=str(FAIRNESS), help=f"0 to 1, default {FAIRNESS}")
        parser.add_argument("--effort", default=Effort.NORMAL.value, help=f"{', '.join(Effort.values)}; default normal")
        parser.add_argument("--clients", metavar="ID,ID", help="as in the panel; default: every client but the house")
        parser.add_argument("--accept", action="store_true", help="confirm the drafts: reserve stock, hold balances")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--progress", action="store_true", help="show progress though stderr is no terminal")

    def handle(self, **options: Any) -> None:
        policy, fairness, clients = _policy(options["policy"]), _fairness(options["fairness"]), _clients(options)
        try:
            batch = start_batch(
                policy=policy, fairness=fairness, effort=options["effort"], clients=clients, in_background=False
            )
            batch = run_batch(batch_id=batch.pk, tell=self._teller(options["progress"]))
        except DomainError as error:
            raise _refusal(error) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted: no cart was made.") from None
        if batch.run.state != RunState.SUCCEEDED:
            raise CommandError(f"{batch} has made no cart. {batch.run.error}")
        accepted = accept_batch(batch=batch) if options["accept"] else Acceptance((), ())
        answer = describe_batch(batch)
        if options["json"]:
            answer["refused"] = [{"cart": row.code, "reason": row.reason} for row in accepted.refused]
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            self.stdout.write(summary(answer, accepted, accept=options["accept"]))
        if accepted.refused:
            raise CommandError(f"{len(accepted.refused)} of the drafts could not be confirmed.")

    def _teller(self, wanted: bool) -> Callable[[Progress], None] | None:
        """Writes each stage on a line of its own, updated in place on a terminal."""
        terminal = sys.stderr.isatty()
        if not (wanted or terminal):
            return None
        return _Teller(self.stderr.write, in_place=terminal).tell


class _Teller:
    def __init__(self, write: Callable[..., Any], *, in_place: bool) -> None:
        self.write, self.in_place, self.stage = write, in_place, ""

    def tell(self, step: Progress) -> None:
        new, self.stage = step.stage != self.stage, step.stage
        line = f"{STAGES.get(step.stage, step.stage)} {step.done:,} of {step.total:,}"
        if self.in_place:
            self.write(f"\r{line:<60}", ending="\n" if step.done == step.total else "")
        elif new or step.done == step.total:
            self.write(line)


def _refusal(error: DomainError) -> CommandError:
    return CommandError("\n".join([f"{error.title}.", *(problem.message for problem in error.problems)]))


def _policy(slug: str | None) -> Policy:
    found = Policy.objects.filter(slug=slug).first() if slug else Policy.objects.filter(is_default=True).first()
    if found is None:
        known = ", ".join(Policy.objects.values_list("slug", flat=True))
        said = f"There is no policy “{slug}”." if slug else "No policy is the default one: name one with --policy."
        raise CommandError(f"{said} Known: {known}.")
    return found


def _fairness(text: str) -> Decimal:
    try:
        if not text.isascii() or "_" in text:
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise CommandError(f"--fairness: “{text}” is not a number from 0 to 1.") from None


def _clients(options: dict[str, Any]) -> list[Client]:
    if options["clients"] is None:
        return []
    wanted = {part.strip() for part in options["clients"].split(",")} - {""}
    found = {client.panel_id: client for client in Client.objects.filter(panel_id__in=wanted)}
    if missing := sorted(wanted - set(found)):
        raise CommandError("\n".join(f"There is no client “{panel_id}”." for panel_id in missing))
    if not found:
        raise CommandError("--clients: name at least one client, for example --clients 1,2.")
    return [found[panel_id] for panel_id in sorted(found)]


def _percent(share: Decimal) -> str:
    return f"{round(share * 100, 1)}%"


def summary(answer: dict[str, Any], accepted: Acceptance, *, accept: bool) -> str:
    """The answer as a person reads it."""
    batch, clients = answer["batch"], answer["clients"]
    rows = [
        f"Batch {batch['number']}: {counted(len(answer['carts']), 'cart')} for {counted(len(clients), 'client')} "
        f"by the policy {batch['policy']}, fairness {Decimal(batch['fairness']).normalize():f}, {batch['effort']}",
        *_certificate(batch),
        *_table(clients),
    ]
    if answer["leftOutCounts"]:
        counts = (f"{count:,} {code}" for code, count in answer["leftOutCounts"].items())
        rows.append("Left out, stores x ASINs: " + ", ".join(counts))
    rows += _without_cart(answer["storesWithoutCart"])
    if accept:
        rows.append(f"Confirmed: {counted(len(accepted.confirmed), 'cart')}.")
        rows += [f"Not confirmed, {row.code}: {row.reason}" for row in accepted.refused]
    else:
        rows.append("These are drafts: nothing is reserved or held. Confirm them in the admin, or run with --accept.")
    return "\n".join(rows)


def _without_cart(stores: list[dict[str, Any]]) -> list[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for row in stores:
        by_reason[row["reason"]].append(row["storeID"])
    return [
        f"No cart for {'store' if len(ids) == 1 else 'stores'} {', '.join(ids)}: {reason}"
        for reason, ids in by_reason.items()
    ]


def _certificate(batch: dict[str, Any]) -> list[str]:
    value, bound = usd(Decimal(batch["value"])), usd(Decimal(batch["bestPossibleValue"]))
    gap = f"at most {percent_up(Decimal(batch['gap']))}% below" if batch["gap"] is not None else "compared with"
    rows = [f"  Value {value}: {gap} the best possible, {bound}"]
    if Decimal(batch["guaranteedShare"]):
        share = _percent(Decimal(batch["guaranteedShare"]))
        rows.append(f"  Aimed at for every client: {share} of what it could have if it chose first")
    if batch["cancelled"]:
        rows.append("  Cancelled: this is what was found until then")
    return rows


def _table(clients: list[dict[str, Any]]) -> list[str]:
    head = f"  {'Client':<32}{'spent':>14}{'of available':>15}{'value':>15}{'share':>8}{'shortfall':>13}  carts"
    return [head] + [
        f"  {_named(row):<32}{usd(Decimal(row['spent'])):>14}"
        f"{usd(Decimal(row['available'])):>15}{usd(Decimal(row['value'])):>15}"
        f"{'—' if row['share'] is None else _percent(Decimal(row['share'])):>8}"
        f"{usd(Decimal(row['shortfall'])):>13}  {len(row['carts']):>5}"
        for row in clients
    ]


def _named(row: dict[str, Any]) -> str:
    return f"{row['clientName'][:22]} ({row['clientID']})"
