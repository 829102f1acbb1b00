"""Carts become promises: stock reserved, balance held, pallets planned, all or nothing."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from allocation.models import Batch, Cart, CartLine, TransferSuggestion
from allocation.states import CartState
from clients.models import Client
from clients.services import hold_balance
from common.errors import Conflict
from common.fields import amount as sql_amount
from common.money import usd
from common.transactions import durable
from inventory.services import reserve_units
from notifications.models import AlertKind
from notifications.services import raise_alert
from pallets.freshness import check_fresh
from pallets.pooling import best_mutual_store
from pallets.proposal import Proposal, propose
from pallets.requests import NO_WISHES, Wishes, read_request
from pallets.restate import restate
from pallets.services.locking import lock_goods
from pallets.services.planning import make_pallet


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
    now = timezone.now()
    proposal = propose(
        store=request.store,
        policy=request.policy,
        amount=request.amount,
        now=now,
        today=timezone.localdate(now),
        build_anyway=build_anyway,
        limits=request.limits,
    )
    return save_proposal(proposal=proposal, confirm=confirm, actor=actor)


@durable
def save_proposal(*, proposal: Proposal, confirm: bool, actor: User | None = None, batch: Batch | None = None) -> Cart:
    """Store the proposal as a draft, of `batch` where one made it, and promise it at once with `confirm`.

    Raises StalePlan, InsufficientUnits or InsufficientBalance where what it was made from has moved on.
    """
    lock_goods([line.asin.pk for line in proposal.lines], [proposal.client.pk])
    cart = Cart.objects.create(
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
    _write_lines(cart, proposal)
    if confirm:
        _promise(cart, proposal, actor)
    return cart


def confirm_cart(*, code: str, build_anyway: bool | None = None, actor: User | None = None) -> Cart:
    """Promise a draft: it is packed and priced anew, then stock is reserved and balance held.

    Raises Conflict where it is no draft any more, StalePlan naming what has changed, InsufficientUnits or
    InsufficientBalance where it is no longer covered.
    """
    proposal = restate(code=code, build_anyway=build_anyway)
    return _confirm(code=code, proposal=proposal, actor=actor)


@durable
def _confirm(*, code: str, proposal: Proposal, actor: User | None) -> Cart:
    # The cart alone: joined rows would be locked with it, the policy that every cart shares among them.
    cart = Cart.objects.select_for_update().get(code=code)
    if cart.state != CartState.DRAFT:
        raise Conflict(f"Cart {code} is {cart.get_state_display().lower()} already.")
    lock_goods([line.asin.pk for line in proposal.lines], [cart.client_id])
    cart.lines.all().delete()
    _write_lines(cart, proposal)
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
    _promise(cart, proposal, actor)
    return cart


def _write_lines(cart: Cart, proposal: Proposal) -> None:
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


def _promise(cart: Cart, proposal: Proposal, actor: User | None) -> None:
    """Reserve, hold, plan pallets: one transaction, ASINs first (in id order), then the client."""
    check_fresh(proposal, client_id=cart.client_id)
    units = {line.asin.pk: line.units for line in proposal.lines}
    reserve_units(units=units, reference=cart.code, actor=actor)
    hold_balance(
        client_id=cart.client_id, amount=proposal.total, key=f"hold:{cart.code}", reference=cart.code, actor=actor
    )
    now = timezone.now()
    cart.move(
        CartState.CONFIRMED if proposal.is_pooled else CartState.PALLETISED,
        hold=proposal.total,
        hold_open=proposal.total,
        confirmed_at=now,
    )
    _plan_pallets(cart, proposal)
    if proposal.is_pooled:
        _suggest_transfer(cart, proposal)
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


def _address(cart: Cart) -> str:
    return reverse("admin:allocation_cart_change", args=[cart.pk])


def _plan_pallets(cart: Cart, proposal: Proposal) -> None:
    lines = {line.asin_id: line for line in cart.lines.all()}
    ids = {line.asin.code: lines[line.asin.pk].pk for line in proposal.lines}
    for packed in proposal.pallets:
        cases = {ids[code]: count for code, count in packed.cases.items()}
        make_pallet(store=cart.store, packed=packed, lines=lines.values(), cases=cases)


def _suggest_transfer(cart: Cart, proposal: Proposal) -> None:
    """Below the stand-alone fill the goods wait for a mutual store's pallet; a person decides."""
    store, eligible_units = best_mutual_store(proposal)
    units = sum(line.units for line in proposal.lines)
    percent = f"{proposal.worth:.0%}"
    reason = f"{cart.code} fills {percent} of a pallet, less than the {proposal.policy.standalone_fill:.0%} asked for."
    if store is None:
        reason += " No mutual store may receive these goods."
    else:
        reason += f" {store.name} may receive {eligible_units:,} of its {units:,} units."
    TransferSuggestion.objects.create(
        cart=cart,
        mutual_store=store,
        eligible_units=eligible_units,
        units=units,
        fill=proposal.worth,
        top_up=proposal.top_up,
        reason=reason[:300],
        expires_at=timezone.now() + timedelta(days=settings.SUGGESTION_DAYS),
    )
    if proposal.top_up is not None:
        raise_alert(
            kind=AlertKind.INSUFFICIENT_BALANCE,
            title=f"{cart.client.name} is {usd(proposal.top_up)} short of a pallet for {cart.store.name}",
            body=reason,
            link=_address(cart),
            fold_key=cart.store.panel_id,
        )
