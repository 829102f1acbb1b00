"""The best cases for an amount, packed on real pallets and priced at their real fill: all reads, nothing locked."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from allocation.engine.plan import Plan
from allocation.snapshot import Candidate, Snapshot
from clients.models import Store
from common.errors import Conflict
from common.money import ZERO, cents, usd
from pallets.lines import Cases, ProposedLine, lines_on, loads_of, pooled_lines, total_of, value_of
from pallets.loading import PackedPallet, pack_loads
from pallets.packing.order import Effort
from pallets.solving import ANYWAY, Alone, TooLittle, cases_of, solved_alone

REPACKS = 3
MARGIN = Decimal("1.1")
MANY = 2  # pallets, beyond which a draft is packed quickly; confirming packs it with more effort
LARGE = 5  # pallets, beyond which the worst cases are dropped without solving again
MORE_LOAD = Decimal("0.03")  # pallets, asked for on top where packing loses some


class DoesNotFit(Conflict):
    """The packed price exceeds the amount, however many cases are dropped."""

    code = "insufficient_balance"
    title = "Not enough balance"


def worth_of(pallets: list[PackedPallet]) -> Decimal:
    """How many full pallets the goods on `pallets` are worth: the sum of the fills."""
    return sum((pallet.fill for pallet in pallets), Decimal(0))


@dataclass(frozen=True)
class Packed:
    """Cases by ASIN code on real pallets, and their lines priced at the pallets' fills; at max shipping where they are
    pooled, because they are worth too little of a pallet.
    """

    cases: Cases
    lines: list[ProposedLine]
    pallets: list[PackedPallet]
    is_pooled: bool = False

    @property
    def total(self) -> Decimal:
        """USD for goods and shipping."""
        return total_of(self.lines)

    @property
    def worth(self) -> Decimal:
        """How many full pallets the goods are worth."""
        return worth_of(self.pallets)

    @property
    def value(self) -> Decimal:
        """USD that the goods are worth to the policy, after shipping."""
        return value_of(self.lines)


@dataclass(frozen=True)
class Fitted:
    """A plan whose packed price fits; `bound` in USD is the value that no cart for the whole amount exceeds.

    `asked` has the cases of the first plan, for the whole amount.
    """

    plan: Plan
    packed: Packed
    bound: Decimal
    asked: Cases


def fit(snapshot: Snapshot, amount: Decimal, alone: Alone = ANYWAY) -> Fitted:
    """Solve, pack and price for the only store, at the engine's quickest and then with more effort: the better cart of
    the two, and the lower bound.

    Raises NothingToAllocate, DoesNotFit naming the missing amount, or TooLittle: as `quick_fit`, which alone decides.
    """
    quick = quick_fit(snapshot, amount, alone)
    try:
        plan = solved_alone(snapshot, amount, alone)
    except TooLittle as found:
        return replace(quick, bound=min(quick.bound, found.bound))
    best, bound = quick, min(quick.bound, plan.bound)
    effort: Effort = "fast" if loads_worth(plan) > MANY else "normal"
    if effort == "normal" or cases_of(plan) != quick.asked:
        with suppress(TooLittle, DoesNotFit):
            best = max(quick, _fitted(snapshot, amount, plan, alone, effort), key=lambda fitted: fitted.packed.value)
    return replace(best, bound=bound)


def quick_fit(snapshot: Snapshot, amount: Decimal, alone: Alone = ANYWAY) -> Fitted:
    """Solve at the engine's quickest, pack and price for the only store.

    Raises NothingToAllocate, DoesNotFit, or TooLittle where a pallet of its own is asked for and none comes about.
    """
    plan = solved_alone(snapshot, amount, alone, effort="fast")
    try:
        return replace(_fitted_with_more_load(snapshot, amount, plan, alone), bound=plan.bound)
    except (TooLittle, DoesNotFit) as short:
        if alone == ANYWAY:
            raise
        # Only the first plan's bound is one for all carts: more load or less money was asked of the others.
        raise TooLittle(plan.bound) from short


def _fitted_with_more_load(snapshot: Snapshot, amount: Decimal, plan: Plan, alone: Alone) -> Fitted:
    """Packed goods may be worth less than their loads: then a little more load is asked for, once."""
    try:
        return _fitted(snapshot, amount, plan, alone, "fast")
    except TooLittle:
        more = solved_alone(snapshot, amount, replace(alone, least=alone.least + MORE_LOAD), effort="fast")
        return _fitted(snapshot, amount, more, alone, "fast")


def _fitted(snapshot: Snapshot, amount: Decimal, plan: Plan, alone: Alone, effort: Effort) -> Fitted:
    """Real pallets are less dense than the engine's: where the packed price exceeds the amount, the excess is taken
    off the budget and it is solved again, quickly, because the first plan's bound is the one that counts; then cases
    are dropped, at once where there are so many that the worst are worth next to nothing.
    """
    asked, bound = cases_of(plan), plan.bound
    candidates = snapshot.candidates(asked)
    packed = pack_cases(candidates, asked, effort=effort)
    if packed.total > amount:
        excess = (packed.total - amount) * MARGIN
        if loads_worth(plan) > LARGE:
            # Twice, because what stays on the pallet of a case that goes ships dearer.
            fewer = fewer_cases(candidates, asked, 2 * excess)
        else:
            budget = max(amount - cents(excess), ZERO)
            plan = solved_alone(snapshot, budget, replace(alone, beats=ZERO), effort="fast")
            fewer = cases_of(plan)
        packed = _pack_within(snapshot, fewer, amount, repacks=REPACKS - 1, effort="fast")
    if packed.worth < alone.least:
        raise TooLittle(bound)
    return Fitted(plan, packed, bound, asked)


def loads_worth(plan: Plan) -> float:
    """Pallets that the loads of a plan add up to. Packed they are worth no more: a load is the larger of a case's
    shares of volume and of weight.
    """
    return sum(store.pallets - 1 + store.last_fill for store in plan.stores if store.pallets)


def fit_cases(
    snapshot: Snapshot,
    store: Store,
    cases: Cases,
    amount: Decimal,
    *,
    effort: Effort = "normal",
    least: Decimal = ZERO,
) -> Packed:
    """Given cases for one of the snapshot's stores, packed and priced, pooled where they are worth less than `least`
    pallets; some are dropped where they cost more.

    Raises DoesNotFit naming the missing amount, StalePlan where an ASIN has changed since the snapshot.
    """
    return _pack_within(snapshot.part(store), cases, amount, repacks=REPACKS, effort=effort, least=least)


def pack_cases(
    candidates: Mapping[str, Candidate], cases: Cases, *, effort: Effort = "normal", least: Decimal = ZERO
) -> Packed:
    """The cases on as few pallets as the packer finds with that effort, and what they cost there; pooled where they are
    worth less than `least` pallets.
    """
    pallets = pack_loads(loads_of(candidates, cases), effort=effort)
    if worth_of(pallets) < least:
        return Packed(cases, pooled_lines(candidates, cases), pallets, is_pooled=True)
    return Packed(cases, lines_on(pallets, candidates, cases), pallets)


def _pack_within(
    snapshot: Snapshot,
    cases: Cases,
    amount: Decimal,
    *,
    repacks: int,
    effort: Effort = "normal",
    least: Decimal = ZERO,
) -> Packed:
    candidates = snapshot.candidates(cases)
    packed = pack_cases(candidates, cases, effort=effort, least=least)
    for _ in range(repacks):
        if packed.total <= amount:
            break
        fewer = fewer_cases(candidates, packed.cases, (packed.total - amount) * MARGIN)
        if not fewer:
            break
        packed = pack_cases(candidates, fewer, effort=effort, least=least)
    if packed.total > amount:
        raise DoesNotFit(
            f"Packed on real pallets the cart costs {usd(packed.total)}; {usd(packed.total - amount)} is missing.",
            field="amount",
        )
    return packed


def fewer_cases(candidates: Mapping[str, Candidate], cases: Cases, excess: Decimal) -> dict[str, int]:
    """`cases` without those that are worth least and free at least `excess` USD at full-pallet prices.

    One case that frees enough is taken before several; ties go by ASIN code. What has arrived for preorders stays.
    """
    left = dict(cases)
    while excess > 0 and (loose := [code for code in left if left[code] > candidates[code].floor]):
        worth = {code: candidates[code].value * candidates[code].asin.case_pack for code in loose}
        enough = [code for code in loose if _frees(candidates[code]) >= excess]
        code = min(enough or loose, key=lambda code: (worth[code] if enough else -_frees(candidates[code]), code))
        left[code] -= 1
        excess -= _frees(candidates[code])
        if not left[code]:
            del left[code]
    return left


def _frees(candidate: Candidate) -> Decimal:
    """USD that one case less frees at least."""
    return (candidate.asin.unit_cost + candidate.asin.min_shipping) * candidate.asin.case_pack
