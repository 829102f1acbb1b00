"""Suggestions come with the cart that waits, and close with what was decided; so does the alert that the client's
balance was too small for a pallet of its own.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from allocation.models import Cart, TransferSuggestion
from allocation.services.preorder_allocations import credit_of
from allocation.states import SuggestionKind, SuggestionState
from clients.models import Client, Store
from common.history import note_update
from common.money import usd
from notifications.models import AlertKind
from notifications.services import close_alert, raise_alert
from pallets.house_offer import HouseOffer
from pallets.pooling import best_mutual_store
from pallets.proposal import Proposal


def suggest(*, cart: Cart, proposal: Proposal, house: HouseOffer | None = None) -> None:
    """A pooled cart was promised: name the best mutual store for its goods, and what `house` could buy beside them; a
    person decides. Alerts where the client's balance is too small for a pallet of its own. Must run in a transaction.
    """
    store, eligible_units = best_mutual_store(proposal)
    units = sum(line.units for line in proposal.lines)
    suggestion = TransferSuggestion.objects.create(
        cart=cart,
        mutual_store=store,
        eligible_units=eligible_units,
        units=units,
        amount=proposal.total,
        fill=proposal.worth,
        top_up=proposal.top_up,
        reason=_reason(cart, proposal, store, eligible_units)[:300],
        expires_at=_in_time(),
    )
    if house:
        _suggest_for_house(cart, house)
    _tell_balance(suggestion)


def _reason(cart: Cart, proposal: Proposal, store: Store | None, eligible_units: int) -> str:
    least = proposal.policy.standalone_fill
    reason = f"{cart.code} fills {proposal.worth:.0%} of a pallet, less than the {least:.0%} asked for."
    if store is None:
        return f"{reason} No mutual store may receive these goods."
    units = sum(line.units for line in proposal.lines)
    return f"{reason} {store.name} may receive {eligible_units:,} of its {units:,} units."


def _suggest_for_house(cart: Cart, house: HouseOffer) -> None:
    goods = [{"asin": line.asin.code, "cases": line.cases, "casePack": line.asin.case_pack} for line in house.lines]
    TransferSuggestion.objects.create(
        cart=cart,
        kind=SuggestionKind.HOUSE,
        mutual_store=house.store,
        eligible_units=house.units,
        units=house.units,
        amount=house.total,
        goods=goods,
        fill=house.worth,
        reason=(
            f"{cart.client.name} cannot pay for {house.units:,} more units that {house.store.name} may receive; "
            f"{house.store.client.name} can, for {usd(house.total)} with shipping at most."
        )[:300],
        expires_at=_in_time(),
    )


def _tell_balance(suggestion: TransferSuggestion) -> None:
    """Alert where the client lacks something for a pallet of its own, one alert for all its carts for one store."""
    cart = suggestion.cart
    cart.client = Client.objects.get(pk=cart.client_id)  # held more since it was read
    if suggestion.top_up is None or not (short := suggestion.top_up_left(credit_of(cart))):
        return
    raise_alert(
        kind=AlertKind.INSUFFICIENT_BALANCE,
        title=f"{cart.client.name} is {usd(short)} short of a pallet for {cart.store.name}",
        body=f"With {usd(short)} more the cart would fill a pallet of its own. {suggestion.reason}",
        link=reverse("admin:allocation_transfersuggestion_change", args=[suggestion.pk]),
        fold_key=cart.store.panel_id,
    )


def balance_suffices(*, store: Store) -> None:
    """A cart for `store` got a pallet of its own: the alert is over. Must run in a transaction."""
    close_alert(kind=AlertKind.INSUFFICIENT_BALANCE, fold_key=store.panel_id)


def close_suggestions(
    *,
    cart: Cart,
    state: SuggestionState,
    kind: SuggestionKind | None = None,
    note: str = "",
    keeps_cart: bool = False,
    actor: User | None = None,
) -> None:
    """Close what is open of the suggestions of a locked `cart`, all or one `kind`, and the alert about the balance
    where no other suggestion for its store still names an amount. Must run in a transaction.
    """
    found = TransferSuggestion.objects.open().filter(cart=cart)
    if kind:
        found = found.filter(kind=kind)
    values = {"state": state, "note": note[:200], "keeps_cart": keeps_cart}
    note_update(found.select_related("cart", "mutual_store"), {"state": state}, actor=actor, reason=note)
    if not found.update(**values, decided_at=timezone.now(), decided_by=actor):
        return
    others = TransferSuggestion.objects.open().filter(cart__store=cart.store_id, top_up__isnull=False)
    if not others.exists():
        balance_suffices(store=Store.objects.get(pk=cart.store_id))


def follow_waiting(*, cart: Cart, waiting: int, actor: User | None) -> None:
    """Close the transfer suggestion of a locked `cart` as taken once none of its units wait for a pallet; open it
    again, for the usual time, when some wait again, unless it was dismissed and the cart kept all the same.
    """
    suggestion = TransferSuggestion.objects.transfers().filter(cart=cart).order_by("-pk").first()
    if suggestion is None:
        return
    if waiting and not suggestion.is_open and not suggestion.keeps_cart:
        note_update([suggestion], {"state": SuggestionState.OPEN}, actor=actor, reason="Goods wait again")
        TransferSuggestion.objects.filter(pk=suggestion.pk).update(
            state=SuggestionState.OPEN, expires_at=_in_time(), decided_at=None, decided_by=None, note=""
        )
    elif not waiting and suggestion.is_open:
        accepted = SuggestionState.ACCEPTED
        close_suggestions(cart=cart, state=accepted, kind=SuggestionKind.TRANSFER, actor=actor)


def _in_time() -> datetime:
    """When a suggestion made or opened now expires."""
    return timezone.now() + timedelta(days=settings.SUGGESTION_DAYS)
