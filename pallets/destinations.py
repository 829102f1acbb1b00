"""Where goods of open carts go, and which of them their store may not receive (any more)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils import timezone

from allocation.models import Cart, CartLine
from allocation.services.eligibility_check import OPEN, Barred, Bound, barred_goods
from allocation.services.preorders import flag_of
from clients.models import Store
from common.errors import Conflict, Problem
from pallets.models import Pallet, PalletLine
from pallets.states import PalletState


def bound_goods(lines: Collection[CartLine]) -> list[Bound]:
    """What has not left of `lines` (with ASIN and cart), by store: what stands on a pallet goes where that goes, the
    rest to the cart's own store. One query.
    """
    gone, standing = Counter[int](), defaultdict[int, Counter[int]](Counter)
    on_pallets = PalletLine.objects.filter(cart_line__in=[line.pk for line in lines])
    rows = on_pallets.exclude(pallet__state=PalletState.CANCELLED).order_by("pk")
    for line, units, state, store in rows.values_list("cart_line_id", "units", "pallet__state", "pallet__store_id"):
        if state == PalletState.SHIPPED:
            gone[line] += units
        else:
            standing[line][store] += units
    found = []
    for one in lines:
        stores = standing[one.pk]
        waiting = one.kept - gone[one.pk] - stores.total()
        if waiting > 0:
            stores[one.cart.store_id] += waiting
        found += [Bound(one.pk, one.asin, store, units) for store, units in stores.items()]
    return found


def barred_lines(cart: Cart, lines: Collection[CartLine], *, now: datetime) -> dict[int, str]:
    """Why goods of some of the cart's `lines` (with ASIN) may not go where they are to go, by line; empty once all have
    left. Two queries.
    """
    if cart.state not in OPEN:
        return {}
    for line in lines:
        line.cart = cart
    return _in_words(barred_goods(bound_goods(lines), now=now), own=cart.store_id)


def _in_words(barred: Iterable[Barred], *, own: int) -> dict[int, str]:
    """The reasons by line, those of another store than the cart's `own` with its name."""
    barred = list(barred)
    others = {one.goods.store for one in barred} - {own}
    names = dict(Store.objects.filter(pk__in=others).values_list("pk", "name")) if others else {}
    words = defaultdict(list)
    for one in barred:
        store = names.get(one.goods.store)
        words[one.goods.line].append(f"{store}: {one.reason}" if store else one.reason)
    return {line: "; ".join(dict.fromkeys(reasons)) for line, reasons in words.items()}


def barred_on(pallet: Pallet, lines: Collection[PalletLine], *, now: datetime) -> dict[int, str]:
    """Why some of the pallet's `lines` (with ASIN) may not go to its store, by line; empty once it is closed."""
    if pallet.state in (PalletState.SHIPPED, PalletState.CANCELLED):
        return {}
    goods = [Bound(line.pk, line.asin, pallet.store_id, line.units) for line in lines]
    return {one.goods.line: one.reason for one in barred_goods(goods, now=now)}


def check_allowed(pallets: Collection[Pallet]) -> None:
    """Raises Conflict naming everything on `pallets` that their stores may not receive (any more), and stores that are
    suspended or out of use: sent there, it is stranded.
    """
    lines = PalletLine.objects.filter(pallet__in=pallets).select_related("asin", "pallet__store", "cart_line__cart")
    by_id = {line.pk: line for line in lines.order_by("pallet_id", "asin__code", "pk")}
    goods = [Bound(line.pk, line.asin, line.pallet.store_id, line.units) for line in by_id.values()]
    closed = {line.pallet.code: line.pallet.store for line in by_id.values() if not line.pallet.store.may_receive}
    unreachable = [
        f"{code} cannot go to its store: {flag_of(store)} Cancel it, or wait until the store is active again."
        for code, store in closed.items()
    ]
    problems = []
    for one in barred_goods(goods, now=timezone.now()):
        line = by_id[one.goods.line]
        store, cart = line.pallet.store.name, line.cart_line.cart.code
        problems.append(f"{line.pallet.code}: {line.asin.code} may not go to {store}: {one.reason}. It is {cart}'s.")
    if problems:
        problems.append("Cancel the pallet or the cart; or, where it may go after all, override the ungating status.")
    if unreachable or problems:
        raise Conflict([Problem("pallet", problem) for problem in (*unreachable, *problems)])
