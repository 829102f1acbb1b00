"""The best cases for an amount, packed on real pallets and priced at their real fill: all reads, nothing locked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocation.engine.check import check
from allocation.engine.plan import Plan
from allocation.engine.solve import solve
from allocation.models import Policy
from allocation.snapshot import Candidate, Snapshot
from common.errors import Conflict, DomainError
from common.money import ZERO, cents, usd
from pallets.lines import Cases, ProposedLine, lines_on, loads_of, total_of
from pallets.loading import PackedPallet, pack_loads

REPACKS = 3
MARGIN = Decimal("1.1")
TOP_UP_STEPS = 200


class NothingToAllocate(DomainError):
    """No line fits: nothing eligible, nothing in stock, or nothing affordable."""

    code = "nothing_to_allocate"
    title = "Nothing to allocate"


class DoesNotFit(Conflict):
    """The packed price exceeds the amount, however many cases are dropped."""

    code = "insufficient_balance"
    title = "Not enough balance"


@dataclass(frozen=True)
class Fitted:
    """Cases whose packed price fits; `bound` in USD is the value that no cart for the whole amount exceeds."""

    plan: Plan
    cases: Cases
    lines: list[ProposedLine]
    pallets: list[PackedPallet]
    bound: Decimal


def solved(snapshot: Snapshot, budget: Decimal, *, pooled: bool = False) -> Plan:
    """The engine's plan, checked. Raises NothingToAllocate with the reason where it is empty."""
    problem = snapshot.problem(budget, pooled=pooled)
    plan = solve(problem)
    if faults := check(problem, plan):
        raise AssertionError(f"the engine made an invalid plan: {faults[:3]}")
    if not plan.lines:
        raise NothingToAllocate(_why_empty(snapshot, budget), field="amount" if snapshot.candidates else "storeID")
    return plan


def cases_of(plan: Plan) -> dict[str, int]:
    return {line.item: line.cases for line in plan.lines}


def _why_empty(snapshot: Snapshot, budget: Decimal) -> str:
    if not snapshot.candidates:
        blocked = sum(row.code != "no_stock" for row in snapshot.left_out)
        empty = len(snapshot.left_out) - blocked
        return (
            f"{snapshot.store.name} may receive nothing that is in stock: {blocked:,} ASINs are not ungated for it "
            f"and {empty:,} have no whole case left."
        )
    cheapest = min(candidate.asin.unit_cost * candidate.asin.case_pack for candidate in snapshot.candidates.values())
    return f"{usd(budget)} pays for no whole case: the cheapest one costs {usd(cheapest)} before shipping."


def fit(snapshot: Snapshot, amount: Decimal) -> Fitted:
    """Solve, pack and price. Real pallets are less dense than the engine's: where the packed price exceeds the
    amount, the excess is taken off the budget and it is solved again; then cases are dropped. Three tries at most.

    Raises NothingToAllocate, or DoesNotFit naming the missing amount.
    """
    plan = solved(snapshot, amount)
    bound, cases, excess = plan.bound, cases_of(plan), ZERO
    for attempt in range(REPACKS + 1):
        if attempt == 1:
            plan = solved(snapshot, max(amount - cents(excess * MARGIN), ZERO))
            cases = cases_of(plan)
        elif attempt > 1:
            cases = fewer_cases(snapshot.candidates, cases, excess * MARGIN)
        if not cases:
            break
        pallets = pack_loads(loads_of(snapshot.candidates, cases))
        lines = lines_on(pallets, snapshot.candidates, cases)
        excess = total_of(lines) - amount
        if excess <= 0:
            return Fitted(plan, cases, lines, pallets, bound)
    raise DoesNotFit(
        f"Packed on real pallets the cart costs {usd(amount + excess)}; {usd(excess)} is missing.", field="amount"
    )


def fewer_cases(candidates: Mapping[str, Candidate], cases: Cases, excess: Decimal) -> dict[str, int]:
    """`cases` without those that are worth least and free at least `excess` USD at full-pallet prices.

    One case that frees enough is taken before several; ties go by ASIN code.
    """
    left = dict(cases)
    while excess > 0 and left:
        worth = {code: candidates[code].value * candidates[code].asin.case_pack for code in left}
        enough = [code for code in left if _frees(candidates[code]) >= excess]
        code = min(enough or left, key=lambda code: (worth[code] if enough else -_frees(candidates[code]), code))
        left[code] -= 1
        excess -= _frees(candidates[code])
        if not left[code]:
            del left[code]
    return left


def _frees(candidate: Candidate) -> Decimal:
    """USD that one case less frees at least."""
    return (candidate.asin.unit_cost + candidate.asin.min_shipping) * candidate.asin.case_pack


def amount_for_standalone(snapshot: Snapshot, policy: Policy, amount: Decimal) -> Decimal | None:
    """USD beyond `amount` at which the store's cart reaches the stand-alone fill; None where no amount does.

    Found by doubling and halving, by the engine's loads at its quickest; a smaller amount may do, by half a per cent
    of the whole at most where more money always fills more.
    """
    everything = sum(
        (
            (candidate.asin.unit_cost + candidate.asin.max_shipping) * candidate.asin.case_pack * candidate.cases
            for candidate in snapshot.candidates.values()
        ),
        ZERO,
    )
    low, high = amount, amount * 2
    while not _reaches(snapshot, policy, high):
        if high >= everything:
            return None
        low, high = high, high * 2
    while high - low > max(Decimal(1), high / TOP_UP_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _reaches(snapshot, policy, middle) else (middle, high)
    return (high - amount).to_integral_value(rounding="ROUND_CEILING").quantize(ZERO)


def _reaches(snapshot: Snapshot, policy: Policy, budget: Decimal) -> bool:
    plan = solve(snapshot.problem(budget, effort="fast"))
    worth = sum(store.pallets - 1 + store.last_fill for store in plan.stores if store.pallets)
    return worth >= float(policy.standalone_fill)
