"""Goods of several clients on one pallet of a mutual store: put on, taken off, packed anew."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import User

from allocation.models import Cart, CartLine, TransferSuggestion
from clients.models import Store
from common.errors import Conflict, DomainError, NotFound, StalePlan
from common.transactions import durable
from inventory.models import Asin
from pallets.freshness import PACKED_BY
from pallets.models import Pallet
from pallets.pool_plans import PoolPlan, goods_on, plan_pool, plan_repack, plans_without, wanted
from pallets.services.following import follow
from pallets.services.locking import lock_cart, lock_goods
from pallets.services.planning import load_of, make_pallet, put_lines
from pallets.states import PalletState


def pool_goods(
    *, cart_code: str, store_id: str | None = None, cases: Mapping[str, int] | None = None, actor: User | None = None
) -> list[Pallet]:
    """Put goods of a confirmed pooled cart on a pallet of a mutual store; its stock stays reserved and its balance held
    at max shipping until the pallet is packed. The pallets that carry them, nearly always one.

    `store_id` is the mutual store's, default the one suggested; `cases` by ASIN code, default all that waits and that
    the store may receive. They go on the first open pooled pallet with room for all of them, else on a new one.
    Raises NotFound, DomainError naming everything that cannot be pooled, Conflict where the cart is not waiting (any
    more) or the pallet was changed meanwhile.
    """
    cart = _cart(cart_code)
    store = _mutual_store(cart, store_id)
    plans = plan_pool(cart, store, cases)
    return _pool(code=cart_code, store=store, plans=plans, actor=actor)


def unpool(*, cart_code: str, actor: User | None = None) -> list[Pallet]:
    """Take all goods of a cart off the open pooled pallets; they wait again. The rest is packed anew, and a pallet with
    nothing left is cancelled. The pallets that changed.

    Raises NotFound, Conflict where none of its goods are pooled, a packed pallet has some or one was changed meanwhile.
    """
    plans = plans_without(_cart(cart_code))
    if not plans:
        raise Conflict(f"No goods of {cart_code} stand on an open pooled pallet.")
    return _unpool(code=cart_code, plans=plans, actor=actor)


def repack_pallet(*, code: str) -> Pallet:
    """An open pooled pallet, its goods placed anew with the most effort.

    Raises NotFound, Conflict where it is closed or was changed meanwhile.
    """
    pallet = Pallet.objects.filter(code=code).first()
    if pallet is None:
        raise NotFound(f"There is no pallet “{code}”.")
    return _repack(plan=plan_repack(pallet))


@durable
def _pool(*, code: str, store: Store, plans: list[PoolPlan], actor: User | None) -> list[Pallet]:
    return put_on(cart=lock_cart(code), store=store, plans=plans, actor=actor)


def put_on(*, cart: Cart, store: Store, plans: list[PoolPlan], actor: User | None = None) -> list[Pallet]:
    """Carry out `plans` for the goods of a locked `cart` in a mutual store. Must run in a transaction.

    Raises as `pool_goods`: what the store may receive, the goods that wait and the pallets are looked at again.
    """
    for plan in plans:
        check_unchanged(plan)
    store = Store.objects.get(pk=store.pk)
    asins = {line: asin for plan in plans for line, asin in plan.asins.items()}
    wanted(cart, store, _taken(plans, asins))
    check_sizes(asins.values())
    lock_goods([asin.pk for asin in asins.values()], [cart.client_id])
    pallets = [carry_out(plan, store=store, actor=actor) for plan in plans]
    follow(cart=cart, reason="Pooled", actor=actor)
    return pallets


def _taken(plans: list[PoolPlan], asins: Mapping[int, Asin]) -> dict[str, int]:
    """Cases that the plans take from the cart, by ASIN code."""
    taken: dict[str, int] = {}
    for plan in plans:
        for line, count in plan.goods.items():
            if more := count - plan.seen.get(line, 0):
                taken[asins[line].code] = taken.get(asins[line].code, 0) + more
    return taken


@durable
def _unpool(*, code: str, plans: list[PoolPlan], actor: User | None) -> list[Pallet]:
    cart = lock_cart(code)
    for plan in plans:
        check_unchanged(plan)
    pallets = [carry_out(plan, note=f"{code} unpooled", actor=actor) for plan in plans]
    follow(cart=cart, reason="Unpooled", actor=actor)
    return pallets


@durable
def _repack(*, plan: PoolPlan) -> Pallet:
    check_unchanged(plan)
    return carry_out(plan)


def check_unchanged(plan: PoolPlan) -> None:
    """Lock the plan's pallet. Raises Conflict where it is closed, StalePlan where its goods are not those seen."""
    if plan.pallet is None:
        return
    pallet = Pallet.objects.select_for_update().get(pk=plan.pallet.pk)
    if pallet.state != PalletState.PLANNED:
        raise Conflict(f"Pallet {pallet.code} is {pallet.get_state_display().lower()} already. Try again.")
    if goods_on(pallet)[0] != plan.seen:
        raise StalePlan(f"Pallet {pallet.code} was changed by someone else meanwhile. Try again.")


def check_sizes(asins: Collection[Asin]) -> None:
    """Raises StalePlan naming the ASINs that are not as they were packed."""
    now = Asin.objects.in_bulk([asin.pk for asin in asins])
    if changed := sorted({asin.code for asin in asins if _size(asin) != _size(now[asin.pk])}):
        raise StalePlan(f"{', '.join(changed)}: size, weight or handling has changed meanwhile. Try again.")


def _size(asin: Asin) -> tuple[object, ...]:
    return tuple(getattr(asin, name) for name in PACKED_BY)


def carry_out(plan: PoolPlan, *, store: Store | None = None, note: str = "", actor: User | None = None) -> Pallet:
    """Write a plan whose pallet is locked and unchanged. `store` is where a new pallet goes, `note` says why one with
    nothing left is cancelled. Must run in a transaction.
    """
    lines = list(CartLine.objects.filter(pk__in=plan.goods).select_related("cart").order_by("pk"))
    if plan.pallet is None:
        assert store is not None and plan.packed is not None
        return make_pallet(store=store, packed=plan.packed, lines=lines, cases=plan.goods, is_pooled=True)
    pallet = plan.pallet
    if plan.packed is None:
        pallet.move(PalletState.CANCELLED, actor=actor, shipment=None, note=note[:200])
        return pallet
    load = load_of(plan.packed)
    Pallet.objects.filter(pk=pallet.pk).update(**load)
    for name, value in load.items():
        setattr(pallet, name, value)
    put_lines(pallet, lines, plan.goods)
    return pallet


def _cart(code: str) -> Cart:
    cart = Cart.objects.filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.", field="cart")
    return cart


def _mutual_store(cart: Cart, store_id: str | None) -> Store:
    own = TransferSuggestion.objects.transfers().filter(cart=cart)
    suggestion = own.select_related("mutual_store").order_by("-pk").first() if store_id is None else None
    return chosen_store(store_id, suggested=suggestion.mutual_store if suggestion else None, code=cart.code)


def chosen_store(store_id: str | None, *, suggested: Store | None, code: str) -> Store:
    """The store named by its panel id, else the one `suggested` for cart `code`. Raises NotFound, or DomainError where
    there is neither.
    """
    if store_id is not None:
        suggested = Store.objects.filter(panel_id=store_id).first()
        if suggested is None:
            raise NotFound(f"There is no store “{store_id}”.", field="store")
    if suggested is None:
        raise DomainError(f"No mutual store was suggested for {code}: name one.", field="store")
    return suggested
