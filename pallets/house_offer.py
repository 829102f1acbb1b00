"""Goods that a client cannot pay for, chosen for the house: its balance buys them for a mutual store. All reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from django.utils import timezone

from allocation.engine.check import check
from allocation.engine.market import BitOffers, Market
from allocation.engine.plan import Plan
from allocation.engine.reasons import Limit, Out
from allocation.engine.setup import problem_of
from allocation.engine.solve import solve
from allocation.snapshot import Snapshot, take_snapshot
from clients.models import Store
from pallets.fitting import worth_of
from pallets.lines import ProposedLine, loads_of, pooled_lines, total_of
from pallets.loading import pack_loads
from pallets.pooling import best_mutual_store
from pallets.proposal import Proposal
from pallets.solving import cases_of

# Why an ASIN that a store may have is not in its cart where more money would bring it in.
FOR_MONEY = {Out.OVER_BUDGET, Out.DEAR, Out.MONEY, Out.NO_EXCHANGE}


@dataclass(frozen=True)
class HouseOffer:
    """Lines at max shipping that the house's balance pays, for `store`; `worth` is their pallets' worth."""

    store: Store
    lines: tuple[ProposedLine, ...]
    worth: Decimal

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def total(self) -> Decimal:
        """USD for goods and shipping."""
        return total_of(self.lines)


def beyond_the_money(left_out: Iterable[Mapping[str, str]], story: Mapping[str, Any]) -> frozenset[str]:
    """ASINs of which the client's money alone kept more cases out of a cart, as the cart's own reasons say."""
    kept_out = {row["asin"] for row in left_out if row["code"] in FOR_MONEY}
    return frozenset(kept_out | {code for code, why in story.get("lines", {}).items() if why["limit"] == Limit.MONEY})


def house_offer(proposal: Proposal, codes: Iterable[str]) -> HouseOffer | None:
    """The best that the house could buy of the ASINs `codes`, of what `proposal` leaves in stock, for the mutual store
    where its goods would be pooled, where there is none for the one that could take most; None where the proposal is
    not pooled, or the house cannot buy a case.

    The house pays what the client lacks for a pallet of its own at most, as far as its available balance goes.
    """
    wanted = frozenset(codes)
    if not (proposal.is_pooled and wanted) or proposal.store.is_mutual:
        return None
    best = best_mutual_store(proposal)[0]
    stores = [best] if best else Store.objects.mutual().receiving().select_related("client").order_by("pk")
    offers = [offer for store in stores if (offer := _offer_for(store, wanted, proposal))]
    return max(offers, key=lambda offer: offer.total, default=None)


def _offer_for(store: Store, codes: frozenset[str], proposal: Proposal) -> HouseOffer | None:
    house = store.client
    if house.available <= 0:
        return None
    now = timezone.now()
    snapshot = take_snapshot(stores=[store], policy=proposal.policy, now=now, today=timezone.localdate(now))
    money = house.available if proposal.top_up is None else min(house.available, proposal.top_up)
    market = _only(snapshot, codes, proposal, money)
    plan = solve(market)
    if faults := check(problem_of(market, plan), plan):
        raise AssertionError(f"the engine made an invalid plan: {faults[:3]}")
    return _offer(snapshot, plan) if plan.lines else None


def _only(snapshot: Snapshot, codes: frozenset[str], proposal: Proposal, money: Decimal) -> Market:
    """The market of the snapshot's only store for `codes`, without the cases that the proposal takes."""
    store = snapshot.store
    market = snapshot.market(budgets={store.client.panel_id: money}, pooled=True, effort="fast")
    goods, offers = market.goods, market.offers
    assert isinstance(offers, BitOffers)
    taken = {line.asin.code: line.cases for line in proposal.lines}
    stock = goods.stock - np.array([taken.get(code, 0) for code in goods.ids], dtype=np.int64)
    wanted = np.array([code in codes for code in goods.ids], dtype=bool) & (stock > 0)
    bits = np.unpackbits(offers.bits, axis=1, count=len(goods.ids)).astype(bool) & wanted
    return replace(
        market,
        goods=replace(goods, stock=np.maximum(stock, 0)),
        offers=replace(offers, bits=np.packbits(bits, axis=1)),
    )


def _offer(snapshot: Snapshot, plan: Plan) -> HouseOffer:
    cases = cases_of(plan)
    candidates = snapshot.candidates(cases)
    packed = pack_loads(loads_of(candidates, cases), effort="fast")
    return HouseOffer(snapshot.store, tuple(pooled_lines(candidates, cases)), worth_of(packed))
