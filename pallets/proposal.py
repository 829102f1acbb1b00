"""A cart and its pallets on paper: solve → pack → price → check, all reads, nothing locked."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from allocation.engine.plan import Plan
from allocation.limits import Limits
from allocation.models import Policy
from allocation.snapshot import Snapshot, take_snapshot
from allocation.snapshot_words import LeftOut
from clients.models import Client, Store
from common.money import ZERO, cents, usd
from pallets.fitting import Fitted, cases_of, fit, solved, worth_of
from pallets.lines import Cases, ProposedLine, loads_of, pooled_lines
from pallets.loading import PackedPallet, pack_loads
from pallets.standalone import amount_for_standalone


@dataclass(frozen=True)
class Proposal:
    """What would be promised. `worth` is the pallets' worth of the goods; a pooled proposal has no pallets."""

    store: Store
    policy: Policy
    amount: Decimal
    lines: tuple[ProposedLine, ...]
    pallets: tuple[PackedPallet, ...]
    worth: Decimal
    is_pooled: bool
    build_anyway: bool
    value: Decimal
    bound: Decimal
    left_out: tuple[LeftOut, ...] = ()
    top_up: Decimal | None = None

    @property
    def client(self) -> Client:
        return self.store.client

    @property
    def goods(self) -> Decimal:
        return sum((line.cost for line in self.lines), ZERO)

    @property
    def shipping(self) -> Decimal:
        return sum((line.shipping for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping


def propose(
    *,
    store: Store,
    policy: Policy,
    amount: Decimal,
    now: datetime,
    today: date,
    build_anyway: bool = False,
    limits: Limits | None = None,
) -> Proposal:
    """The best cart of `store` for `amount` USD, packed and priced; within the policy's limits unless others are given.

    Raises NothingToAllocate with the reason, or DoesNotFit naming the missing amount.
    """
    snapshot = take_snapshot(stores=[store], policy=policy, now=now, today=today, limits=limits)
    return propose_for(snapshot, store, amount, build_anyway=build_anyway)


def propose_for(snapshot: Snapshot, store: Store, amount: Decimal, *, build_anyway: bool = False) -> Proposal:
    """`propose` for one of the snapshot's stores, by the snapshot's policy and limits."""
    part = snapshot.part(store)
    fitted = fit(part, amount)
    worth = fitted.packed.worth
    if worth < part.policy.standalone_fill and not build_anyway:
        return _pooled(part, fitted, amount)
    lines = fitted.packed.lines
    return Proposal(
        store=part.store,
        policy=part.policy,
        amount=amount,
        lines=tuple(lines),
        pallets=tuple(fitted.packed.pallets),
        worth=worth,
        is_pooled=False,
        build_anyway=build_anyway,
        value=value_of(lines),
        bound=max(cents(fitted.bound), value_of(lines)),
        left_out=(*part.left_out(part.store), *_not_chosen(part, fitted.plan, fitted.packed.cases)),
    )


def _pooled(snapshot: Snapshot, fitted: Fitted, amount: Decimal) -> Proposal:
    """Too little for a pallet of its own: the best cart at max shipping, and what would change that."""
    plan = solved(snapshot, amount, pooled=True)
    cases = cases_of(plan)
    candidates = snapshot.candidates(cases)
    lines = pooled_lines(candidates, cases)
    return Proposal(
        store=snapshot.store,
        policy=snapshot.policy,
        amount=amount,
        lines=tuple(lines),
        pallets=(),
        worth=worth_of(pack_loads(loads_of(candidates, cases))),
        is_pooled=True,
        build_anyway=False,
        value=value_of(lines),
        bound=max(cents(plan.bound), value_of(lines)),
        left_out=(*snapshot.left_out(snapshot.store), *_not_chosen(snapshot, plan, cases)),
        top_up=amount_for_standalone(snapshot, amount, fitted.packed),
    )


def value_of(lines: list[ProposedLine]) -> Decimal:
    """USD that the lines are worth to the policy, after shipping."""
    return cents(sum((line.value - line.shipping for line in lines), ZERO))


def _not_chosen(snapshot: Snapshot, plan: Plan, cases: Cases) -> list[LeftOut]:
    """Eligible and in stock, yet not in the cart: what its best dollar earns against the cart's last one."""
    hurdle, shelf = plan.clients[0].hurdle, snapshot.shelf
    chosen = [shelf.places[code] for code in cases]
    asins = np.setdiff1d(np.flatnonzero(snapshot.offered(snapshot.store)), chosen)
    cost, least = (prices[asins] * shelf.units[asins] for prices in (shelf.cost, shelf.min_shipping))
    earns = (snapshot.values_for(snapshot.store)[asins] / 10_000 - least) / (cost + least)
    return [
        LeftOut(
            shelf.codes[asin],
            "not_chosen",
            f"a dollar earns up to {earned:.3f} here, the cart's last dollar {hurdle:.3f}; "
            f"a case costs {usd(Decimal(price).scaleb(-4))}",
        )
        for asin, earned, price in zip(asins.tolist(), earns.tolist(), cost.tolist(), strict=True)
    ]
