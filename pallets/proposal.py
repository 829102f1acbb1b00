"""A cart and its pallets on paper: solve → pack → price → check, all reads, nothing locked."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from allocation.engine.check import check
from allocation.engine.plan import Plan
from allocation.engine.solve import solve
from allocation.models import Policy
from allocation.snapshot import Candidate, LeftOut, Snapshot, take_snapshot
from clients.models import Client, Store
from common.errors import Conflict, DomainError
from common.money import ZERO, cents, usd
from inventory.models import Asin
from pallets.loading import Load, PackedPallet, pack_loads
from pallets.pricing import shipping, shipping_per_unit

REPACKS = 3


@dataclass(frozen=True)
class Slice:
    """Cases of one line on one pallet and what their shipping costs in USD."""

    pallet: int
    cases: int
    shipping_per_unit: Decimal
    shipping: Decimal


@dataclass(frozen=True)
class ProposedLine:
    """Whole cases of one ASIN. `shipping` is the sum of its slices, or max shipping where the cart is pooled."""

    asin: Asin
    cases: int
    cost: Decimal
    shipping: Decimal
    value: Decimal
    slices: tuple[Slice, ...] = ()

    @property
    def units(self) -> int:
        return self.cases * self.asin.case_pack


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
    note: str = ""
    candidates: dict[str, Candidate] = field(default_factory=dict)

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


class NothingToAllocate(DomainError):
    """No line fits: nothing eligible, nothing in stock, or nothing affordable."""

    code = "nothing_to_allocate"
    title = "Nothing to allocate"


class DoesNotFit(Conflict):
    """The packed price exceeds the amount, however many cases are dropped."""

    code = "insufficient_balance"
    title = "Not enough balance"


def propose(
    *, store: Store, policy: Policy, amount: Decimal, now: datetime, today: date, build_anyway: bool = False
) -> Proposal:
    """The best cart of `store` for `amount` USD, packed and priced.

    Raises NothingToAllocate with the reason, or DoesNotFit naming the missing amount.
    """
    snapshot = take_snapshot(store=store, policy=policy, now=now, today=today)
    plan, bound, lines, pallets = _packed_within(snapshot, amount)
    worth = sum((pallet.fill for pallet in pallets), Decimal(0))
    pooled = worth < policy.standalone_fill and not build_anyway
    top_up = None
    if pooled:
        plan = _solved(snapshot, amount, pooled=True)
        bound = plan.bound
        lines, pallets = _pooled_lines(snapshot, plan), []
        worth = sum((pallet.fill for pallet in pack_loads(_loads(snapshot, plan))), Decimal(0))
        top_up = amount_for_standalone(snapshot, policy, amount)
    return Proposal(
        store=store,
        policy=policy,
        amount=amount,
        lines=tuple(lines),
        pallets=tuple(pallets),
        worth=worth,
        is_pooled=pooled,
        build_anyway=build_anyway,
        value=cents(_value(lines)),
        bound=max(cents(bound), cents(_value(lines))),
        left_out=(*snapshot.left_out, *_not_chosen(snapshot, plan)),
        top_up=top_up,
        candidates=snapshot.candidates,
    )


def _value(lines: list[ProposedLine]) -> Decimal:
    """USD that the lines are worth to the policy, after shipping."""
    return sum((line.value - line.shipping for line in lines), ZERO)


def _solved(snapshot: Snapshot, budget: Decimal, *, pooled: bool = False) -> Plan:
    problem = snapshot.problem(budget, pooled=pooled)
    plan = solve(problem)
    if faults := check(problem, plan):
        raise AssertionError(f"the engine made an invalid plan: {faults[:3]}")
    if not plan.lines:
        raise NothingToAllocate(
            _why_empty(snapshot, budget, plan), field="storeID" if not snapshot.candidates else "amount"
        )
    return plan


def _why_empty(snapshot: Snapshot, budget: Decimal, plan: Plan) -> str:
    if not snapshot.candidates:
        blocked = sum(row.code != "no_stock" for row in snapshot.left_out)
        empty = len(snapshot.left_out) - blocked
        return (
            f"{snapshot.store.name} may receive nothing that is in stock: {blocked:,} ASINs are not ungated for it "
            f"and {empty:,} have no whole case left."
        )
    cheapest = min(candidate.asin.unit_cost * candidate.asin.case_pack for candidate in snapshot.candidates.values())
    return f"{usd(budget)} pays for no whole case: the cheapest one costs {usd(cheapest)} before shipping."


def _packed_within(snapshot: Snapshot, amount: Decimal) -> tuple[Plan, Decimal, list[ProposedLine], list[PackedPallet]]:
    """Solve, pack and price; the bound is that of the whole amount. Real pallets are less dense than the engine's, so
    what they cost more is taken off the budget and cases are dropped until the packed price fits, three times at most.
    """
    budget = amount
    bound: Decimal | None = None
    for _ in range(REPACKS + 1):
        plan = _solved(snapshot, budget)
        bound = plan.bound if bound is None else bound
        pallets = pack_loads(_loads(snapshot, plan))
        lines = _priced_lines(snapshot, plan, pallets)
        excess = sum((line.cost + line.shipping for line in lines), ZERO) - amount
        if excess <= 0:
            return plan, bound, lines, pallets
        budget = max(budget - cents(excess * Decimal("1.1")), ZERO)
    raise DoesNotFit(
        f"Packed on real pallets the cart costs {usd(amount + excess)}; {usd(excess)} is missing.", field="amount"
    )


def _loads(snapshot: Snapshot, plan: Plan) -> dict[str, Load]:
    return {
        line.item: Load(snapshot.candidates[line.item].asin, snapshot.candidates[line.item].box, line.cases)
        for line in plan.lines
    }


def _priced_lines(snapshot: Snapshot, plan: Plan, pallets: list[PackedPallet]) -> list[ProposedLine]:
    return [priced_line(snapshot.candidates[line.item], line.cases, line.cost, pallets) for line in plan.lines]


def priced_line(candidate: Candidate, cases: int, cost: Decimal, pallets: list[PackedPallet]) -> ProposedLine:
    """A line with one slice for each pallet that carries some of it; its shipping is their sum."""
    asin = candidate.asin
    slices = tuple(
        Slice(
            number,
            pallet.cases[asin.code],
            shipping_per_unit(asin, pallet.fill),
            shipping(asin, pallet.cases[asin.code] * asin.case_pack, pallet.fill),
        )
        for number, pallet in enumerate(pallets)
        if asin.code in pallet.cases
    )
    value = cents(candidate.value * cases * asin.case_pack)
    return ProposedLine(asin, cases, cost, sum((part.shipping for part in slices), ZERO), value, slices)


def _pooled_lines(snapshot: Snapshot, plan: Plan) -> list[ProposedLine]:
    """Lines priced at max shipping: what a shared pallet saves comes back when it is packed."""
    lines = []
    for line in plan.lines:
        candidate = snapshot.candidates[line.item]
        asin = candidate.asin
        lines.append(
            ProposedLine(
                asin,
                line.cases,
                line.cost,
                shipping(asin, line.units, Decimal(0)),
                cents(candidate.value * line.units),
            )
        )
    return lines


def _not_chosen(snapshot: Snapshot, plan: Plan) -> list[LeftOut]:
    """Eligible and in stock, yet not in the cart: what its best dollar earns against the cart's last one."""
    chosen = {line.item for line in plan.lines}
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


def amount_for_standalone(snapshot: Snapshot, policy: Policy, amount: Decimal) -> Decimal | None:
    """USD beyond `amount` at which the store's cart reaches the stand-alone fill; None where no amount does.

    Found by halving between `amount` and the price of everything eligible, to the dollar, by the engine's loads.
    """
    everything = sum(
        (
            (candidate.asin.unit_cost + candidate.asin.max_shipping) * candidate.asin.case_pack * candidate.cases
            for candidate in snapshot.candidates.values()
        ),
        ZERO,
    )

    def reaches(budget: Decimal) -> bool:
        plan = solve(snapshot.problem(budget))
        return sum(store.pallets - 1 + store.last_fill for store in plan.stores if store.pallets) >= float(
            policy.standalone_fill
        )

    low, high = amount, amount * 2 if amount else Decimal(1000)
    while not reaches(high):
        if high >= everything:
            return None
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return (high - amount).to_integral_value(rounding="ROUND_CEILING").quantize(ZERO)
