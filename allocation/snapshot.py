"""What stores may take right now, read from the database straight into the engine's arrays.

Only reads, outside any transaction: a handful of queries, and model objects for chosen lines alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from allocation.engine.market import BitOffers, Block, Buyer, Bytes, Goods, Market, Minimum
from allocation.limits import Limits
from allocation.models import Policy
from allocation.models.policy import CLIENT_WEIGHTS
from allocation.snapshot_history import History, read_history
from allocation.snapshot_preorders import NO_PROMISES, Promises, read_promises, special_offers
from allocation.snapshot_rules import Bar, bars_for, bars_for_all, most_cases, openings
from allocation.snapshot_shelf import Shelf, read_shelf
from allocation.snapshot_values import CLASSES, case_values
from allocation.snapshot_words import BarWords, LeftOut
from clients.models import Client, Store
from common.errors import Problem, StalePlan
from common.money import ZERO
from inventory.models import Asin
from inventory.packaging import CaseBox, case_box
from ungating.gates import NOT_ELIGIBLE, STATUSES, UNGATED, Gates, make_gates
from ungating.rules import read_rules

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """An ASIN that the store may take: cases available, `floor` of them preordered, USD a unit before shipping."""

    asin: Asin
    box: CaseBox
    cases: int
    value: Decimal
    floor: int = 0


@dataclass(frozen=True)
class GatedGoods:
    """Goods that only gating keeps from one store, as offers to its client: `block.item` is a place in `goods`.

    For each offer `brand` is a place in `brands` and `status` one in `ungating.gates.STATUSES`.
    """

    goods: Goods
    block: Block
    brand: Ints
    brands: tuple[str, ...]
    status: Ints


@dataclass(frozen=True)
class Snapshot:
    """Stores in order of client and store id, and the place of each in `gates`. The policy has the limits that apply.

    `values` has 1e-8 USD a case before shipping, a row for each class of clients, a column an ASIN of the shelf.
    """

    policy: Policy
    shelf: Shelf
    gates: Gates
    history: History
    values: Ints
    stores: tuple[Store, ...]
    places: tuple[int, ...]
    promises: Promises = NO_PROMISES

    @cached_property
    def limits(self) -> Limits:
        return self.policy.limits

    @property
    def store(self) -> Store:
        """The only store. Raises ValueError where there are several."""
        (store,) = self.stores
        return store

    def part(self, store: Store) -> "Snapshot":
        """The part that concerns this store alone."""
        at = self.stores.index(store)
        return replace(self, stores=(store,), places=(self.places[at],), promises=self.promises.of(store.pk))

    def offered(self, store: Store) -> Bools:
        """For each ASIN of the shelf whether the store may take it."""
        status, bars = self._judged(store)
        offered: Bools = (status == UNGATED) & (bars == Bar.NONE)
        return offered

    def values_for(self, store: Store) -> Ints:
        """For each ASIN of the shelf 1e-8 USD a case, before shipping."""
        values: Ints = self.values[CLASSES.index(store.client.priority)]
        return values

    def left_out(self, store: Store) -> tuple[LeftOut, ...]:
        """Every ASIN that is not offered to the store and the first rule that it breaks, oldest first."""
        status, bars = self._judged(store)
        code, reason = np.full((2, len(bars)), "", dtype=object)
        gated = np.flatnonzero(status != UNGATED)
        code[gated] = np.array(STATUSES, dtype=object)[status[gated]]
        reason[gated] = self.gates.reasons(self._place(store), gated)
        words = BarWords(store.pk, self.shelf, self.limits, self.history)
        for bar in Bar.broken():
            asins = np.flatnonzero((status == UNGATED) & (bars == bar))
            code[asins], reason[asins] = bar.code, words.tell(bar, asins)
        oldest_first = np.argsort(self.shelf.added, kind="stable")
        told = oldest_first[code[oldest_first] != ""].tolist()
        return tuple(LeftOut(self.shelf.codes[asin], code[asin], reason[asin]) for asin in told)

    def gated(self, store: Store) -> Ints:
        """Places on the shelf of the ASINs that nothing but gating that can be asked about keeps from the store."""
        bars, status = self._judged(store)[1], self.gates.to_ask.status(self._place(store))
        return np.flatnonzero((status != UNGATED) & (status != NOT_ELIGIBLE) & (bars == Bar.NONE))

    def gated_block(self, store: Store, goods: Goods | None = None) -> GatedGoods:
        """What `gated` says, as offers: items are places in `goods`, which must have them, or in goods of their own."""
        asins, (status, _) = self.gated(store), self._judged(store)
        goods = self._goods(asins) if goods is None else goods
        mates = [one for one in self.stores if one.client_id == store.client_id]
        block = Block(
            store=np.full(len(asins), mates.index(store)),
            item=np.searchsorted(np.array(goods.ids), np.array(self.shelf.codes)[asins]),
            value=self.values_for(store)[asins],
            cost=self.shelf.cost[asins],
            cap=most_cases(self.shelf, self.limits)[asins],
            floor=np.zeros(len(asins), dtype=np.int64),
        )
        return GatedGoods(goods, block, self.shelf.brand.of[asins], self.shelf.brands, status[asins])

    def market(
        self,
        *,
        budgets: Mapping[str, Decimal],
        pooled: bool = False,
        effort: str = "normal",
        fairness: float = 0.0,
        with_gated: bool = False,
        minimum: Minimum | None = None,
    ) -> Market:
        """The engine's problem: each client, by panel id, may spend its budget in USD on what its stores may take.

        Goods are what any store may take, `with_gated` also what only gating keeps from one. A pooled cart is priced
        at max shipping, whatever the fill. A `minimum` is for the only store.
        """
        clients = [(client, tuple(stores)) for client, stores in groupby(self.stores, lambda store: store.client)]
        offered = np.unpackbits(np.bitwise_or.reduce(self._bits, axis=0), count=len(self.shelf.codes))
        asins = np.flatnonzero(offered)
        if with_gated:
            asins = np.unique(np.concatenate([asins, *(self.gated(store) for store in self.stores)]))
        return Market(
            goods=self._goods(asins, pooled=pooled),
            buyers=tuple(
                Buyer(
                    id=client.panel_id,
                    budget=int(max(budgets[client.panel_id], ZERO) * 100),
                    weight=float(CLIENT_WEIGHTS[client.priority]),
                    stores=tuple(store.panel_id for store in stores),
                )
                for client, stores in clients
            ),
            offers=self._offers(asins, clients),
            fairness=fairness,
            effort=effort,
            minimum=minimum or Minimum(),
        )

    def candidates(self, codes: Iterable[str]) -> dict[str, Candidate]:
        """Candidates of the only store, as model objects by one query.

        Raises StalePlan naming the ASINs whose prices or case pack have changed since the snapshot.
        """
        places = {code: self.shelf.places[code] for code in sorted(codes)}
        found = {asin.code: asin for asin in Asin.objects.in_use().filter(code__in=places)}
        changed = [code for code, place in places.items() if self._prices_at(place) != _prices(found.get(code))]
        if changed:
            words = "its prices or case pack have changed while the cart was made."
            raise StalePlan([Problem("asin", f"{code}: {words}") for code in changed])
        values, kept = self.values_for(self.store), self.promises.cases(self.store.pk, len(self.shelf.codes))
        return {
            code: Candidate(
                asin=found[code],
                box=case_box(found[code], self.shelf.typical(place)),
                cases=int(self._stock[place]),
                value=Decimal(int(values[place] // self.shelf.units[place])).scaleb(-8),
                floor=int(kept[place]),
            )
            for code, place in places.items()
        }

    @cached_property
    def _bits(self) -> Bytes:
        """A row a store: `numpy.packbits` of what it may take."""
        return np.stack([np.packbits(self.offered(store)) for store in self.stores])

    def _judged(self, store: Store) -> tuple[Ints, Ints]:
        """For each ASIN its status for the store and the first other rule that it breaks: none if it was preordered."""
        status = self.gates.status(self._place(store))
        return status, self.promises.bars(store.pk, self._limited(store))

    def _limited(self, store: Store) -> Ints:
        """For each ASIN the rule that free units break."""
        return bars_for(store.pk, self._bars, self.limits, self.history)

    @cached_property
    def _stock(self) -> Ints:
        """Cases of each ASIN that are free, or wait for one of the stores."""
        return self.shelf.cases + self.promises.all_cases(len(self.shelf.codes))

    def _place(self, store: Store) -> int:
        return self.places[self.stores.index(store)]

    @cached_property
    def _bars(self) -> Ints:
        return bars_for_all(self.shelf, self.limits)

    def _goods(self, asins: Ints, *, pooled: bool = False) -> Goods:
        shelf = self.shelf
        open_to = openings([store.pk for store in self.stores], len(shelf.codes), self.limits, self.history)
        return Goods(
            ids=tuple(shelf.codes[asin] for asin in asins.tolist()),
            units=shelf.units[asins],
            cost=shelf.cost[asins],
            min_shipping=(shelf.max_shipping if pooled else shelf.min_shipping)[asins],
            max_shipping=shelf.max_shipping[asins],
            load=shelf.load[asins],
            stock=self._stock[asins],
            max_stores=np.maximum(open_to, self.promises.stores(len(shelf.codes)))[asins],
        )

    def _offers(self, asins: Ints, clients: Sequence[tuple[Client, Sequence[Store]]]) -> BitOffers:
        everything, most = len(self.shelf.codes), most_cases(self.shelf, self.limits)[asins]
        return BitOffers(
            bits=np.stack([np.packbits(np.unpackbits(row, count=everything)[asins]) for row in self._bits]),
            first=np.cumsum([0, *(len(stores) for _, stores in clients)]),
            values=self.values[:, asins],
            value_class=np.array([CLASSES.index(client.priority) for client, _ in clients]),
            cost=self.shelf.cost[asins],
            cap=most,
            special=special_offers(self.promises, self.stores, asins, self._limited, most),
        )

    def _prices_at(self, place: int) -> tuple[int, ...]:
        shelf = self.shelf
        return tuple(int(column[place]) for column in (shelf.units, shelf.cost, shelf.min_shipping, shelf.max_shipping))


def _prices(asin: Asin | None) -> tuple[int, ...]:
    """Case pack, and cost and shipping in 1/10,000 USD a unit; nothing for an ASIN that is no longer in use."""
    if asin is None:
        return ()
    prices = (asin.unit_cost, asin.min_shipping, asin.max_shipping)
    return (asin.case_pack, *(int(price.scaleb(4)) for price in prices))


def take_snapshot(
    *,
    stores: Iterable[Store],
    policy: Policy,
    now: datetime,
    today: date,
    limits: Limits | None = None,
    money: Mapping[str, Decimal] | None = None,
) -> Snapshot:
    """What each of `stores` (with their clients) could take now: one query for ASINs, one for statuses, and one for
    what was promised lately where a limit asks for it. `limits` are the policy's own unless given.

    With `money`, the USD that clients may spend by panel id, one more: what has arrived for preorders must go in.
    A client's budget is then this money and `promises.credit` of its stores.
    """
    policy = policy if limits is None else policy.under(limits)
    ordered = tuple(sorted(stores, key=lambda store: (store.client.panel_id, store.panel_id)))
    shelf = read_shelf(Asin.objects.in_use())
    gates = make_gates(
        read_rules(ordered, now=now),
        stores=[store.pk for store in ordered],
        keys=(shelf.places, shelf.brand.places, shelf.category.places),
        over=(np.arange(len(shelf.codes)), shelf.brand.of, shelf.category.of),
    )
    return Snapshot(
        policy=policy,
        shelf=shelf,
        gates=gates,
        promises=NO_PROMISES if money is None else read_promises(shelf, gates, ordered, money),
        history=read_history(shelf, policy.limits, now=now),
        values=case_values(policy, shelf, today=today),
        stores=ordered,
        places=tuple(range(len(ordered))),
    )
