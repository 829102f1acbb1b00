"""Carts become promises: stock reserved, balance held, pallets planned, all or nothing."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from allocation.models import Batch, Cart, CartLine
from allocation.services.preorder_allocations import Taken, allocate, count_on, credit_of
from allocation.snapshot import take_snapshot
from allocation.states import CartState
from clients.models import Client
from clients.services import hold_balance
from common.errors import NotFound, StalePlan
from common.fields import amount as sql_amount
from common.money import ZERO, usd
from common.transactions import durable
from inventory.services import InsufficientUnits, reserve_units
from notifications.models import AlertKind
from notifications.services import raise_alert
from pallets.draft_changes import all_that_changed
from pallets.freshness import check_fresh
from pallets.house_offer import HouseOffer, beyond_the_money, house_offer
from pallets.proposal import Proposal, propose_for
from pallets.requests import NO_WISHES, Wishes, read_request
from pallets.restate import restate
from pallets.services.locking import lock_goods
from pallets.services.planning import make_pallet
from pallets.services.suggesting import balance_suffices, suggest
from pallets.services.versions import AlreadyDone, check_version, standing_words


def generate_pallets(
    *,
    store_id: str,
    client_id: str | None = None,
    client_name: str | None = None,
    amount: Decimal | None = None,
    policy: str | None = None,
    wishes: Wishes = NO_WISHES,
    confirm: bool = True,
    build_anyway: bool = False,
    actor: User | None = None,
) -> Cart:
    """The best cart for a store and its pallets; with `confirm` stock is reserved and balance held, else it is a draft.

    `amount` in USD, default the client's available balance; `policy` is a slug; `wishes` take the place of the policy's
    limits. Raises DomainError (and its kinds) with everything that is wrong; then nothing has changed.
    """
    request = read_request(
        store_id=store_id, client_id=client_id, client_name=client_name, amount=amount, policy=policy, wishes=wishes
    )
    now, store = timezone.now(), request.store
    snapshot = take_snapshot(
        stores=[store],
        policy=request.policy,
        now=now,
        today=timezone.localdate(now),
        limits=request.limits,
        money={store.client.panel_id: request.amount},
    )
    credit = snapshot.promises.credit(store.pk)
    proposal = propose_for(snapshot, store, request.amount + credit, build_anyway=build_anyway)
    left_out = [row.as_json() for row in proposal.left_out]
    house = house_offer(proposal, beyond_the_money(left_out, proposal.story)) if confirm else None
    return save_proposal(proposal=proposal, confirm=confirm, actor=actor, credit=credit, house=house)


def write_cart(
    *,
    proposal: Proposal,
    confirm: bool,
    actor: User | None = None,
    batch: Batch | None = None,
    credit: Decimal = ZERO,
    house: HouseOffer | None = None,
) -> Cart:
    """Store the proposal as a draft, of `batch` where one made it, and promise it at once with `confirm`, suggesting
    `house` beside a pooled one. Must run in a transaction.

    Its amount has the USD of `credit` that preorders which have arrived for the store bring: what was paid on them.
    Raises StalePlan, InsufficientUnits or InsufficientBalance where what it was made from has moved on.
    """
    lock_goods([line.asin.pk for line in proposal.lines], [proposal.client.pk])
    cart = _make_draft(proposal, batch, actor)
    write_lines(cart, proposal)
    if confirm:
        _promise(cart, proposal, actor, most=proposal.amount - credit, house=house)
    elif (counted := count_on(cart=cart).credit) < credit:
        # What was paid on units that are not in it buys nothing else.
        cart.amount -= credit - counted
        cart.save(update_fields=["amount"])
    return cart


# `write_cart` in a transaction of its own.
save_proposal = durable(write_cart)


def _make_draft(proposal: Proposal, batch: Batch | None, actor: User | None) -> Cart:
    return Cart.objects.create(
        client=proposal.client,
        store=proposal.store,
        amount=proposal.amount,
        policy=proposal.policy,
        policy_weights=proposal.policy.weights,
        batch=batch,
        goods=proposal.goods,
        shipping=proposal.shipping,
        pallets_worth=proposal.worth,
        value=proposal.value,
        bound=proposal.bound,
        top_up=proposal.top_up,
        is_pooled=proposal.is_pooled,
        build_anyway=proposal.build_anyway,
        left_out=[row.as_json() for row in proposal.left_out],
        insight=proposal.story,
        created_by=actor,
    )


def confirm_cart(
    *, code: str, build_anyway: bool | None = None, version: int | None = None, actor: User | None = None
) -> Cart:
    """Promise a draft: it is packed and priced anew, then stock is reserved and balance held.

    Raises NotFound, AlreadyDone where it is no draft any more, Conflict where somebody has changed it since `version`,
    StalePlan naming everything that has changed, InsufficientUnits or InsufficientBalance where it is not covered now.
    """
    seen = Cart.objects.filter(code=code).first()
    if seen is None:
        raise NotFound(f"There is no cart “{code}”.")
    _check_draft(seen, version)
    try:
        proposal = restate(code=code, build_anyway=build_anyway)
        house = house_offer(proposal, beyond_the_money(seen.left_out, seen.insight))
        return _confirm(code=code, proposal=proposal, house=house, version=seen.version, actor=actor)
    except (StalePlan, InsufficientUnits) as error:
        raise all_that_changed(code, error) from error


def _check_draft(cart: Cart, version: int | None) -> None:
    if cart.state != CartState.DRAFT:
        raise AlreadyDone(standing_words(cart))
    check_version(cart, version)


@durable
def _confirm(*, code: str, proposal: Proposal, house: HouseOffer | None, version: int, actor: User | None) -> Cart:
    # The cart alone: joined rows would be locked with it, the policy that every cart shares among them.
    cart = Cart.objects.select_for_update().get(code=code)
    _check_draft(cart, version)
    lock_goods([line.asin.pk for line in proposal.lines], [cart.client_id])
    most = cart.amount - credit_of(cart)
    cart.lines.all().delete()
    write_lines(cart, proposal)
    totals = {
        "goods": proposal.goods,
        "shipping": proposal.shipping,
        "pallets_worth": proposal.worth,
        "is_pooled": proposal.is_pooled,
        "build_anyway": proposal.build_anyway,
    }
    Cart.objects.filter(pk=cart.pk).update(**totals)
    for name, value in totals.items():
        setattr(cart, name, value)
    _promise(cart, proposal, actor, most=most, house=house)
    return cart


def write_lines(cart: Cart, proposal: Proposal) -> None:
    """Must run in a transaction that has locked the lines' ASINs."""
    CartLine.objects.bulk_create(
        CartLine(
            cart=cart,
            asin=line.asin,
            cases=line.cases,
            case_pack=line.asin.case_pack,
            units=line.units,
            unit_cost=line.asin.unit_cost,
            cost=line.cost,
            shipping=line.shipping,
            min_shipping=line.asin.min_shipping,
            max_shipping=line.asin.max_shipping,
            value=line.value,
        )
        for line in proposal.lines
    )


def _promise(
    cart: Cart, proposal: Proposal, actor: User | None, *, most: Decimal, house: HouseOffer | None = None
) -> None:
    """Reserve, hold `most` USD at most, plan pallets: one transaction, ASINs first (in id order), then the client."""
    check_fresh(proposal, client_id=cart.client_id)
    now = timezone.now()
    units = {line.asin.pk: line.units for line in proposal.lines}
    taken = allocate(cart=cart, now=now)
    hold = _hold_of(proposal, taken, most)
    reserve_units(units=taken.beyond(units), reference=cart.code, actor=actor)
    if hold:
        hold_balance(client_id=cart.client_id, amount=hold, key=f"hold:{cart.code}", reference=cart.code, actor=actor)
    cart.move(
        CartState.CONFIRMED if proposal.is_pooled else CartState.PALLETISED,
        actor=actor,
        hold=hold,
        hold_open=hold,
        confirmed_at=now,
    )
    _plan_pallets(cart, proposal)
    if proposal.is_pooled:
        suggest(cart=cart, proposal=proposal, house=house)
    else:
        balance_suffices(store=cart.store)
    changes = {} if proposal.is_pooled else {"last_pallet_on": timezone.localdate(now)}
    Client.objects.filter(pk=cart.client_id).update(
        total_allocated=F("total_allocated") + sql_amount(proposal.total), **changes
    )
    raise_alert(
        kind=AlertKind.ALLOCATED,
        title=f"{cart.code}: {usd(proposal.total)} allocated to {cart.store.name} of {cart.client.name}",
        body=f"{sum(units.values()):,} units, {len(units)} ASINs, pallets planned: {len(proposal.pallets)}.",
        link=_address(cart),
        fold_key=cart.code,
    )


def _hold_of(proposal: Proposal, taken: Taken, most: Decimal) -> Decimal:
    """USD to hold: what the lines cost, of preorders what is still due. Raises StalePlan where it exceeds `most`."""
    hold = proposal.total - taken.credit
    if hold > most:
        raise StalePlan(
            f"With what is paid on preorders now, the cart would hold {usd(hold)}, more than the {usd(most)} to "
            "allocate: preorders of this store, or their units in the cart, have changed. Generate it anew."
        )
    return hold


def _address(cart: Cart) -> str:
    return reverse("admin:allocation_cart_change", args=[cart.pk])


def _plan_pallets(cart: Cart, proposal: Proposal) -> None:
    lines = {line.asin_id: line for line in cart.lines.all()}
    ids = {line.asin.code: lines[line.asin.pk].pk for line in proposal.lines}
    for packed in proposal.pallets:
        cases = {ids[code]: count for code, count in packed.cases.items()}
        make_pallet(store=cart.store, packed=packed, lines=lines.values(), cases=cases)
