"""What changed ungating statuses mean is told: stock that they unlock, and goods of open carts that they lock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator

from allocation.models import Cart, CartLine
from allocation.services.eligibility_check import Barred, barred_goods
from allocation.snapshot_shelf import read_shelf
from allocation.states import HOLDING
from clients.models import Store
from common.admin_columns import counted
from common.errors import Conflict
from common.money import usd
from common.transactions import durable
from inventory.models import Asin
from notifications.models import AlertKind
from notifications.services import close_alert
from pallets.destinations import bound_goods
from pallets.services.news import AT_ONCE, News, open_folds, raise_alerts
from pallets.ungating_effects import Effect, Turn, effects, turn_of
from ungating.models import Scope, Status, UngatingChange, UngatingStatus
from ungating.rules import read_rules

KIND = AlertKind.UNGATING_CHANGED
MOST_AT_ONCE = 5_000
OF_STATUS, OF_CART = "status:", "cart:"
CHANGES, CARTS = "ungating_ungatingchange", "allocation_cart"


class ToldMeanwhile(Conflict):
    """Someone else tells some of these changes at this moment."""


@dataclass(frozen=True)
class ToldReport:
    """How many statuses unlocked enough to be told, and how many carts have goods that others locked."""

    unlocked: int = 0
    locked: int = 0


def tell_untold(*, now: datetime) -> ToldReport:
    """Tell every change that nobody has been told of, oldest first. One query where there is none."""
    untold = UngatingChange.objects.filter(told_at=None).select_related("actor").order_by("pk")
    unlocked = locked = 0
    while changes := list(untold[:MOST_AT_ONCE]):
        try:
            told = tell_changes(changes=changes, now=now)
        except ToldMeanwhile:
            break
        unlocked, locked = unlocked + told.unlocked, locked + told.locked
    return ToldReport(unlocked, locked)


def tell_changes(*, changes: Sequence[UngatingChange], now: datetime) -> ToldReport:
    """Raise an alert for each status that `changes` made unlock stock worth UNGATING_TASK_USD, and for each confirmed
    cart with goods that they locked; the changes are told from then on.

    They are marked in the transaction that raises the alerts: a change is told once, though it is tried twice.
    Raises ToldMeanwhile where another one tells them now. Must run outside of any transaction.
    """
    by_status = defaultdict(list)
    for change in changes:
        by_status[change.status_id].append(change)
    statuses = UngatingStatus.objects.filter(pk__in=by_status).select_related("store__client").order_by("pk")
    turns = [turn_of(status, by_status[status.pk], now=now) for status in statuses]
    found = _effects(turns, now)
    return _tell(changes=changes, found=found, barred=_barred(found, now), now=now)


def _effects(turns: Sequence[Turn], now: datetime) -> list[Effect]:
    """Of those that did not end where they began."""
    moved = [turn for turn in turns if (turn.before.status if turn.before else None) != turn.after]
    if not moved:
        return []
    stores = {turn.status.store_id: turn.status.store for turn in moved}
    return effects(moved, read_shelf(Asin.objects.in_use()), read_rules(stores.values(), now=now))


def _barred(found: Iterable[Effect], now: datetime) -> list[Barred]:
    """Goods of confirmed carts that may not go where they are to go since then."""
    locked = {(one.turn.status.store_id, code) for one in found for code in one.locked}
    if not locked:
        return []
    lines = CartLine.objects.filter(cart__state__in=HOLDING, asin__code__in={code for _, code in locked})
    goods = bound_goods(list(lines.select_related("asin", "cart").order_by("cart_id", "asin__code")))
    mine = [one for one in goods if (one.store, one.asin.code) in locked]
    return barred_goods(mine, now=now)


@durable
def _tell(
    *, changes: Sequence[UngatingChange], found: Sequence[Effect], barred: Sequence[Barred], now: datetime
) -> ToldReport:
    claimed = UngatingChange.objects.filter(pk__in=[change.pk for change in changes], told_at=None)
    if claimed.update(told_at=now) != len(changes):
        raise ToldMeanwhile("Some of these changes were told meanwhile.")
    unlocked, locked = _unlocked(found), _locked(barred, found)
    _close_outdated(found)
    raise_alerts(kind=KIND, news=_first(unlocked, "status changes unlock stock", CHANGES))
    raise_alerts(kind=KIND, news=_first(locked, "carts have goods that their stores may not receive", CARTS))
    return ToldReport(len(unlocked), len(locked))


def _unlocked(found: Iterable[Effect]) -> list[News]:
    """Of stores that may receive goods, what is worth most first."""
    least = settings.UNGATING_TASK_USD
    told = [one for one in found if one.unlocked >= least and _receives(one.turn.status.store)]
    return [_unlock(one) for one in sorted(told, key=lambda one: (-one.unlocked, one.turn.status.pk))]


def _receives(store: Store) -> bool:
    return store.may_receive and store.client.may_buy


def _unlock(one: Effect) -> News:
    status, store = one.turn.status, one.turn.status.store
    last = one.turn.changes[-1]
    why = f" ({last.reason})" if last.reason else ""
    goods = f"{one.units:,} units of {counted(len(one.asins), 'ASIN')}"
    return News(
        title=f"{store.name}: {_turned(one.turn)} unlocks {usd(one.unlocked)} of stock",
        body=f"{goods} may go to {store.name} of {store.client.name} now{why}. Changed by {last.actor or 'the feed'}.",
        link=f"{reverse('admin:cart_generator')}?client={store.client_id}&store={store.pk}",
        fold_key=f"{OF_STATUS}{status.pk}",
    )


def _turned(turn: Turn) -> str:
    """A status in words: whose it is, from what, to what."""
    before = turn.before.status if turn.before else Status.UNKNOWN
    what = f"{Scope(turn.status.scope).label} {Truncator(turn.status.value).chars(60)}"
    return f"{what} {Status(before).label} → {Status(turn.after or Status.UNKNOWN).label}"


def _close_outdated(found: Iterable[Effect]) -> None:
    """What a status unlocked is no news any more once it locks."""
    keys = {str(one.turn.status.pk) for one in found if one.locked}
    for key in sorted(open_folds(KIND, OF_STATUS) & keys) if keys else ():
        close_alert(kind=KIND, fold_key=f"{OF_STATUS}{key}")


def _locked(barred: Iterable[Barred], found: Iterable[Effect]) -> list[News]:
    """One for each cart, the oldest first."""
    turns = {(one.turn.status.store_id, code): one.turn for one in found for code in one.locked}
    by_line = defaultdict(list)
    for one in barred:
        by_line[one.goods.line].append(one)
    lines = CartLine.objects.filter(pk__in=by_line).select_related("cart").order_by("cart_id", "pk")
    by_cart = groupby(lines, key=lambda line: line.cart)
    return [_lock(cart, [one for line in own for one in by_line[line.pk]], turns) for cart, own in by_cart]


def _lock(cart: Cart, barred: Sequence[Barred], turns: Mapping[tuple[int, str], Turn]) -> News:
    codes = dict.fromkeys(one.goods.asin.code for one in barred)
    causes = {turns[one.goods.store, one.goods.asin.code].status.pk: one for one in barred}
    stores = dict.fromkeys(turns[one.goods.store, one.goods.asin.code].status.store.name for one in causes.values())
    turned = [_turned(turns[one.goods.store, one.goods.asin.code]) for one in causes.values()]
    goods = [f"{one.goods.asin.code}, {one.goods.units:,} units: {one.reason}." for one in barred]
    return News(
        title=f"{cart.code}: {counted(len(codes), 'ASIN')} may no longer go to {', '.join(stores)}",
        body="\n".join([*(f"{words}." for words in turned), *goods]),
        link=reverse("admin:allocation_cart_change", args=[cart.pk]),
        fold_key=f"{OF_CART}{cart.code}",
    )


def _first(news: Sequence[News], words: str, page: str) -> list[News]:
    """The first of `news`, and how many more there are in the list of that name."""
    more = len(news) - AT_ONCE
    rest = News(f"{more:,} more {words}", "", reverse(f"admin:{page}_changelist"), f"more {page}")
    return [*news[:AT_ONCE], *([rest] if more > 0 else [])]


def close_mended_carts(*, now: datetime) -> int:
    """Close the alerts of carts that have no barred goods any more; how many. One query where there is none."""
    codes = open_folds(KIND, OF_CART)
    if not codes:
        return 0
    lines = CartLine.objects.filter(cart__code__in=codes, cart__state__in=HOLDING).select_related("asin", "cart")
    carts = {line.pk: line.cart.code for line in lines}
    barred = {carts[one.goods.line] for one in barred_goods(bound_goods(list(lines)), now=now)}
    for code in sorted(codes - barred):
        close_alert(kind=KIND, fold_key=f"{OF_CART}{code}")
    return len(codes - barred)
