"""Pooling on paper: on which pallet goods go, and how everything on it is packed. Reads; nothing is locked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from allocation.models import Cart
from allocation.states import CartState
from clients.models import Store
from common.errors import Conflict, DomainError, Problem
from inventory.models import Asin
from pallets.boxes import loads_of_lines
from pallets.loading import PackedPallet, pack_loads, pack_on_one
from pallets.models import Pallet
from pallets.packing.order import Effort
from pallets.pooling import refusals
from pallets.standing import LineStanding, standing
from pallets.states import PalletState

Goods = Mapping[int, int]  # cart line id -> cases


@dataclass(frozen=True)
class PoolPlan:
    """What a pooled pallet will carry. `pallet` None: a new one; `seen` stood on it when this was planned; `packed`
    None: nothing is left on it. `asins`: what each cart line was packed as.
    """

    pallet: Pallet | None
    seen: Goods
    goods: Goods
    asins: Mapping[int, Asin]
    packed: PackedPallet | None


def plan_pool(cart: Cart, store: Store, cases: Mapping[str, int] | None) -> list[PoolPlan]:
    """`cases` by ASIN code (None: all that waits and that the store may receive) of a confirmed pooled cart: on the
    first open pooled pallet of `store` that takes them with what it carries, else on as many new ones as they need.

    Raises Conflict where the cart does not wait to be pooled, DomainError naming everything that cannot be pooled.
    """
    return plans_for(store, *wanted(cart, store, cases))


def plans_for(store: Store, goods: Goods, asins: Mapping[int, Asin]) -> list[PoolPlan]:
    """`goods`, each the ASIN that `asins` says, on the first open pooled pallet of `store` with room for all of them,
    else on new ones. Cart lines that are still to be written go by negative ids.
    """
    for pallet in Pallet.objects.taking().filter(store=store).order_by("pk"):
        seen, on_it = goods_on(pallet)
        together, everything = dict(Counter(seen) + Counter(goods)), {**asins, **on_it}
        if packed := pack_on_one(loads_of_lines(together, everything)):
            return [PoolPlan(pallet, seen, together, everything, packed)]
    line_of = {asin.code: line for line, asin in asins.items()}
    return [
        PoolPlan(None, {}, {line_of[code]: count for code, count in packed.cases.items()}, asins, packed)
        for packed in pack_loads(loads_of_lines(goods, asins))
    ]


def plans_without(cart: Cart) -> list[PoolPlan]:
    """The open pooled pallets with goods of `cart`, packed anew without them.

    Raises Conflict naming packed pooled pallets, which must be reopened first.
    """
    pallets = list(Pallet.objects.open().filter(is_pooled=True).carrying(cart))
    if packed := [pallet.code for pallet in pallets if pallet.state == PalletState.PACKED]:
        raise Conflict(f"Goods of {cart.code} stand on packed pooled pallets: reopen {', '.join(packed)} first.")
    mine = set(cart.lines.values_list("pk", flat=True))
    plans = []
    for pallet in pallets:
        seen, asins = goods_on(pallet)
        rest = {line: count for line, count in seen.items() if line not in mine}
        plans.append(_packed_anew(pallet, seen, rest, asins))
    return plans


def plan_repack(pallet: Pallet) -> PoolPlan:
    """The same goods, packed with the most effort. Raises Conflict where the pallet is closed."""
    if not (pallet.is_pooled and pallet.state == PalletState.PLANNED):
        raise Conflict(f"Pallet {pallet.code} is {pallet.get_state_display().lower()}; it cannot be packed anew.")
    seen, asins = goods_on(pallet)
    return _packed_anew(pallet, seen, seen, asins, effort="thorough")


def goods_on(pallet: Pallet) -> tuple[dict[int, int], dict[int, Asin]]:
    """Cases and ASIN of each cart line on `pallet`."""
    lines = list(pallet.lines.select_related("asin"))
    return {line.cart_line_id: line.cases for line in lines}, {line.cart_line_id: line.asin for line in lines}


def _packed_anew(
    pallet: Pallet, seen: Goods, rest: Goods, asins: Mapping[int, Asin], *, effort: Effort = "normal"
) -> PoolPlan:
    if not rest:
        return PoolPlan(pallet, seen, rest, asins, None)
    loads = loads_of_lines(rest, asins)
    packed = pack_on_one(loads, effort=effort) or pack_on_one(loads, effort="thorough")
    if packed is None:
        raise DomainError(
            f"With the sizes and handling known today the goods of {pallet.code} do not fit one pallet any more. "
            f"Cancel {pallet.code}: its goods then wait to be pooled again."
        )
    return PoolPlan(pallet, seen, rest, asins, packed)


def wanted(cart: Cart, store: Store, cases: Mapping[str, int] | None) -> tuple[dict[int, int], dict[int, Asin]]:
    """Cases and ASIN by cart line of what is to be pooled, all of it possible now. Raises as `plan_pool`."""
    if cart.state != CartState.CONFIRMED or not cart.is_pooled:
        raise Conflict(f"Cart {cart.code} is {cart.get_state_display().lower()}: none of its goods wait to be pooled.")
    if not (store.is_mutual and store.may_receive and store.client.may_buy):
        raise DomainError(f"{store} is no mutual store that may receive goods.", field="store")
    lines = {one.asin.code: one for one in standing(cart)}
    refused = refusals(store, [one.asin for one in lines.values()])
    if cases is None:
        waits = {code: one.waiting // one.line.case_pack for code, one in lines.items() if one.waiting}
        if not waits:
            raise Conflict(f"All goods of {cart.code} are pooled already.")
        # What the store may not receive stays behind; where it may receive nothing, each is named.
        cases = {code: count for code, count in waits.items() if lines[code].asin.pk not in refused} or waits
    faults = {code: _fault(code, count, lines.get(code), cart, store, refused) for code, count in cases.items()}
    if problems := [Problem("cases", f"{code[:20]}: {fault}.") for code, fault in sorted(faults.items()) if fault]:
        raise DomainError(problems)
    if not cases:
        raise DomainError("Say how many cases of which ASIN are pooled.", field="cases")
    chosen = {lines[code].line.pk: code for code in sorted(cases)}
    return {pk: cases[code] for pk, code in chosen.items()}, {pk: lines[code].asin for pk, code in chosen.items()}


def _fault(
    code: str, cases: int, one: LineStanding | None, cart: Cart, store: Store, refused: Mapping[int, str]
) -> str:
    """Why so many cases of this ASIN cannot be pooled, or nothing."""
    if one is None:
        return f"{cart.code} has no such ASIN"
    waiting = one.waiting // one.line.case_pack
    if cases < 1:
        return f"{cases} cases cannot be pooled"
    if cases > waiting:
        return f"{cases:,} cases are asked for, {waiting:,} of {cart.code} are on no pallet yet"
    if one.asin.pk in refused:
        return f"{store.name} may not receive it, {refused[one.asin.pk]}"
    if one.asin.case_pack != one.line.case_pack:
        return f"its case pack is {one.asin.case_pack} now, {cart.code} was confirmed with {one.line.case_pack}"
    return ""
