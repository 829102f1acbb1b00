"""manage.py worth_ungating: which brands are worth asking for, store by store and over all stores."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from allocation.models import Policy
from allocation.snapshot import take_snapshot
from clients.models import Store
from common.money import usd
from pallets.ungating_worth import FIRST, BrandWorth, OverallWorth, asked, rank_brands


class Command(BaseCommand):
    help = (
        "Rank the brands that only gating keeps from stores by what they would be worth at most. The stores share the "
        "stock as the best plan for all clients' available balances shares it; stores of the house are left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="ID", help="this store alone, with first pick of all stock")
        parser.add_argument("--policy", metavar="SLUG", help="default: the default policy")
        parser.add_argument("--first", type=int, default=FIRST, metavar="N", help=f"rows of each list, default {FIRST}")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        if options["first"] < 1:
            raise CommandError(f"--first must be 1 or more, not {options['first']}.")
        now = timezone.now()
        stores, policy = _stores(options["store"]), _policy(options["policy"])
        snapshot = take_snapshot(stores=stores, policy=policy, now=now, today=timezone.localdate(now))
        pairs, overall = rank_brands(snapshot, options["first"])
        if options["json"]:
            answer = {
                "byStore": [{"storeID": row.store, **row.as_json()} for row in pairs],
                "overall": [row.as_json() for row in overall],
            }
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            names = {store.panel_id: store.name for store in stores}
            self.stdout.write("\n".join(_told(pairs, () if options["store"] else overall, names)))


def _stores(panel_id: str | None) -> list[Store]:
    """Active stores whose clients have money, without those of the house; or the one asked for."""
    stores = Store.objects.receiving().select_related("client")
    if panel_id is None:
        found = [store for store in stores.exclude(client__stores__is_mutual=True) if store.client.available > 0]
        if not found:
            raise CommandError("No active store has a client with an available balance.")
        return found
    store = stores.filter(panel_id=panel_id).first()
    if store is None:
        raise CommandError(f"There is no active store “{panel_id}”.")
    if store.client.available <= 0:
        raise CommandError(f"{store.client} has no available balance ({usd(store.client.available)}).")
    return [store]


def _policy(slug: str | None) -> Policy:
    policy = Policy.objects.filter(**({"is_default": True} if slug is None else {"slug": slug})).first()
    if policy is None:
        known = ", ".join(Policy.objects.values_list("slug", flat=True))
        raise CommandError(f"There is no policy “{slug}”. Known: {known}.")
    return policy


def _told(pairs: Sequence[BrandWorth], overall: Sequence[OverallWorth], names: dict[str, str]) -> list[str]:
    if not pairs:
        return ["No brand is worth ungating: nothing that only gating blocks would gain."]
    rows = ["Worth ungating, a brand at one store:"]
    rows += [
        f"  {_most(row.most)}  {row.brand or 'no brand'} at {names[row.store]}: {_counted(row.asins, 'ASIN')}, "
        f"ask for {asked(row.asks)}"
        for row in pairs
    ]
    if overall:
        rows.append("Worth ungating, a brand at every store that gains:")
    rows += [
        f"  {_most(row.most)}  {row.brand or 'no brand'}: {_counted(len(row.stores), 'store')}, "
        f"most at {names[row.stores[0].store]} (up to {usd(row.stores[0].most)})"
        for row in overall
    ]
    return rows


def _most(amount: Decimal) -> str:
    return f"up to {usd(amount):>11}"


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
