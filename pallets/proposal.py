"""A cart and its pallets on paper: solve → pack → price → check, all reads, nothing locked."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from allocation.engine.plan import Plan
from allocation.models import Policy
from allocation.snapshot import LeftOut, Snapshot, take_snapshot
from clients.models import Client, Store
from common.money import ZERO, cents, usd
from pallets.fitting import amount_for_standalone, cases_of, fit, solved
from pallets.lines import ProposedLine, loads_of, pooled_lines
from pallets.loading import PackedPallet, pack_loads


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
    *, store: Store, policy: Policy, amount: Decimal, now: datetime, today: date, build_anyway: bool = False
) -> Proposal:
    """The best cart of `store` for `amount` USD, packed and priced.

    Raises NothingToAllocate with the reason, or DoesNotFit naming the missing amount.
    """
    snapshot = take_snapshot(store=store, policy=policy, now=now, today=today)
    fitted = fit(snapshot, amount)
    if worth_of(fitted.pallets) < policy.standalone_fill and not build_anyway:
        return _pooled(snapshot, policy, amount)
    return Proposal(
        store=store,
        policy=policy,
        amount=amount,
        lines=tuple(fitted.lines),
        pallets=tuple(fitted.pallets),
        worth=worth_of(fitted.pallets),
        is_pooled=False,
        build_anyway=build_anyway,
        value=value_of(fitted.lines),
        bound=max(cents(fitted.bound), value_of(fitted.lines)),
        left_out=(*snapshot.left_out, *_not_chosen(snapshot, fitted.plan, set(fitted.cases))),
    )


def _pooled(snapshot: Snapshot, policy: Policy, amount: Decimal) -> Proposal:
    """Too little for a pallet of its own: the best cart at max shipping, and what would change that."""
    plan = solved(snapshot, amount, pooled=True)
    cases = cases_of(plan)
    lines = pooled_lines(snapshot.candidates, cases)
    return Proposal(
        store=snapshot.store,
        policy=policy,
        amount=amount,
        lines=tuple(lines),
        pallets=(),
        worth=worth_of(pack_loads(loads_of(snapshot.candidates, cases))),
        is_pooled=True,
        build_anyway=False,
        value=value_of(lines),
        bound=max(cents(plan.bound), value_of(lines)),
        left_out=(*snapshot.left_out, *_not_chosen(snapshot, plan, set(cases))),
        top_up=amount_for_standalone(snapshot, policy, amount),
    )


def worth_of(pallets: list[PackedPallet]) -> Decimal:
    """How many full pallets the goods are worth: the sum of the fills."""
    return sum((pallet.fill for pallet in pallets), Decimal(0))


def value_of(lines: list[ProposedLine]) -> Decimal:
    """USD that the lines are worth to the policy, after shipping."""
    return cents(sum((line.value - line.shipping for line in lines), ZERO))


def _not_chosen(snapshot: Snapshot, plan: Plan, chosen: set[str]) -> list[LeftOut]:
    """Eligible and in stock, yet not in the cart: what its best dollar earns against the cart's last one."""
    hurdle = Decimal(str(round(plan.clients[0].hurdle, 4)))
    rows = []
    for code, candidate in sorted(snapshot.candidates.items()):
        if code in chosen:
            continue
        asin = candidate.asin
        earns = (candidate.value - asin.min_shipping) / (asin.unit_cost + asin.min_shipping)
        rows.append(
            LeftOut(
                code,
                "not_chosen",
                f"a dollar earns up to {earns:.3f} here, the cart's last dollar {hurdle:.3f}; "
                f"a case costs {usd(asin.unit_cost * asin.case_pack)}",
            )
        )
    return rows
