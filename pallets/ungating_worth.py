"""What ungating brands would be worth to stores, "up to", and what to ask for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from allocation.engine.market import Block
from allocation.engine.position import Position
from allocation.engine.solve import solve
from allocation.engine.unlock import Gated, StoreWorth, Unlocked, rank_overall, rank_stores, worth_of_groups
from allocation.snapshot import Snapshot
from ungating.gates import STATUSES
from ungating.models import Status

ASKS = {Status.GATED: "approval", Status.INVOICE_NEEDED: "invoice", Status.UNKNOWN: "check"}
ASK_WORDS = {"approval": "approval", "invoice": "approval by invoice", "check": "a check of its status"}
FIRST = 20


@dataclass(frozen=True)
class BrandWorth:
    """Ungating a brand at one store alone is worth up to `most` USD of value (as `engine.unlock` means it), by `asins`.

    `asks` says what to ask for: approval, invoice, check (nobody has looked yet).
    """

    brand: str
    store: str
    asks: tuple[str, ...]
    asins: int
    most: Decimal

    def as_json(self) -> dict[str, Any]:
        return {"brand": self.brand, "asks": list(self.asks), "asins": self.asins, "upTo": str(self.most)}


def asked(asks: Iterable[str]) -> str:
    """What to ask for, in words."""
    return " or ".join(ASK_WORDS[ask] for ask in asks)


@dataclass(frozen=True)
class OverallWorth:
    """Ungating a brand at all of `stores`, best first: up to `most` USD together, no case of stock counted twice."""

    brand: str
    most: Decimal
    stores: tuple[BrandWorth, ...]

    def as_json(self) -> dict[str, Any]:
        stores = [{"storeID": worth.store, **worth.as_json()} for worth in self.stores]
        return {"brand": self.brand, "upTo": str(self.most), "stores": stores}


class GatedBrands:
    """What only gating keeps from the snapshot's stores, valued at the plan of `position`.

    The position's market must have the gated goods.
    """

    def __init__(self, snapshot: Snapshot, position: Position) -> None:
        self.snapshot, self.position = snapshot, position
        goods = position.market.goods
        self.gated = {store.panel_id: snapshot.gated_block(store, goods) for store in snapshot.stores}

    def worth_of(self, buyer: int) -> Unlocked:
        """The worth of each brand at each store of the buyer at this place in the market."""
        stores = self.position.market.buyers[buyer].stores
        parts = [self.gated[store] for store in stores]
        block = Block.joined([part.block for part in parts])
        return worth_of_groups(self.position, buyer, Gated(block, np.concatenate([part.brand for part in parts])))

    def first(self, unlocked: Unlocked, count: int = FIRST) -> tuple[BrandWorth, ...]:
        """The pairs of store and brand that are worth most."""
        return tuple(self.told(worth, unlocked) for worth in rank_stores(unlocked, count) if worth.up_to)

    def told(self, worth: StoreWorth, unlocked: Unlocked) -> BrandWorth:
        """A pair of store and brand with its name and what to ask for."""
        pair = [
            place
            for place in np.flatnonzero(unlocked.group == worth.group).tolist()
            if unlocked.stores[place] == worth.store
        ]
        gated = self.gated[worth.store]
        statuses = np.unique(gated.status[np.isin(gated.block.item, unlocked.item[np.isin(unlocked.pair, pair)])])
        codes = {STATUSES[status] for status in statuses.tolist()}
        return BrandWorth(
            brand=gated.brands[worth.group],
            store=worth.store,
            asks=tuple(ask for status, ask in ASKS.items() if status in codes),
            asins=worth.items,
            most=worth.up_to,
        )


def rank_brands(snapshot: Snapshot, count: int = FIRST) -> tuple[tuple[BrandWorth, ...], tuple[OverallWorth, ...]]:
    """The pairs of store and brand worth most, and the brands worth most at all of the snapshot's stores together.

    Counted beside the best plan found for all their clients' available balances at once, without guaranteed shares.
    """
    budgets = {store.client.panel_id: store.client.available for store in snapshot.stores}
    market = snapshot.market(budgets=budgets, effort="fast", with_gated=True)
    brands = GatedBrands(snapshot, Position(market, solve(market)))
    by_client = [brands.worth_of(number) for number in range(len(market.buyers))]
    owner = {
        store: unlocked for unlocked, buyer in zip(by_client, market.buyers, strict=True) for store in buyer.stores
    }
    pairs = [row for unlocked in by_client for row in brands.first(unlocked, count)]
    overall = [
        OverallWorth(
            brand=snapshot.shelf.brands[group.group],
            most=group.up_to,
            stores=tuple(brands.told(worth, owner[worth.store]) for worth in group.stores),
        )
        for group in rank_overall(by_client, market.goods.stock, count)
    ]
    return _ranked(pairs)[:count], tuple(overall)


def _ranked(pairs: Sequence[BrandWorth]) -> tuple[BrandWorth, ...]:
    return tuple(sorted(pairs, key=lambda row: (-row.most, row.store, row.brand)))
