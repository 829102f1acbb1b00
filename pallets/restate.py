"""A stored draft as a proposal again: its lines, packed and priced on today's data."""

from decimal import Decimal

from allocation.models import Cart
from allocation.snapshot import Candidate
from allocation.states import CartState
from common.errors import Conflict, NotFound, Problem, StalePlan
from common.money import ZERO, cents, usd
from inventory.models import Asin
from inventory.packaging import case_box, typical_cases
from pallets.loading import Load, PackedPallet, pack_loads
from pallets.pricing import shipping
from pallets.proposal import DoesNotFit, Proposal, ProposedLine, priced_line


def restate(*, code: str, build_anyway: bool | None = None) -> Proposal:
    """The proposal that confirming draft `code` would promise.

    Raises NotFound, Conflict where it is no draft, StalePlan where an ASIN's cost or case pack has changed since,
    DoesNotFit where the packed price exceeds the cart's amount.
    """
    cart = _draft(code)
    candidates, cases = _candidates(cart)
    anyway = cart.build_anyway if build_anyway is None else build_anyway
    pallets = pack_loads({key: Load(row.asin, row.box, cases[key]) for key, row in candidates.items()})
    worth = sum((pallet.fill for pallet in pallets), Decimal(0))
    pooled = worth < cart.policy.standalone_fill and not anyway
    proposal = Proposal(
        store=cart.store,
        policy=cart.policy,
        amount=cart.amount,
        lines=tuple(_line(row, cases[key], [] if pooled else pallets) for key, row in candidates.items()),
        pallets=() if pooled else tuple(pallets),
        worth=worth,
        is_pooled=pooled,
        build_anyway=anyway,
        value=cart.value,
        bound=cart.bound,
        top_up=cart.top_up,
        candidates=candidates,
    )
    if proposal.total > cart.amount:
        missing = proposal.total - cart.amount
        raise DoesNotFit(
            f"Priced again, cart {code} costs {usd(proposal.total)}; {usd(missing)} is missing. Generate it anew."
        )
    return proposal


def _draft(code: str) -> Cart:
    cart = Cart.objects.select_related("client", "store__client", "policy").filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.")
    if cart.state != CartState.DRAFT:
        raise Conflict(f"Cart {code} is {cart.get_state_display().lower()} already.")
    return cart


def _line(row: Candidate, cases: int, pallets: list[PackedPallet]) -> ProposedLine:
    """The line on its pallets, or at max shipping where there are none."""
    units = cases * row.asin.case_pack
    cost = cents(row.asin.unit_cost * units)
    if pallets:
        return priced_line(row, cases, cost, pallets)
    return ProposedLine(row.asin, cases, cost, shipping(row.asin, units, Decimal(0)), cents(row.value * units))


def _candidates(cart: Cart) -> tuple[dict[str, Candidate], dict[str, int]]:
    lines = list(cart.lines.select_related("asin"))
    changed = [
        Problem("asin", f"{line.asin.code}: its cost or case pack has changed since the cart was made.")
        for line in lines
        if (line.unit_cost, line.case_pack) != (line.asin.unit_cost, line.asin.case_pack)
    ]
    if changed:
        raise StalePlan(changed)
    if not lines:
        raise Conflict(f"Cart {cart.code} has no lines.")
    keys = {line.asin.category_key for line in lines if line.asin.needs_estimate}
    typical = typical_cases(Asin.objects.in_use().filter(category_key__in=keys)) if keys else {}
    candidates = {
        line.asin.code: Candidate(
            line.asin,
            case_box(line.asin, typical.get(line.asin.category_key)),
            line.cases,
            line.value / line.units if line.units else ZERO,
        )
        for line in lines
    }
    return candidates, {line.asin.code: line.cases for line in lines}
