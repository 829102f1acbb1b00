"""A cart and its pallets on paper: solve → pack → price → check, all reads, nothing locked."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from allocation.engine.plan import Plan
from allocation.limits import Limits
from allocation.models import Policy
from allocation.snapshot import Snapshot, take_snapshot
from allocation.snapshot_words import LeftOut
from clients.models import Client, Store
from common.money import ZERO, cents
from pallets.fitting import Fitted, fit, worth_of
from pallets.insight import Chosen, explain
from pallets.lines import ProposedLine, loads_of, pooled_lines, value_of
from pallets.loading import PackedPallet, pack_loads
from pallets.solving import Alone, TooLittle, cases_of, solved
from pallets.standalone import amount_for_standalone


@dataclass(frozen=True)
class Proposal:
    """What would be promised. `worth` is the pallets' worth of the goods; a pooled proposal has no pallets.

    `story` is `pallets.insight.Insight.story`.
    """

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
    story: dict[str, Any] = field(default_factory=dict)

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
    """`propose` for one of the snapshot's stores, by the snapshot's policy and limits.

    A pallet of its own is built where a cart fills one as far as the policy asks and is worth more than the best cart
    that is pooled, at max shipping.
    """
    part = snapshot.part(store)
    least = ZERO if build_anyway else part.policy.standalone_fill
    if not least:
        return _standalone(part, fit(part, amount), amount, build_anyway=build_anyway)
    pooled = solved(part, amount, pooled=True)
    try:
        fitted = fit(part, amount, Alone(least, pooled.value))
    except TooLittle as found:
        return _pooled(part, amount, pooled, found.bound)
    return _standalone(part, replace(fitted, bound=max(fitted.bound, pooled.bound)), amount, build_anyway=False)


def _standalone(snapshot: Snapshot, fitted: Fitted, amount: Decimal, *, build_anyway: bool) -> Proposal:
    packed, value = fitted.packed, fitted.packed.value
    chosen = Chosen(fitted.plan, amount, packed.lines, packed.pallets, value, max(cents(fitted.bound), value))
    return _proposal(snapshot, chosen, worth=packed.worth, build_anyway=build_anyway)


def _pooled(snapshot: Snapshot, amount: Decimal, plan: Plan, bound: Decimal) -> Proposal:
    """The best cart at max shipping, and the amount that would make a pallet of its own; no cart that fills one is
    worth more than `bound` USD.
    """
    cases = cases_of(plan)
    candidates = snapshot.candidates(cases)
    lines = pooled_lines(candidates, cases)
    value, top_up = value_of(lines), amount_for_standalone(snapshot, amount)
    chosen = Chosen(plan, amount, lines, (), value, max(cents(plan.bound), cents(bound), value), top_up)
    worth = worth_of(pack_loads(loads_of(candidates, cases), effort="fast"))
    return _proposal(snapshot, chosen, worth=worth, build_anyway=False)


def _proposal(snapshot: Snapshot, chosen: Chosen, *, worth: Decimal, build_anyway: bool) -> Proposal:
    insight = explain(snapshot, chosen)
    return Proposal(
        store=snapshot.store,
        policy=snapshot.policy,
        amount=chosen.amount,
        lines=tuple(chosen.lines),
        pallets=tuple(chosen.pallets),
        worth=worth,
        is_pooled=not chosen.pallets,
        build_anyway=build_anyway,
        value=chosen.value,
        bound=chosen.bound,
        left_out=(*snapshot.left_out(snapshot.store), *insight.left_out),
        top_up=chosen.top_up,
        story=insight.story,
    )
