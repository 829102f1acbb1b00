"""A stored draft as a proposal again: its lines, packed and priced on today's data."""

from allocation.models import Cart
from allocation.snapshot import Candidate
from allocation.states import CartState
from common.errors import Conflict, NotFound, Problem, StalePlan
from common.money import ZERO, usd
from inventory.packaging import case_box
from pallets.boxes import typical_of
from pallets.fitting import DoesNotFit, pack_cases
from pallets.lines import Cases
from pallets.packing.order import Effort
from pallets.proposal import Proposal

# What the draft was chosen by: with others its value and its bound would no longer be true.
PROPOSED_BY = ("unit_cost", "min_shipping", "max_shipping", "case_pack")


def restate(*, code: str, build_anyway: bool | None = None) -> Proposal:
    """The proposal that confirming draft `code` would promise.

    Its limits (units of an ASIN, return, cool-down, stores of an ASIN) were a wish of the proposal and are no rule at
    confirm: they are not asked again. Its reasons stay those of the day it was made.

    Raises NotFound, Conflict where it is no draft, StalePlan where an ASIN's prices or case pack have changed since,
    DoesNotFit where the packed price exceeds the cart's amount.
    """
    cart = _draft(code)
    candidates, cases = _candidates(cart)
    anyway = cart.build_anyway if build_anyway is None else build_anyway
    # A large draft and one of a batch were packed quickly, and now and then that is the cheaper way.
    efforts: tuple[Effort, ...] = ("normal", "fast")
    packed = min((_packed(cart, candidates, cases, anyway, effort) for effort in efforts), key=lambda one: one.total)
    if packed.total > cart.amount:
        missing = packed.total - cart.amount
        raise DoesNotFit(
            f"Priced again, cart {code} costs {usd(packed.total)}; {usd(missing)} is missing. Generate it anew."
        )
    return packed


def _packed(cart: Cart, candidates: dict[str, Candidate], cases: Cases, anyway: bool, effort: Effort) -> Proposal:
    """The draft packed with `effort` and priced."""
    packed = pack_cases(candidates, cases, effort=effort, least=ZERO if anyway else cart.policy.standalone_fill)
    return Proposal(
        store=cart.store,
        policy=cart.policy,
        amount=cart.amount,
        lines=tuple(packed.lines),
        pallets=() if packed.is_pooled else tuple(packed.pallets),
        worth=packed.worth,
        is_pooled=packed.is_pooled,
        build_anyway=anyway,
        value=cart.value,
        bound=cart.bound,
        top_up=cart.top_up,
    )


def _draft(code: str) -> Cart:
    cart = Cart.objects.select_related("client", "store__client", "policy").filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.")
    if cart.state != CartState.DRAFT:
        raise Conflict(f"Cart {code} is {cart.get_state_display().lower()} already.")
    return cart


def _candidates(cart: Cart) -> tuple[dict[str, Candidate], dict[str, int]]:
    lines = list(cart.lines.select_related("asin"))
    changed = [
        Problem(
            "asin", f"{line.asin.code}: its cost, shipping prices or case pack have changed since the cart was made."
        )
        for line in lines
        if any(getattr(line, name) != getattr(line.asin, name) for name in PROPOSED_BY)
    ]
    if changed:
        raise StalePlan(changed)
    if not lines:
        raise Conflict(f"Cart {cart.code} has no lines.")
    typical = typical_of([line.asin for line in lines if line.asin.needs_estimate])
    candidates = {
        line.asin.code: Candidate(
            line.asin,
            case_box(line.asin, typical.get(line.asin.code)),
            line.cases,
            line.value / line.units if line.units else ZERO,
        )
        for line in lines
    }
    return candidates, {line.asin.code: line.cases for line in lines}
