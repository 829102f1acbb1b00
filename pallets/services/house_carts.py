"""The house buys what a client cannot pay for: a cart of its own whose goods go on a shared pallet at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from allocation.models import Cart, Policy, TransferSuggestion
from clients.models import Store
from common.errors import DomainError, Problem
from common.money import ZERO, cents
from inventory.models import Asin
from pallets.boxes import loads_of_lines
from pallets.fitting import worth_of
from pallets.lines import ProposedLine
from pallets.loading import pack_loads
from pallets.models import Pallet
from pallets.pool_plans import PoolPlan, plans_for
from pallets.pooling import refusals
from pallets.pricing import shipping
from pallets.proposal import Proposal
from pallets.services.carts import write_cart
from pallets.services.pooling import check_unchanged, put_on


@dataclass(frozen=True)
class Purchase:
    """What the house would buy and on which pallets it would go; `origin` is the cart that it is suggested beside.

    The plans name its lines, which are still to be written, by the negative ids of their ASINs.
    """

    origin: str
    proposal: Proposal
    plans: list[PoolPlan]

    def carry_out(self, actor: User | None) -> tuple[Cart, list[Pallet]]:
        """The cart and the pallets that carry its goods. Must run in a transaction that has locked the origin.

        Raises Conflict or StalePlan where something has changed, InsufficientUnits, InsufficientBalance.
        """
        for plan in self.plans:
            check_unchanged(plan)  # before any ASIN is locked: pallets come first
        cart = write_cart(proposal=self.proposal, confirm=True, actor=actor)
        lines = {-line.asin_id: line.pk for line in cart.lines.all()}
        plans = [
            replace(
                plan,
                goods={lines.get(line, line): count for line, count in plan.goods.items()},
                asins={lines.get(line, line): asin for line, asin in plan.asins.items()},
            )
            for plan in self.plans
        ]
        return cart, put_on(cart=cart, store=self.proposal.store, plans=plans, actor=actor)


def plan_purchase(suggestion: TransferSuggestion, cases: Mapping[str, int] | None) -> Purchase:
    """`cases` by ASIN code (None: all that are suggested) at today's prices, on paper.

    Raises DomainError naming everything that cannot be bought any more.
    """
    store, codes = suggestion.mutual_store, [row["asin"] for row in suggestion.goods]
    assert store is not None  # one for the house always names its store
    asins = {asin.code: asin for asin in Asin.objects.in_use().filter(code__in=codes).order_by("code")}
    wanted = _wanted(suggestion, store, asins, cases)
    goods = {-asins[code].pk: count for code, count in wanted.items()}
    chosen = {-asins[code].pk: asins[code] for code in wanted}
    proposal = _proposal(store, suggestion.cart.policy, [_line(asins[code], count) for code, count in wanted.items()])
    worth = worth_of(pack_loads(loads_of_lines(goods, chosen), effort="fast"))
    return Purchase(suggestion.cart.code, replace(proposal, worth=worth), plans_for(store, goods, chosen))


def _wanted(
    suggestion: TransferSuggestion, store: Store, asins: Mapping[str, Asin], cases: Mapping[str, int] | None
) -> dict[str, int]:
    """Cases by ASIN code, all of it possible now."""
    offered = {row["asin"]: row for row in suggestion.goods}
    wanted = {code: int(row["cases"]) for code, row in offered.items()} if cases is None else dict(cases)
    if not wanted:
        raise DomainError("Say how many cases of which ASIN the house buys.", field="cases")
    refused = {asins[code].pk: code for code in wanted if code in asins}
    reasons = refusals(store, [asins[code] for code in refused.values()])
    faults = {code: _fault(count, offered.get(code), asins.get(code), store, reasons) for code, count in wanted.items()}
    if problems := [Problem("cases", f"{code[:20]}: {fault}.") for code, fault in sorted(faults.items()) if fault]:
        raise DomainError(problems)
    return dict(sorted(wanted.items()))


def _fault(
    cases: int, row: Mapping[str, int] | None, asin: Asin | None, store: Store, reasons: Mapping[int, str]
) -> str:
    """Why so many cases cannot be bought, or nothing."""
    if row is None:
        return "it is not among the goods suggested"
    if not 1 <= cases <= row["cases"]:
        return f"{cases:,} cases are asked for, 1 to {row['cases']:,} are suggested"
    if asin is None:
        return "it is no longer in use"
    if asin.case_pack != row["casePack"]:
        return f"its case pack is {asin.case_pack} now, it was suggested with {row['casePack']}"
    if asin.pk in reasons:
        return f"{store.name} may not receive it, {reasons[asin.pk]}"
    return ""


def _line(asin: Asin, cases: int) -> ProposedLine:
    """At max shipping: what the shared pallet saves comes back when it is packed."""
    units = cases * asin.case_pack
    return ProposedLine(asin, cases, cents(asin.unit_cost * units), shipping(asin, units, ZERO), ZERO)


def _proposal(store: Store, policy: Policy, lines: list[ProposedLine]) -> Proposal:
    """Chosen by a person: it has no value by the policy and no certificate."""
    return Proposal(
        store=store,
        policy=policy,
        amount=sum((line.total for line in lines), ZERO),
        lines=tuple(lines),
        pallets=(),
        worth=ZERO,
        is_pooled=True,
        build_anyway=False,
        value=ZERO,
        bound=ZERO,
    )
