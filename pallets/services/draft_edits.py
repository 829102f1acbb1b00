"""Drafts are edited by hand and discarded: packed and priced as they were made, all or nothing."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Cart
from allocation.models.cart import CartChangeKind
from allocation.services.preorder_allocations import count_on, credit_of
from allocation.snapshot import take_snapshot
from allocation.states import CartState
from common.errors import Conflict, DomainError, NotFound, StalePlan
from common.transactions import durable
from pallets.draft_check import Check, Wanted, check_draft
from pallets.freshness import check_fresh
from pallets.proposal import Proposal
from pallets.services.carts import write_lines
from pallets.services.locking import lock_cart, lock_goods
from pallets.services.versions import AlreadyDone, changed_since, check_version, standing_words
from pallets.shipping_insight import Shipped, shipping_story
from pallets.ways_out import ways_at_once

BY_HAND = "by_hand"
INSTEAD = {
    CartState.CONFIRMED: "Its units are reserved and its money is held: cancel it, or generate a second cart.",
    CartState.PALLETISED: "Its units are reserved and its pallets planned: cancel it, or generate a second cart.",
    CartState.SHIPPED: "What has left stays as it is: generate a new cart.",
    CartState.CANCELLED: "Generate a new cart instead.",
    CartState.EXPIRED: "Generate it again instead.",
}


@dataclass(frozen=True)
class Edit:
    """What became of a draft: whether it was written at all, and what was changed, a sentence each."""

    cart: Cart
    is_changed: bool
    told: tuple[str, ...] = ()


def open_draft(code: str) -> Cart:
    """The draft with client, store and policy. Raises NotFound, or Conflict saying what to do where it is none (any
    more) or its batch is still at it.
    """
    cart = Cart.objects.select_related("client", "store__client", "policy", "batch").filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.")
    _check_open(cart)
    if cart.batch and cart.batch.is_open:
        raise Conflict(f"{cart.batch} is still running and may make {code} anew. Wait for its end.")
    return cart


def _check_open(cart: Cart) -> None:
    if cart.state != CartState.DRAFT:
        raise AlreadyDone(f"{standing_words(cart)} Only a draft can be edited. {INSTEAD[CartState(cart.state)]}")


def save_draft(*, code: str, wanted: Wanted, version: int | None = None, actor: User | None = None) -> Edit:
    """Store what a person wants of a draft, packed and priced anew. The same again changes nothing.

    Raises NotFound; Conflict where it is no draft, or somebody has changed it since `version`, naming who and what;
    DomainError with every line that cannot be had (`cases_<ASIN>`) and what the amount lacks; StalePlan.
    """
    cart = open_draft(code)
    if version != cart.version and _is_so(cart, wanted):
        return Edit(cart, is_changed=False)
    check_version(cart, version)
    check = check_draft(cart, wanted, now=timezone.now(), exact=True)
    if check.problems:
        raise DomainError(check.problems)
    if not check.is_new:
        return Edit(cart, is_changed=False)
    try:
        return Edit(store_draft(check=check, what=CartChangeKind.EDITED, actor=actor), is_changed=True)
    except StalePlan:
        raise
    except Conflict:
        # Somebody was faster; with the same, as by a double click?
        if not _is_so(now := open_draft(code), wanted):
            raise
        return Edit(now, is_changed=False)


def _is_so(cart: Cart, wanted: Wanted) -> bool:
    """Whether the draft has what is wanted already, as after a double click."""
    cases = dict(cart.lines.values_list("asin__code", "cases"))
    if any(cases.get(code, 0) != count for code, count in wanted.cases.items()):
        return False
    return wanted.amount in (None, cart.amount - credit_of(cart))


def store_draft(*, check: Check, what: CartChangeKind, actor: User | None) -> Cart:
    """Write a checked draft without problems, packed exactly.

    Raises Conflict where somebody else has changed it since it was read, StalePlan where its goods have changed.
    """
    proposal = _proposal(check)
    return _store(check=check, proposal=proposal, story=_story(proposal), what=what, actor=actor)


def _proposal(check: Check) -> Proposal:
    packed, cart = check.price.packed, check.cart
    assert packed is not None
    return Proposal(
        store=cart.store,
        policy=cart.policy,
        amount=check.amount + check.credit,
        lines=tuple(packed.lines),
        pallets=() if packed.is_pooled else tuple(packed.pallets),
        worth=packed.worth,
        is_pooled=packed.is_pooled,
        build_anyway=cart.build_anyway,
        value=packed.value,
        bound=cart.bound,
    )


def _story(proposal: Proposal) -> dict[str, Any] | None:
    """The story of its shipping, as generating tells it; None where it is pooled."""
    if not proposal.pallets:
        return None
    client, now = proposal.client, timezone.now()
    money = {client.panel_id: client.available}
    snapshot = take_snapshot(
        stores=[proposal.store], policy=proposal.policy, now=now, today=timezone.localdate(now), money=money
    )
    shipped = Shipped(snapshot, snapshot.market(budgets=money), proposal.lines, proposal.pallets)
    return shipping_story(shipped, ways_at_once(shipped, client.available - proposal.total))


@durable
def _store(
    *, check: Check, proposal: Proposal, story: dict[str, Any] | None, what: CartChangeKind, actor: User | None
) -> Cart:
    cart, read = lock_cart(check.cart.code), check.cart
    _check_open(cart)
    if cart.version != read.version:
        raise Conflict(changed_since(cart, read.version))
    lock_goods([line.asin.pk for line in proposal.lines], [cart.client_id])
    check_fresh(proposal, client_id=cart.client_id)
    cart.lines.all().delete()
    write_lines(cart, proposal)
    counted = count_on(cart=cart)
    cart.record(
        what,
        actor=actor,
        lines=check.changes,
        amount=check.amount + counted.credit,
        goods=proposal.goods,
        shipping=proposal.shipping,
        pallets_worth=proposal.worth,
        value=proposal.value,
        planned_value=cart.value if cart.planned_value is None else cart.planned_value,
        top_up=_top_up(cart, proposal) if what == CartChangeKind.EDITED else None,
        is_pooled=proposal.is_pooled,
        left_out=_left_out(cart, check),
        # Why lines are in and what more would be worth was counted for the plan.
        insight={"hurdle": None, "lines": {}, "curve": [], "ungating": [], "shipping": story},
    )
    return cart


def _top_up(cart: Cart, proposal: Proposal) -> Decimal | None:
    """USD beyond the new amount that would fill a pallet of its own: the whole that it takes is as the plan says,
    whatever a person takes out of the cart. Prices and stock may be others once it was brought up to date.
    """
    if cart.top_up is None or not proposal.is_pooled:
        return None
    left = cart.amount + cart.top_up - proposal.amount
    return left if left > 0 else None


def _left_out(cart: Cart, check: Check) -> list[dict[str, str]]:
    """Without what is in it now, with what a person took out."""
    cases = check.cases
    rows = [row for row in cart.left_out if row["asin"] not in cases]
    told = {row["asin"] for row in rows}
    taken = ((code, before) for code, (before, now) in sorted(check.changes.items()) if before and not now)
    return [
        {"asin": code, "code": BY_HAND, "reason": f"Taken out by hand; the plan had {before:,} cases."}
        for code, before in taken
        if code not in told
    ] + rows


@durable
def discard_draft(*, code: str, reason: str = "", version: int | None = None, actor: User | None = None) -> Cart:
    """A draft that nobody wants is closed; it holds nothing.

    Raises NotFound, Conflict where it is no draft (any more) or somebody has changed it since `version`.
    """
    cart = lock_cart(code)
    if cart.state != CartState.DRAFT:
        raise AlreadyDone(standing_words(cart))
    check_version(cart, version)
    cart.move(CartState.CANCELLED, actor=actor, note=reason[:200])
    return cart
