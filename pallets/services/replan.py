"""Planned pallets are packed anew, and replaced where that is better."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User

from allocation.models import Cart, CartLine
from allocation.models.cart import CartChangeKind
from common.errors import Conflict, DomainError, NotFound, StalePlan
from common.money import ZERO, usd
from common.transactions import durable
from pallets.boxes import loads_of_lines
from pallets.loading import PackedPallet, pack_loads
from pallets.models import Pallet
from pallets.pool_plans import Goods, goods_on
from pallets.pricing import shipping
from pallets.services.following import follow
from pallets.services.locking import lock_goods, lock_pallets
from pallets.services.planning import make_pallet
from pallets.services.pooling import repack_pallet
from pallets.states import PalletState


class NothingBetter(DomainError):
    """No better plan was found; the pallets stay as they are."""

    code = "nothing_better"
    title = "Nothing better was found"


def replan_pallet(*, code: str, actor: User | None = None) -> list[Pallet]:
    """The pallet packed anew: an open pooled one its own goods, any other with all planned pallets of its cart.

    Raises as `repack_pallet` and `replan_pallets`.
    """
    pallet = Pallet.objects.filter(code=code).first()
    if pallet is None:
        raise NotFound(f"There is no pallet “{code}”.")
    if pallet.is_pooled:
        return [repack_pallet(code=code)]
    if pallet.state != PalletState.PLANNED:
        raise Conflict(f"Pallet {code} is {pallet.get_state_display().lower()}; only a planned one is packed anew.")
    return replan_pallets(cart_code=Cart.objects.filter(lines__pallet_lines__pallet=pallet)[0].code, actor=actor)


def replan_pallets(*, cart_code: str, actor: User | None = None) -> list[Pallet]:
    """Pack the planned pallets of a cart anew with the most effort; those on a shipment stay as they are. Where that
    costs less, or no more on fewer pallets, new pallets take their place and what is saved is released.

    The new pallets. Raises NotFound, Conflict where none is planned or one was changed meanwhile, NothingBetter.
    """
    cart = Cart.objects.filter(code=cart_code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{cart_code}”.")
    plan = _plan(cart)
    if (plan.price, len(plan.packed)) >= (plan.price_before, len(plan.before)):
        counted = "1 pallet" if len(plan.before) == 1 else f"{len(plan.before)} pallets"
        raise NothingBetter(
            f"Nothing better was found than {counted} for {usd(plan.price_before)}: packed anew they would be "
            f"{len(plan.packed)} for {usd(plan.price)}."
        )
    return _replace(plan=plan, actor=actor)


@dataclass(frozen=True)
class Replan:
    """Planned pallets of a cart, each with its cases by cart line, and those that could take their place.

    Prices are USD of shipping.
    """

    before: Sequence[tuple[Pallet, Goods]]
    price_before: Decimal
    packed: Sequence[tuple[PackedPallet, Goods]]
    price: Decimal


def _plan(cart: Cart) -> Replan:
    planned = Pallet.objects.filter(
        lines__cart_line__cart=cart, state=PalletState.PLANNED, is_pooled=False, shipment__isnull=True
    )
    pallets = list(planned.distinct().order_by("pk"))
    if not pallets:
        raise Conflict(f"{cart.code} has no planned pallet of its own that could be packed anew.")
    lines = {line.pk: line for line in CartLine.objects.filter(cart=cart).select_related("asin")}
    before = [(pallet, goods_on(pallet)[0]) for pallet in pallets]
    together = sum((Counter(goods) for _, goods in before), Counter[int]())
    line_of = {line.asin.code: pk for pk, line in lines.items()}
    packed = [
        (one, {line_of[code]: count for code, count in one.cases.items()})
        for one in pack_loads(loads_of_lines(together, {pk: lines[pk].asin for pk in together}), effort="thorough")
    ]
    return Replan(before, _price(before, lines), packed, _price(packed, lines))


def _price(pallets: Sequence[tuple[Pallet | PackedPallet, Goods]], lines: Mapping[int, CartLine]) -> Decimal:
    """USD of shipping."""
    prices = (
        shipping(lines[line], cases * lines[line].case_pack, pallet.fill)
        for pallet, goods in pallets
        for line, cases in goods.items()
    )
    return sum(prices, ZERO)


@durable
def _replace(*, plan: Replan, actor: User | None) -> list[Pallet]:
    pallets, carts = lock_pallets([pallet.code for pallet, _ in plan.before])
    for pallet, (_, goods) in zip(pallets, plan.before, strict=True):
        if pallet.state != PalletState.PLANNED or pallet.shipment_id is not None or goods_on(pallet)[0] != goods:
            raise StalePlan(f"Pallet {pallet.code} was changed by someone else meanwhile. Try again.")
    (cart,) = carts
    lines = list(cart.lines.order_by("pk"))
    lock_goods([line.asin_id for line in lines], [cart.client_id])
    for pallet in pallets:
        pallet.move(PalletState.CANCELLED, actor=actor, note="Packed anew")
    made = [
        make_pallet(store=pallets[0].store, packed=packed, lines=lines, cases=cases) for packed, cases in plan.packed
    ]
    follow(cart=cart, reason="Packed anew", actor=actor)
    cart.record(CartChangeKind.REPLANNED, actor=actor)
    return made
